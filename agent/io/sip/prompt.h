/* prompt.h - fingerprints of prompts on disk: made from a sound file, read for a test call. */
#ifndef LW_PROMPT_H
#define LW_PROMPT_H

#include <stddef.h>

#include "agent/core/fingerprint.h"

/* 0, or -EINVAL, -ENOENT … with one line in `reterr`. May block: start-up and tools only. */
int prompt_load(struct fingerprint *ret, const char *path, char *reterr, size_t reterr_size);

/* WAV, any rate and channel count, 16 bit or G.711; the first 40 s. */
int prompt_listen(struct fingerprint *ret, const char *path, char *reterr, size_t reterr_size);

/* `linewatch-agent fingerprint FILE.wav [-o FILE] [--compare OTHER.wav]`. Exit status. */
int fingerprint_main(int argc, char **argv);

#endif
