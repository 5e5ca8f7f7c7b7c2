/* ber.h - the part of BER (X.690) that SNMP v1 and v2c need. Pure.
 *
 * Reading never goes past the end and refuses indefinite lengths; writing goes backwards from the
 * end of a buffer, so that every length is known when its header is written. */
#ifndef LW_SIM_BER_H
#define LW_SIM_BER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	BER_INTEGER = 0x02,
	BER_OCTETS = 0x04,
	BER_NULL = 0x05,
	BER_OID = 0x06,
	BER_SEQUENCE = 0x30,
	BER_COUNTER32 = 0x41,
	BER_GAUGE32 = 0x42,
	BER_TICKS = 0x43,
	BER_COUNTER64 = 0x46,
	BER_OID_MAX = 32
};

struct oid {
	uint8_t n;
	uint32_t part[BER_OID_MAX];
};

struct ber_in {
	const uint8_t *p, *end;
};

/* Next element; its content in *ret. -EBADMSG: not BER, or cut off. */
int ber_get(struct ber_in *in, uint8_t *ret_tag, struct ber_in *ret);
int ber_get_tag(struct ber_in *in, uint8_t tag, struct ber_in *ret); /* of this tag only */
int ber_get_int(struct ber_in *in, int64_t *ret);
int ber_get_oid(struct ber_in *in, struct oid *ret);

struct ber_out {
	uint8_t *start; /* of the buffer */
	uint8_t *p;	/* first byte written so far */
	bool full;	/* something did not fit: the message is not usable */
};

void ber_out_init(struct ber_out *o, uint8_t *buf, size_t size);
void ber_put(struct ber_out *o, const void *bytes, size_t n);
void ber_put_header(struct ber_out *o, uint8_t tag, const uint8_t *content_end);
void ber_put_int(struct ber_out *o, uint8_t tag, int64_t v);
void ber_put_text(struct ber_out *o, uint8_t tag, const void *text, size_t n);
void ber_put_oid(struct ber_out *o, const struct oid *oid);

int oid_parse(const char *text, struct oid *ret); /* "1.3.6.1"; -EINVAL */
int oid_compare(const struct oid *a, const struct oid *b);

#endif
