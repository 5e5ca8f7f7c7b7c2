/* fingerprint.h - tells a spoken prompt by its spectrum, and knows it again over the telephone. Pure.
 *
 * Each 16 ms frame becomes 16 bits: is the energy difference of two neighbouring bands greater than
 * it was a moment ago? (Haitsma and Kalker, "A Highly Robust Audio Fingerprinting System", 2002.)
 * Level, codec noise and the moment of picking up do not matter; another text, another speed do.
 * Speech cannot be won back from it. One fp_listener and one fingerprint serve one call at a time. */
#ifndef LW_FINGERPRINT_H
#define LW_FINGERPRINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	FP_RATE = 8000,		   /* samples a second */
	FP_HOP = 128,		   /* samples from frame to frame: 16 ms */
	FP_WINDOW = 1024,	   /* samples that one frame looks at: 128 ms */
	FP_LAG = 4,		   /* frames between the two that are compared: 64 ms */
	FP_BANDS = 17,		   /* 300 to 3400 Hz; one bit per pair of neighbours */
	FP_FRAMES_MAX = 2500,	   /* 40 s */
	FP_REFERENCE_FRAMES = 375, /* 6 s: what a reference file holds at most */
	FP_ENOUGH_FRAMES = 125,	   /* 2 s of voice: less is not compared */
	FP_SILENCE_DB = -120
};

struct fingerprint {
	size_t n;
	uint16_t bits[FP_FRAMES_MAX];
	int8_t level_db[FP_FRAMES_MAX]; /* dBFS, FP_SILENCE_DB at least */
	bool voiced[FP_FRAMES_MAX];	/* loud enough that its bits mean something */
};

struct fp_listener {
	float window[FP_WINDOW], cosine[FP_WINDOW / 2], sine[FP_WINDOW / 2];
	uint16_t edges[FP_BANDS + 1];
	float samples[FP_WINDOW]; /* the newest, oldest first */
	size_t n_fresh;		  /* of them not yet in a frame */
	size_t n_seen;		  /* up to FP_WINDOW: how far `samples` is filled */
	float past[FP_LAG][FP_BANDS];
	size_t n_past; /* frames that went through `past` */
};

void fp_listener_init(struct fp_listener *l);

/* Append the frames that these samples complete to `f`. What goes beyond FP_FRAMES_MAX is dropped. */
void fp_listen(struct fp_listener *l, struct fingerprint *f, const int16_t *samples, size_t n);

/* Mark the voiced frames; to be called before comparing and before writing. */
void fp_mark_voiced(struct fingerprint *f);
size_t fp_n_voiced(const struct fingerprint *f);

/* The loudest quarter second in dBFS: -120 for nothing. */
int fp_peak_db(const struct fingerprint *f);

/* Cut a recording to a reference: from its first voiced frame on, FP_REFERENCE_FRAMES at most. */
void fp_cut_reference(struct fingerprint *f);

struct fp_match {
	unsigned score_percent; /* 100: the same bit for bit; 0: no more alike than chance */
	long offset;		/* frames from the start of `heard` to the start of the reference */
	size_t compared;	/* voiced frames that met */
};

/* Best match over all offsets; score 0 where too little was heard to compare. */
struct fp_match fp_compare(const struct fingerprint *reference, const struct fingerprint *heard);

/* The reference file: text, a line of head and 16 frames a line. fp_write returns the length that
 * it needs (cut at `size`); fp_read returns 0, or -EINVAL with the number of the bad line. */
size_t fp_write(const struct fingerprint *f, char *buf, size_t size);
int fp_read(struct fingerprint *ret, const char *text, size_t len, unsigned *reterr_line);

#endif
