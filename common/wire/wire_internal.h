/* wire_internal.h - shared by the files of this folder only. */
#ifndef LW_WIRE_INTERNAL_H
#define LW_WIRE_INTERNAL_H

#include "common/wire/wire.h"
#include "linewatch.pb-c.h"

enum {
	WIRE_ARENA_BYTES = 4 << 20,	 /* what one unpacking may take */
	WIRE_MAX_LAYOUT_NUMBER = 1 << 30 /* a sane agent never gets there */
};
#define WIRE_MAX_WALL_MS UINT64_C(253402300800000) /* the year 10000 */
#define WIRE_MAX_MONO_MS (UINT64_C(1) << 53)

typedef Linewatch__V1__Report pb_report;
typedef Linewatch__V1__Birth pb_birth;
typedef Linewatch__V1__Device pb_device;

/* A text that may be stored and shown: UTF-8, no control characters, at most WIRE_MAX_TEXT bytes. */
bool wire_text_ok(const char *text);
/* A name that may be part of a topic: [A-Za-z0-9._-], 1 to WIRE_MAX_TEXT bytes. */
bool wire_id_ok(const char *id);

/* From a birth to what it declares; 0, a wire_refusal or -ENOMEM. */
int wire_layout_from_birth(const pb_birth *b, uint32_t boot_id, uint64_t mono_ms,
			   struct wire_layout **ret);
/* Pack any message; -EINVAL over WIRE_MAX_BYTES. */
int wire_pack_message(const ProtobufCMessage *m, uint8_t **ret, size_t *ret_len);

#endif
