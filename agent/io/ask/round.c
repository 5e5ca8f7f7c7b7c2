/* round.c - what one round gathers. Happy path: started, filled, shown once to `done`. Failure path:
 * what does not fit is left out; texts from devices become printable before they are kept. */
#include "agent/io/ask/round.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int round_start(struct round *r, sense_done_fn *done, void *arg)
{
	if (r->done != NULL)
		return -EBUSY;
	r->done = done;
	r->done_arg = arg;
	r->n_readings = r->n_identity = r->n_evidence = 0;
	r->error[0] = '\0';
	r->started_ns = uv_hrtime();
	return 0;
}

void round_abandon(struct round *r)
{
	r->done = NULL;
}

double round_elapsed_ms(const struct round *r)
{
	return (double)(uv_hrtime() - r->started_ns) / 1e6;
}

void round_add(struct round *r, const struct reading *reading)
{
	if (r->n_readings < ROUND_READINGS_MAX)
		r->readings[r->n_readings++] = *reading;
}

void round_value(struct round *r, uint16_t metric, double value)
{
	bool good = metric_in_range(metric_by_id(metric), value);

	round_add(r, &(struct reading){ .metric = metric,
					.value = good ? value : 0,
					.reason = good ? REASON_GOOD : REASON_RANGE });
}

void round_unknown(struct round *r, uint16_t metric, enum reading_reason reason)
{
	round_add(r, &(struct reading){ .metric = metric, .reason = (uint8_t)reason });
}

/* Bytes of the UTF-8 letter at `p`; 0: not one (RFC 3629: no overlong forms, no surrogates). */
static size_t letter_length(const unsigned char *p)
{
	size_t n = p[0] < 0x80 ? 1 : p[0] < 0xc2 ? 0 : p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;

	if (p[0] > 0xf4 || (p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f) ||
	    (p[0] == 0xf0 && p[1] < 0x90) || (p[0] == 0xf4 && p[1] > 0x8f))
		return 0;
	for (size_t i = 1; i < n; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	return n;
}

/* Control characters and broken UTF-8 of a device must not reach logs, JSON or pages. */
static void make_printable(char *text)
{
	for (unsigned char *p = (unsigned char *)text; *p != '\0';) {
		size_t n = letter_length(p);

		if (n == 0 || *p < ' ' || *p == 127)
			*p++ = '?';
		else
			p += n;
	}
}

void round_identity(struct round *r, uint16_t metric, const char *text)
{
	if (text == NULL || text[0] == '\0' || r->n_identity == ROUND_IDENTITY_MAX)
		return;
	char *copy = r->identity_text[r->n_identity];
	(void)snprintf(copy, ROUND_TEXT_MAX, "%s", text);
	make_printable(copy);
	r->identity[r->n_identity++] = (struct identity){ metric, copy };
}

void round_evidence(struct round *r, const char *fmt, ...)
{
	va_list ap;

	if (r->n_evidence == ROUND_EVIDENCE_MAX)
		return;
	char *copy = r->evidence_text[r->n_evidence];
	va_start(ap, fmt);
	(void)vsnprintf(copy, ROUND_TEXT_MAX, fmt, ap);
	va_end(ap);
	make_printable(copy);
	r->evidence[r->n_evidence++] = copy;
}

void round_error(struct round *r, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(r->error, sizeof r->error, fmt, ap);
	va_end(ap);
	make_printable(r->error);
}

void round_end(struct round *r, bool reachable, const char *device_class, const char *profile)
{
	sense_done_fn *done = r->done;
	const struct sense_result result = { .reachable = reachable,
					     .error = r->error[0] != '\0' ? r->error : NULL,
					     .device_class = device_class,
					     .profile = profile,
					     .readings = r->readings,
					     .n_readings = r->n_readings,
					     .identity = r->identity,
					     .n_identity = r->n_identity,
					     .evidence = r->evidence,
					     .n_evidence = r->n_evidence };

	assert(done != NULL);
	r->done = NULL;
	done(r->done_arg, &result);
}
