/* fold.h - text for searching: lower case, Vietnamese letters without their marks. Pure. */
#ifndef LW_FOLD_H
#define LW_FOLD_H

#include <stdbool.h>
#include <stddef.h>

/* "Đà Nẵng" to "da nang"; other characters stay, broken UTF-8 is "?". Cut at size. */
void fold(char *buf, size_t size, const char *text);
bool folded_contains(const char *text, const char *folded_words);

#endif
