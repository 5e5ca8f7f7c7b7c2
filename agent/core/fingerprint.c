#include "agent/core/fingerprint.h"

#include <math.h>
#include <string.h>

static const float low_hz = 300, high_hz = 3400;
static const int voiced_below_peak_db = 30, voiced_floor_db = -55;

void fp_listener_init(struct fp_listener *l)
{
	const float pi = 3.14159265F;

	memset(l, 0, sizeof *l);
	for (size_t i = 0; i < FP_WINDOW; i++)
		l->window[i] = 0.5F - 0.5F * cosf(2 * pi * (float)i / FP_WINDOW);
	for (size_t i = 0; i < FP_WINDOW / 2; i++) {
		l->cosine[i] = cosf(2 * pi * (float)i / FP_WINDOW);
		l->sine[i] = sinf(2 * pi * (float)i / FP_WINDOW);
	}
	for (size_t i = 0; i <= FP_BANDS; i++) {
		float hz = low_hz * powf(high_hz / low_hz, (float)i / FP_BANDS);

		l->edges[i] = (uint16_t)lrintf(hz * FP_WINDOW / FP_RATE);
	}
}

static void reverse_bits(float *re)
{
	for (size_t i = 1, j = 0; i < FP_WINDOW; i++) {
		size_t bit = FP_WINDOW / 2;

		for (; (j & bit) != 0; bit >>= 1)
			j ^= bit;
		j |= bit;
		if (i < j) {
			float t = re[i];
			re[i] = re[j];
			re[j] = t;
		}
	}
}

/* Radix-2 FFT in place; the input is real: `im` comes in as zeros. */
static void transform(const struct fp_listener *l, float *re, float *im)
{
	reverse_bits(re);
	for (size_t half = 1, step = FP_WINDOW / 2; half < FP_WINDOW; half *= 2, step /= 2) {
		for (size_t k = 0; k < FP_WINDOW; k++) {
			if ((k & half) != 0)
				continue;
			float c = l->cosine[(k & (half - 1)) * step];
			float s = -l->sine[(k & (half - 1)) * step];
			float x = re[k + half] * c - im[k + half] * s;
			float y = re[k + half] * s + im[k + half] * c;

			re[k + half] = re[k] - x;
			im[k + half] = im[k] - y;
			re[k] += x;
			im[k] += y;
		}
	}
}

/* Log energy of each band of the window that `l` holds now. */
static void measure(const struct fp_listener *l, float bands[FP_BANDS])
{
	float re[FP_WINDOW], im[FP_WINDOW] = { 0 };

	for (size_t i = 0; i < FP_WINDOW; i++)
		re[i] = l->samples[i] * l->window[i];
	transform(l, re, im);
	for (size_t b = 0; b < FP_BANDS; b++) {
		float energy = 1e-3F;

		for (size_t i = l->edges[b]; i < l->edges[b + 1]; i++)
			energy += re[i] * re[i] + im[i] * im[i];
		bands[b] = logf(energy);
	}
}

static int8_t level_of(const struct fp_listener *l)
{
	float sum = 0;

	for (size_t i = 0; i < FP_WINDOW; i++)
		sum += l->samples[i] * l->samples[i];
	float rms = sqrtf(sum / FP_WINDOW) / 32768;
	float db = rms > 1e-6F ? 20 * log10f(rms) : FP_SILENCE_DB;
	return (int8_t)lrintf(db);
}

static void add_frame(struct fp_listener *l, struct fingerprint *f)
{
	float bands[FP_BANDS];
	float *past = l->past[l->n_past % FP_LAG];
	uint16_t bits = 0;

	measure(l, bands);
	for (size_t b = 0; b + 1 < FP_BANDS; b++)
		if (bands[b] - bands[b + 1] > past[b] - past[b + 1])
			bits |= (uint16_t)(1U << b);
	memcpy(past, bands, sizeof bands);
	if (++l->n_past <= FP_LAG || f->n == FP_FRAMES_MAX)
		return;
	f->bits[f->n] = bits;
	f->level_db[f->n] = level_of(l);
	f->voiced[f->n++] = false;
}

void fp_listen(struct fp_listener *l, struct fingerprint *f, const int16_t *samples, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (l->n_seen == FP_WINDOW) { /* full: make room for one hop */
			memmove(l->samples, l->samples + FP_HOP,
				(FP_WINDOW - FP_HOP) * sizeof *l->samples);
			l->n_seen -= FP_HOP;
		}
		l->samples[l->n_seen++] = samples[i];
		if (l->n_seen == FP_WINDOW)
			add_frame(l, f);
	}
}

int fp_peak_db(const struct fingerprint *f)
{
	enum { QUARTER = 16 };
	int peak = FP_SILENCE_DB;

	/* The loudest level that holds for a quarter second: a click is not a voice. */
	for (size_t i = 0; i + QUARTER <= f->n; i++) {
		int lowest = f->level_db[i];

		for (size_t k = 1; k < QUARTER && lowest > peak; k++)
			lowest = f->level_db[i + k] < lowest ? f->level_db[i + k] : lowest;
		peak = lowest > peak ? lowest : peak;
	}
	return peak;
}

void fp_mark_voiced(struct fingerprint *f)
{
	int floor_db = fp_peak_db(f) - voiced_below_peak_db;

	if (floor_db < voiced_floor_db)
		floor_db = voiced_floor_db;
	for (size_t i = 0; i < f->n; i++)
		f->voiced[i] = f->level_db[i] > floor_db;
}

size_t fp_n_voiced(const struct fingerprint *f)
{
	size_t n = 0;

	for (size_t i = 0; i < f->n; i++)
		n += f->voiced[i];
	return n;
}

void fp_cut_reference(struct fingerprint *f)
{
	size_t first = 0;

	while (first < f->n && !f->voiced[first])
		first++;
	f->n -= first;
	if (f->n > FP_REFERENCE_FRAMES)
		f->n = FP_REFERENCE_FRAMES;
	memmove(f->bits, f->bits + first, f->n * sizeof *f->bits);
	memmove(f->level_db, f->level_db + first, f->n * sizeof *f->level_db);
	memmove(f->voiced, f->voiced + first, f->n * sizeof *f->voiced);
}

/* Compare at one offset: how many voiced frames met, how many of their bits differ. */
static size_t meet(const struct fingerprint *r, const struct fingerprint *h, long offset,
		   size_t *ret_differ)
{
	size_t first = offset < 0 ? (size_t)-offset : 0;
	size_t met = 0, differ = 0;

	for (size_t i = first; i < r->n && (long)i + offset < (long)h->n; i++) {
		if (!r->voiced[i])
			continue;
		met++;
		differ += (unsigned)__builtin_popcount(r->bits[i] ^ h->bits[(long)i + offset]);
	}
	*ret_differ = differ;
	return met;
}

struct fp_match fp_compare(const struct fingerprint *reference, const struct fingerprint *heard)
{
	struct fp_match best = { 0, 0, 0 };
	size_t enough = fp_n_voiced(reference);

	if (enough > FP_ENOUGH_FRAMES)
		enough = FP_ENOUGH_FRAMES;
	if (enough == 0)
		return best;
	for (long offset = -(long)reference->n; offset < (long)heard->n; offset++) {
		size_t differ;
		size_t met = meet(reference, heard, offset, &differ);

		if (met < enough)
			continue;
		double alike = 1 - 2 * (double)differ / (double)(met * (FP_BANDS - 1));
		unsigned score = alike > 0 ? (unsigned)lrint(alike * 100) : 0;
		if (score > best.score_percent || best.compared == 0)
			best = (struct fp_match){ score, offset, met };
	}
	return best;
}
