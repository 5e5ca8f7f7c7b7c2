/* archive_text.h - lines of text in and out of a file of zstd frames, counted and summed up. A frame
 * ends each MiB, so that damage has a place; `zstd -dc` reads the whole. */
#ifndef LW_STORE_ARCHIVE_TEXT_H
#define LW_STORE_ARCHIVE_TEXT_H

#include <sodium.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <zstd.h>

enum { ARCHIVE_SUM_BYTES = 32, ARCHIVE_LINE_MAX = 64 << 20 };

struct archive_out {
	FILE *file; /* the caller's */
	ZSTD_CCtx *zstd;
	crypto_generichash_state sum;
	size_t in_frame;
	uint64_t lines;
};
int archive_out_open(struct archive_out *o, FILE *file);
int archive_out_line(struct archive_out *o, const char *text, size_t len);
/* BLAKE2b-256 of the lines so far, line ends included. */
void archive_out_sum(const struct archive_out *o, uint8_t ret[ARCHIVE_SUM_BYTES]);
int archive_out_finish(struct archive_out *o); /* what is left to the file, and to the disk */
void archive_out_close(struct archive_out *o);

/* zstd, or the same lines without it. */
struct archive_in {
	FILE *file; /* the caller's */
	ZSTD_DCtx *zstd;
	bool plain, begun, more_inside;
	size_t in_frame; /* 0: between two */
	uint8_t *in;
	ZSTD_inBuffer left;
	char *buf;
	size_t at, len, room;
	uint64_t lines; /* given out */
	size_t line_len;
	crypto_generichash_state sum;
};
int archive_in_open(struct archive_in *i, FILE *file);
/* The next line without its end, valid until the next call. 1: there is one; 0: the end; -EBADMSG:
 * damaged or cut off, and reterr says how. */
int archive_in_line(struct archive_in *i, const char **ret, size_t *ret_len, char *reterr,
		    size_t reterr_size);
/* Of the lines before the newest one. */
void archive_in_sum(const struct archive_in *i, uint8_t ret[ARCHIVE_SUM_BYTES]);
void archive_in_close(struct archive_in *i);

#endif
