#include <criterion/criterion.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "agent/core/fingerprint.h"

enum { SECONDS = 6, SAMPLES = SECONDS * FP_RATE };

static unsigned next(unsigned *seed)
{
	*seed = *seed * 1103515245U + 12345U;
	return *seed >> 16;
}

/* A stand-in for speech: syllables of a few harmonics that glide, told by a seed. */
static void speak(int16_t *out, size_t n, unsigned seed, double speed, double gain)
{
	double phase = 0, pitch = 140, formant = 700, goal_pitch = 140, goal_formant = 700;
	double left = 0;

	for (size_t i = 0; i < n; i++) {
		if (left <= 0) {
			goal_pitch = 100 + next(&seed) % 120;
			goal_formant = 400 + next(&seed) % 2400;
			left = FP_RATE * 0.18;
		}
		left -= speed;
		pitch += (goal_pitch - pitch) * 0.002 * speed;
		formant += (goal_formant - formant) * 0.002 * speed;
		phase += pitch * speed / FP_RATE;
		double v = 0;
		for (int h = 1; h <= 20; h++) {
			double distance = (h * pitch - formant) / 350;
			v += exp(-distance * distance) * sin(2 * 3.14159265 * h * phase);
		}
		out[i] = (int16_t)lrint(gain * 6000 * v * (0.6 + 0.4 * sin(left / 300)));
	}
}

static void hear(struct fingerprint *f, const int16_t *samples, size_t n)
{
	static struct fp_listener l;

	fp_listener_init(&l);
	f->n = 0;
	for (size_t i = 0; i < n; i += 160) /* as RTP packets bring it */
		fp_listen(&l, f, samples + i, n - i < 160 ? n - i : 160);
	fp_mark_voiced(f);
}

static struct fingerprint reference, heard;
static int16_t audio[4 * SAMPLES];

static void make_reference(void)
{
	speak(audio, SAMPLES, 1, 1, 1);
	hear(&reference, audio, SAMPLES);
	fp_cut_reference(&reference);
}

Test(fingerprint, the_same_prompt_matches_at_any_level_and_offset)
{
	make_reference();
	memset(audio, 0, sizeof audio);
	speak(audio + 12345, SAMPLES, 1, 1, 0.1);
	hear(&heard, audio, 3 * SAMPLES);
	struct fp_match m = fp_compare(&reference, &heard);
	cr_expect_gt(m.score_percent, 60, "%u", m.score_percent);
	cr_expect_gt(m.offset, 80, "%ld", m.offset);
	cr_expect_lt(m.offset, 110, "%ld", m.offset);
}

Test(fingerprint, another_prompt_and_another_speed_do_not_match)
{
	make_reference();
	for (unsigned seed = 2; seed < 12; seed++) {
		speak(audio, SAMPLES, seed, 1, 1);
		hear(&heard, audio, SAMPLES);
		unsigned score = fp_compare(&reference, &heard).score_percent;
		cr_expect_lt(score, 40, "seed %u: %u", seed, score);
	}
	speak(audio, (size_t)2 * SAMPLES, 1, 0.5, 1);
	hear(&heard, audio, (size_t)2 * SAMPLES);
	cr_expect_lt(fp_compare(&reference, &heard).score_percent, 40, "half speed");
}

Test(fingerprint, silence_is_silence)
{
	make_reference();
	for (size_t i = 0; i < SAMPLES; i++)
		audio[i] = i % 2 == 0 ? 8 : -8; /* A-law's smallest step */
	hear(&heard, audio, SAMPLES);
	cr_expect_lt(fp_peak_db(&heard), -60);
	cr_expect_eq(fp_n_voiced(&heard), 0);
	cr_expect_lt(fp_compare(&reference, &heard).score_percent, 40);
}

Test(fingerprint, too_little_to_compare_scores_nothing)
{
	make_reference();
	hear(&heard, audio, FP_RATE);
	struct fp_match m = fp_compare(&reference, &heard);
	cr_expect_eq(m.score_percent, 0);
	cr_expect_eq(m.compared, 0);
	heard.n = 0;
	cr_expect_eq(fp_compare(&heard, &reference).compared, 0);
}

Test(fingerprint, more_than_fits_is_dropped)
{
	static struct fp_listener l;

	fp_listener_init(&l);
	heard.n = 0;
	for (size_t s = 0; s < 50; s++)
		fp_listen(&l, &heard, audio, FP_RATE);
	cr_expect_eq(heard.n, FP_FRAMES_MAX);
}

Test(fingerprint_file, what_is_written_is_read_back)
{
	static char text[8192];
	static struct fingerprint back;
	unsigned line = 0;

	make_reference();
	size_t len = fp_write(&reference, text, sizeof text);
	cr_assert_lt(len, sizeof text);
	cr_assert_eq(fp_read(&back, text, len, &line), 0, "line %u", line);
	cr_expect_eq(back.n, reference.n);
	for (size_t i = 0; i < back.n; i++) {
		cr_expect_eq(back.voiced[i], reference.voiced[i]);
		if (back.voiced[i])
			cr_expect_eq(back.bits[i], reference.bits[i]);
	}
}

Test(fingerprint_file, broken_files_are_refused_with_their_line)
{
	static const struct {
		const char *text;
		unsigned line;
	} bad[] = {
		{ "", 0 },
		{ "RIFF....", 1 },
		{ "linewatch-fingerprint 2 1\n0000\n", 1 },
		{ "linewatch-fingerprint 1 99999999999\n", 1 },
		{ "linewatch-fingerprint 1 2\n00ff\n", 2 },
		{ "linewatch-fingerprint 1 2\n00ff zzzz\n", 2 },
		{ "linewatch-fingerprint 1 2\n00ff 00f\n", 2 },
		{ "linewatch-fingerprint 1 2\n.... ....\n", 2 },
	};

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		unsigned line = 77;

		cr_expect_eq(fp_read(&reference, bad[i].text, strlen(bad[i].text), &line), -EINVAL,
			     "%zu", i);
		cr_expect_eq(line, bad[i].line, "%zu: %u", i, line);
	}
}
