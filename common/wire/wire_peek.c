/* The head of a report without unpacking it: a walk over its top-level fields. Wire format:
 * protobuf's "Encoding" document; only the numbers of linewatch.proto stand here. */
#include "common/wire/wire_internal.h"

#include <string.h>

enum {
	FIELD_BOOT_ID = 1,
	FIELD_SEQ = 2,
	FIELD_MONO_MS = 3,
	FIELD_WALL_STEP_MS = 4,
	FIELD_LAYOUT = 5,
	FIELD_DELTA_OF = 6,
	FIELD_BIRTH = 12,
	FIELD_BIRTH_LAYOUT = 2,
	FIELD_BIRTH_WALL_MS = 3
};
enum { TYPE_VARINT = 0, TYPE_FIXED64 = 1, TYPE_BYTES = 2, TYPE_FIXED32 = 5 };

struct field {
	uint32_t number, type;
	uint64_t value;	      /* varint, fixed32, or the length of bytes */
	const uint8_t *bytes; /* TYPE_BYTES */
};

static bool take_varint(const uint8_t **p, const uint8_t *end, uint64_t *ret)
{
	uint64_t v = 0;

	for (unsigned shift = 0; shift < 64 && *p < end; shift += 7) {
		uint8_t b = *(*p)++;
		v |= (uint64_t)(b & 0x7f) << shift;
		if ((b & 0x80) == 0) {
			*ret = v;
			return true;
		}
	}
	return false;
}

static bool take_payload(const uint8_t **p, const uint8_t *end, struct field *f)
{
	size_t left = (size_t)(end - *p);
	size_t size = f->type == TYPE_FIXED32 ? 4 : 8;

	if (f->type == TYPE_VARINT)
		return take_varint(p, end, &f->value);
	if (f->type == TYPE_BYTES) {
		if (!take_varint(p, end, &f->value) || f->value > (uint64_t)(end - *p))
			return false;
		f->bytes = *p;
		*p += f->value;
		return true;
	}
	if ((f->type != TYPE_FIXED32 && f->type != TYPE_FIXED64) || size > left)
		return false;
	f->value = 0;
	for (size_t i = size; i-- > 0;)
		f->value = f->value << 8 | (*p)[i];
	*p += size;
	return true;
}

static bool take_field(const uint8_t **p, const uint8_t *end, struct field *f)
{
	uint64_t tag;

	if (!take_varint(p, end, &tag) || tag >> 3 == 0 || tag >> 3 > UINT32_MAX)
		return false;
	f->number = (uint32_t)(tag >> 3);
	f->type = (uint32_t)(tag & 7);
	return take_payload(p, end, f);
}

static bool birth_fields(const struct field *birth, uint32_t *ret_layout, uint64_t *ret_wall_ms)
{
	const uint8_t *p = birth->bytes, *end = p + birth->value;
	struct field f;

	*ret_layout = 0;
	*ret_wall_ms = 0;
	while (p < end) {
		if (!take_field(&p, end, &f))
			return false;
		if (f.number == FIELD_BIRTH_LAYOUT && f.type == TYPE_VARINT)
			*ret_layout = (uint32_t)f.value;
		else if (f.number == FIELD_BIRTH_WALL_MS && f.type == TYPE_VARINT)
			*ret_wall_ms = f.value;
	}
	return true;
}

static int64_t zigzag(uint64_t v)
{
	return (int64_t)(v >> 1) ^ -(int64_t)(v & 1);
}

int wire_report_peek(const uint8_t *buf, size_t len, struct wire_head *ret)
{
	const uint8_t *p = buf, *end = buf + len;
	struct wire_head h = { 0 };
	uint64_t delta_of = 0;
	uint32_t declared = 0;
	struct field f;

	if (len == 0 || len > WIRE_MAX_BYTES)
		return WIRE_BAD_SIZE;
	while (p < end) {
		if (!take_field(&p, end, &f))
			return WIRE_BAD_ENCODING;
		if (f.number == FIELD_BOOT_ID && f.type == TYPE_FIXED32)
			h.boot_id = (uint32_t)f.value;
		else if (f.number == FIELD_SEQ && f.type == TYPE_VARINT)
			h.seq = f.value;
		else if (f.number == FIELD_MONO_MS && f.type == TYPE_VARINT)
			h.mono_ms = f.value;
		else if (f.number == FIELD_WALL_STEP_MS && f.type == TYPE_VARINT)
			h.wall_step_ms = zigzag(f.value);
		else if (f.number == FIELD_LAYOUT && f.type == TYPE_VARINT)
			h.layout = (uint32_t)f.value;
		else if (f.number == FIELD_DELTA_OF && f.type == TYPE_VARINT)
			delta_of = (uint32_t)f.value;
		else if (f.number == FIELD_BIRTH && f.type == TYPE_BYTES)
			h.is_birth = true;
		if (f.number == FIELD_BIRTH && f.type == TYPE_BYTES &&
		    !birth_fields(&f, &declared, &h.birth_wall_ms))
			return WIRE_BAD_ENCODING;
	}
	if (h.boot_id == 0 || h.seq == 0 || h.seq > INT64_MAX)
		return WIRE_BAD_VALUE;
	if (h.is_birth)
		h.layout = declared;
	h.full_seq = delta_of != 0 && delta_of < h.seq ? h.seq - delta_of : 0;
	*ret = h;
	return 0;
}

int64_t wire_head_wall_ms(const struct wire_head *h, const struct wire_head *birth)
{
	/* Unsigned, so that no peer can make it overflow. */
	return (int64_t)(birth->birth_wall_ms + h->mono_ms - birth->mono_ms +
			 (uint64_t)h->wall_step_ms);
}
