#include "agent/core/spool.h"

#include <string.h>

static const uint8_t magic[8] = { 'L', 'W', 'J', '1', '\r', '\n', 0x1a, 0 };

/* A nibble at a time: 16 words of table are enough for a few records a minute. */
uint32_t spool_crc(const void *bytes, size_t len)
{
	static const uint32_t table[16] = { 0x00000000, 0x105ec76f, 0x20bd8ede, 0x30e349b1,
					    0x417b1dbc, 0x5125dad3, 0x61c69362, 0x7198540d,
					    0x82f63b78, 0x92a8fc17, 0xa24bb5a6, 0xb21572c9,
					    0xc38d26c4, 0xd3d3e1ab, 0xe330a81a, 0xf36e6f75 };
	const uint8_t *p = bytes;
	uint32_t crc = ~UINT32_C(0);

	for (size_t i = 0; i < len; i++) {
		crc = table[(crc ^ p[i]) & 15] ^ (crc >> 4);
		crc = table[(crc ^ ((uint32_t)p[i] >> 4)) & 15] ^ (crc >> 4);
	}
	return ~crc;
}

static void put32(uint8_t *p, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		p[i] = (uint8_t)(v >> (8 * i));
}

static uint32_t get32(const uint8_t *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

void spool_header_write(uint8_t out[SPOOL_HEADER_BYTES], const struct spool_header *h)
{
	memset(out, 0, SPOOL_HEADER_BYTES);
	memcpy(out, magic, sizeof magic);
	put32(out + 8, h->boot_id);
	put32(out + 12, h->thinned);
	put32(out + 16, (uint32_t)h->created_wall_ms);
	put32(out + 20, (uint32_t)(h->created_wall_ms >> 32));
	put32(out + 28, spool_crc(out, 28));
}

bool spool_header_read(const uint8_t *bytes, size_t len, struct spool_header *ret)
{
	if (len < SPOOL_HEADER_BYTES || memcmp(bytes, magic, sizeof magic) != 0 ||
	    get32(bytes + 28) != spool_crc(bytes, 28))
		return false;
	ret->boot_id = get32(bytes + 8);
	ret->thinned = get32(bytes + 12) != 0;
	ret->created_wall_ms = get32(bytes + 16) | (uint64_t)get32(bytes + 20) << 32;
	return true;
}

/* Frame: checksum of what follows it, then the length with the type in its top byte. */
void spool_frame_write(uint8_t out[SPOOL_FRAME_BYTES], enum spool_type type, const uint8_t *payload,
		       size_t len)
{
	put32(out + 4, (uint32_t)len | (uint32_t)type << 24);
	put32(out, spool_crc(payload, len) ^ spool_crc(out + 4, 4));
}

static bool record_at(const uint8_t *bytes, size_t len, size_t at, struct spool_record *ret)
{
	if (len - at < SPOOL_FRAME_BYTES)
		return false;
	uint32_t word = get32(bytes + at + 4);
	size_t payload = word & 0xffffff;
	uint32_t type = word >> 24;

	if (type < SPOOL_CONTEXT || type > SPOOL_DELTA || payload == 0 ||
	    payload > SPOOL_RECORD_MAX || payload > len - at - SPOOL_FRAME_BYTES)
		return false;
	const uint8_t *p = bytes + at + SPOOL_FRAME_BYTES;
	if (get32(bytes + at) != (spool_crc(p, payload) ^ spool_crc(bytes + at + 4, 4)))
		return false;
	*ret = (struct spool_record){ (enum spool_type)type, at, p, payload };
	return true;
}

bool spool_next(const uint8_t *bytes, size_t len, size_t *at, size_t *skipped,
		struct spool_record *ret)
{
	while (*at < len) {
		if (record_at(bytes, len, *at, ret)) {
			*at += SPOOL_FRAME_BYTES + ret->len;
			return true;
		}
		++*at;
		++*skipped;
	}
	return false;
}

static void drop_range(struct spool_set *s, unsigned i)
{
	memmove(&s->ranges[i], &s->ranges[i + 1], (s->n - i - 1) * sizeof s->ranges[0]);
	s->n--;
}

bool spool_set_add(struct spool_set *s, uint64_t first, uint64_t last)
{
	unsigned i = 0;

	if (first > last)
		return false;
	while (i < s->n && (s->ranges[i].last < first && s->ranges[i].last + 1 != first))
		i++;
	while (i < s->n && (last >= s->ranges[i].first || last + 1 == s->ranges[i].first)) {
		first = first < s->ranges[i].first ? first : s->ranges[i].first;
		last = last > s->ranges[i].last ? last : s->ranges[i].last;
		drop_range(s, i);
	}
	if (s->n == SPOOL_RANGES_MAX)
		return false;
	memmove(&s->ranges[i + 1], &s->ranges[i], (s->n - i) * sizeof s->ranges[0]);
	s->ranges[i] = (struct spool_range){ first, last };
	s->n++;
	return true;
}

bool spool_set_has(const struct spool_set *s, uint64_t seq)
{
	return spool_set_covers(s, seq, seq);
}

bool spool_set_covers(const struct spool_set *s, uint64_t first, uint64_t last)
{
	for (unsigned i = 0; i < s->n; i++)
		if (s->ranges[i].first <= first && last <= s->ranges[i].last)
			return true;
	return false;
}
