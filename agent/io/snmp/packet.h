/* packet.h - SNMP messages as bytes: requests are built once and kept, answers are read by net-snmp's
 * BER decoder. No I/O. */
#ifndef LW_SNMP_PACKET_H
#define LW_SNMP_PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/core/value.h"

enum snmp_version { SNMP_V1 = 0, SNMP_V2C = 1, SNMP_V3 = 3 };

enum pdu_type {
	PDU_GET = 0xa0,
	PDU_GETNEXT = 0xa1,
	PDU_RESPONSE = 0xa2,
	PDU_SET = 0xa3,
	PDU_TRAP_V1 = 0xa4,
	PDU_GETBULK = 0xa5,
	PDU_INFORM = 0xa6,
	PDU_TRAP = 0xa7,
	PDU_REPORT = 0xa8
};

enum { SNMP_TOO_BIG = 1, SNMP_NO_SUCH_NAME = 2, SNMP_AUTHORIZATION_ERROR = 16 };
enum { SNMP_MAX_VARBINDS = 256, SNMP_MAX_IDS = 8192 };

/* A request that can be sent many times: only the four bytes of its id change. Visible value; the
 * bytes are its own. For v3 it is the bare PDU, which usm.h wraps. */
struct packet {
	unsigned char *bytes;
	size_t length;
	size_t id_at;
};

struct packet_request {
	enum snmp_version version;
	const char *community; /* v1, v2c */
	enum pdu_type pdu;
	unsigned repetitions; /* GETBULK */
	const struct oid *oids;
	unsigned n;
};

/* Returns -EACCES when an object is on the refused list, -E2BIG, -ENOMEM. */
int packet_build(struct packet *ret, const struct packet_request *rq);
void packet_fini(struct packet *p);
/* Ids are 0x01000000 and up: always four bytes. */
void packet_set_id(struct packet *p, uint32_t id);
/* SNMP_V1 or SNMP_V2C; only of a question that reads the same in both: GET, GETNEXT. */
void packet_set_version(struct packet *p, enum snmp_version version);

/* A message taken apart as far as its PDU; points into the buffer. */
struct message {
	long version;
	const unsigned char *community;
	size_t community_length;
	unsigned char *pdu; /* its tag; v3: not set, see usm.h */
	size_t pdu_length;  /* bytes left from the tag */
};

struct answer {
	int type; /* enum pdu_type */
	uint32_t id;
	long error_status, error_index;
	unsigned n;
	struct varbind *varbinds;
	/* SNMPv1 traps only */
	struct oid enterprise;
	long generic, specific;
};

/* Room for one decoded answer; about 30 KiB, so one per engine. */
struct answer_room {
	struct varbind varbinds[SNMP_MAX_VARBINDS];
	uint32_t ids[SNMP_MAX_IDS];
	unsigned used;
};

/* -EBADMSG: not SNMP. */
int message_parse(unsigned char *buf, size_t length, struct message *ret);
int pdu_parse(unsigned char *pdu, size_t length, struct answer_room *room, struct answer *ret);

/* Turns a received inform into its response, in place. */
void inform_to_response(unsigned char *pdu);

/* What BER writers need, from the end of a buffer backwards; n is what is free in front. */
struct ber {
	unsigned char *buf;
	size_t at; /* the next byte goes in front of this */
	bool full;
};
void ber_bytes(struct ber *b, const void *data, size_t n);
void ber_header(struct ber *b, unsigned char tag, size_t length);
void ber_integer(struct ber *b, unsigned char tag, int64_t v);
void ber_octets(struct ber *b, unsigned char tag, const void *data, size_t n);
void ber_oid(struct ber *b, struct oid o);
/* Wraps all that was written since `end` (a former b->at) in tag and length. */
void ber_wrap(struct ber *b, unsigned char tag, size_t end);

#endif
