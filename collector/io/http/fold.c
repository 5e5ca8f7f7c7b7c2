#include "collector/io/http/fold.h"

#include <stdint.h>
#include <string.h>

/* Latin-1 letters U+00C0..U+00FF and the Vietnamese ones beyond, by their base letter. */
static const char latin1[] = "aaaaaaaceeeeiiiidnooooo*ouuuuypsaaaaaaaceeeeiiiidnooooo/ouuuuypy";

static const struct {
	uint32_t from, to;
	char base;
} ranges[] = {
	{ 0x0102, 0x0103, 'a' }, { 0x0110, 0x0111, 'd' }, { 0x0128, 0x0129, 'i' },
	{ 0x0168, 0x0169, 'u' }, { 0x01a0, 0x01a1, 'o' }, { 0x01af, 0x01b0, 'u' },
	{ 0x1ea0, 0x1eb7, 'a' }, { 0x1eb8, 0x1ec7, 'e' }, { 0x1ec8, 0x1ecb, 'i' },
	{ 0x1ecc, 0x1ee3, 'o' }, { 0x1ee4, 0x1ef1, 'u' }, { 0x1ef2, 0x1ef9, 'y' },
};

/* One character of UTF-8; how many bytes it took. What is malformed is a '?'. */
static size_t decode(const unsigned char *s, uint32_t *ret)
{
	if (s[0] >= 0xc2 && s[0] < 0xe0 && (s[1] & 0xc0) == 0x80) {
		*ret = (uint32_t)(s[0] & 0x1f) << 6 | (s[1] & 0x3f);
		return 2;
	}
	if (s[0] >= 0xe0 && s[0] < 0xf0 && (s[1] & 0xc0) == 0x80 && (s[2] & 0xc0) == 0x80) {
		*ret = (uint32_t)(s[0] & 0x0f) << 12 | (uint32_t)(s[1] & 0x3f) << 6 | (s[2] & 0x3f);
		return 3;
	}
	*ret = s[0] < 0x80 ? s[0] : '?';
	return 1;
}

/* '\0': no base letter, keep it. 1: a combining mark, drop it. */
static char base_of(uint32_t c)
{
	if (c >= 'A' && c <= 'Z')
		return (char)(c + 32);
	if (c >= 0x300 && c <= 0x36f)
		return 1;
	if (c >= 0xc0 && c <= 0xff)
		return latin1[c - 0xc0];
	for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++)
		if (c >= ranges[i].from && c <= ranges[i].to)
			return ranges[i].base;
	return '\0';
}

void fold(char *buf, size_t size, const char *text)
{
	const unsigned char *s = (const unsigned char *)text;
	size_t used = 0;

	while (*s != '\0' && used + 4 < size) {
		uint32_t c;
		size_t n = decode(s, &c);
		char base = n == 1 && c == '?' ? '?' : base_of(c);

		if (base == '\0') {
			memcpy(buf + used, s, n);
			used += n;
		} else if (base != 1) {
			buf[used++] = base;
		}
		s += n;
	}
	buf[used] = '\0';
}

bool folded_contains(const char *text, const char *folded_words)
{
	char plain[512];

	fold(plain, sizeof plain, text);
	return strstr(plain, folded_words) != NULL;
}
