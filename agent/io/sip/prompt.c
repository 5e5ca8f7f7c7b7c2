/* prompt.c - prompts as files.
 *
 * Happy path: librem reads the WAV, channels are mixed, a windowed sinc brings it to 8 kHz as the
 * telephone would, agent/core/fingerprint does the rest. Failure paths: a file that is not there,
 * not a WAV, or without a voice, each with a line that says what is wanted. */
#include "agent/io/sip/prompt.h"

#include <assert.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lazy_re.h"

enum { FILE_MAX = 64 * 1024, SECONDS_MAX = 40, RATE_MAX = 192000, CHANNELS_MAX = 8, TAPS = 16 };

static int complain(char *reterr, size_t size, int err, const char *path, const char *what)
{
	(void)snprintf(reterr, size, "%s: %s", path, what);
	return err;
}

int prompt_load(struct fingerprint *ret, const char *path, char *reterr, size_t reterr_size)
{
	static const char wants[] = "not a fingerprint: make one with linewatch-agent fingerprint";
	unsigned line = 0;
	FILE *f = fopen(path, "rbe");
	if (f == NULL)
		return complain(reterr, reterr_size, -errno, path, strerror(errno));

	char *text = malloc(FILE_MAX);
	size_t n = text != NULL ? fread(text, 1, FILE_MAX, f) : 0;
	(void)fclose(f);
	int r = fp_read(ret, text != NULL ? text : "", n, &line);
	free(text);
	if (r < 0)
		(void)snprintf(reterr, reterr_size, "%s:%u: %s", path, line, wants);
	return r;
}

/* One sample at 8 kHz out of a recording at another rate. */
static int16_t sample_at(const float *in, size_t n, double rate, size_t out_index)
{
	double step = rate / FP_RATE;
	double centre = (double)out_index * step;
	double stretch = step > 1 ? step : 1; /* cut off what 8 kHz cannot hold */
	long first = (long)floor(centre - TAPS * stretch),
	     last = (long)ceil(centre + TAPS * stretch);
	double sum = 0;

	for (long i = first < 0 ? 0 : first; i <= last && i < (long)n; i++) {
		double x = ((double)i - centre) / stretch;
		double sinc = fabs(x) < 1e-9 ? 1 : sin(M_PI * x) / (M_PI * x);
		double window = fabs(x) < TAPS ? 0.5 + 0.5 * cos(M_PI * x / TAPS) : 0;

		sum += (double)in[i] * sinc * window / stretch;
	}
	return (int16_t)(sum > 32767 ? 32767 : sum < -32768 ? -32768 : lrint(sum));
}

struct recording {
	float *samples; /* mono */
	size_t n;
	double rate;
};

static float mixed(const uint8_t *frame, const struct aufile_prm *p)
{
	float sum = 0;

	assert(p->channels > 0);
	for (unsigned c = 0; c < p->channels; c++) {
		int16_t wide;

		memcpy(&wide, frame + (size_t)2 * c, sizeof wide);
		sum += p->fmt == AUFMT_S16LE  ? wide
		       : p->fmt == AUFMT_PCMA ? g711_A2l[frame[c]]
					      : g711_u2l[frame[c]];
	}
	return sum / p->channels;
}

static int read_samples(struct recording *ret, struct aufile *af, const struct aufile_prm *p)
{
	size_t width = (p->fmt == AUFMT_S16LE ? 2U : 1U) * p->channels;
	size_t room = (size_t)SECONDS_MAX * p->srate;
	uint8_t *raw = calloc(room + 1, width < 2 ? 2 : width);
	float *samples = calloc(room, sizeof *samples);
	size_t filled = 0, got = 1;

	assert(width > 0);
	while (raw != NULL && filled < room * width && got > 0) {
		got = room * width - filled;
		if (aufile_read(af, raw + filled, &got) != 0)
			break;
		filled += got;
	}
	for (size_t i = 0; samples != NULL && i < filled / width; i++)
		samples[i] = mixed(raw + i * width, p);
	free(raw);
	if (samples == NULL)
		return -ENOMEM;
	*ret = (struct recording){ samples, filled / width, p->srate };
	return 0;
}

static int read_wav(struct recording *ret, const char *path, char *reterr, size_t reterr_size)
{
	struct aufile_prm p;
	struct aufile *af = NULL;
	int err = aufile_open(&af, &p, path, AUFILE_READ);

	if (err == ENOENT || err == EACCES)
		return complain(reterr, reterr_size, -err, path, strerror(err));
	if (err != 0 || p.channels == 0 || p.channels > CHANNELS_MAX || p.srate < FP_RATE ||
	    p.srate > RATE_MAX ||
	    (p.fmt != AUFMT_S16LE && p.fmt != AUFMT_PCMA && p.fmt != AUFMT_PCMU)) {
		mem_deref(af);
		return complain(reterr, reterr_size, -EINVAL, path,
				"wants a WAV file of 16 bit or G.711, 8000 Hz or more");
	}
	int r = read_samples(ret, af, &p);
	mem_deref(af);
	return r < 0 ? complain(reterr, reterr_size, r, path, "out of memory") : 0;
}

int prompt_listen(struct fingerprint *ret, const char *path, char *reterr, size_t reterr_size)
{
	struct fp_listener *l = malloc(sizeof *l);
	struct recording rec = { NULL, 0, 0 };
	int r = -ENOMEM;

	if (l == NULL)
		return complain(reterr, reterr_size, r, path, "out of memory");
	r = read_wav(&rec, path, reterr, reterr_size);
	if (r < 0)
		goto out;
	fp_listener_init(l);
	ret->n = 0;
	size_t n = (size_t)((double)rec.n * FP_RATE / rec.rate);
	for (size_t i = 0; i < n; i++) {
		int16_t s = sample_at(rec.samples, rec.n, rec.rate, i);
		fp_listen(l, ret, &s, 1);
	}
	fp_mark_voiced(ret);
	if (fp_n_voiced(ret) < FP_ENOUGH_FRAMES / 2)
		r = complain(reterr, reterr_size, -EINVAL, path,
			     "holds less than a second of voice");
out:
	free(rec.samples);
	free(l);
	return r;
}
