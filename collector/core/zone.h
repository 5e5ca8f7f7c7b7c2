/* zone.h - local time of an IANA zone, from the bytes of its file (RFC 8536). Pure. */
#ifndef LW_ZONE_H
#define LW_ZONE_H

#include <stddef.h>
#include <stdint.h>

struct zone {
	int64_t *at_s;	   /* Unix seconds from which offset_s counts */
	int32_t *offset_s; /* local less UTC */
	size_t n;
	int32_t first_offset_s; /* before at_s[0]; after the last, the last counts on */
};

/* -EBADMSG: not such a file; -ENOMEM. */
int zone_parse(const uint8_t *buf, size_t len, struct zone *ret);
void zone_fini(struct zone *z);

int32_t zone_offset(const struct zone *z, int64_t unix_s);
/* Unix seconds of the local midnight that begins the day; months and days may run over. A midnight
 * that a clock change skips is the moment of the change. */
int64_t zone_midnight(const struct zone *z, int year, int month, int day);

struct civil {
	int year, month, day, hour, minute, second;
};
struct civil zone_civil(const struct zone *z, int64_t unix_s);

#endif
