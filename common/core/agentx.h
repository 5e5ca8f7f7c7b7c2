/* agentx.h - the packets of an AgentX sub-agent (RFC 2741): made, and requests answered. Pure.
 *
 * Tables and groups of scalars, read only: that is all LINEWATCH-MIB needs. Packets are made in network
 * byte order; those that come are read in the order that their flags say. */
#ifndef LW_AGENTX_H
#define LW_AGENTX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { AGENTX_HEADER_BYTES = 20, AGENTX_PACKET_MAX = 16384, AGENTX_OID_MAX = 128 };

enum agentx_type {
	AGENTX_OPEN = 1,
	AGENTX_CLOSE = 2,
	AGENTX_REGISTER = 3,
	AGENTX_GET = 5,
	AGENTX_GET_NEXT = 6,
	AGENTX_GET_BULK = 7,
	AGENTX_TEST_SET = 8,
	AGENTX_CLEANUP_SET = 11,
	AGENTX_PING = 13,
	AGENTX_RESPONSE = 18
};

struct agentx_value {
	enum {
		AGENTX_INTEGER = 2,
		AGENTX_TEXT = 4,
		AGENTX_COUNTER = 0x41,
		AGENTX_GAUGE = 0x42
	} kind;
	uint32_t number;
	const char *text; /* AGENTX_TEXT; at most 255 bytes are sent */
};

/* One table below the root: columns first..last, rows 1..rows(arg). Or, with `rows` NULL, a group of
 * scalars, of which columns are the members: `value` is asked for row 1. */
struct agentx_table {
	uint32_t number;
	uint32_t first_column, last_column;
	uint32_t (*rows)(void *arg);
	uint32_t (*index)(void *arg, uint32_t row); /* ascending; NULL: the row's number */
	struct agentx_value (*value)(void *arg, uint32_t row, uint32_t column); /* row from 1 */
};

struct agentx_mib {
	const uint32_t *root;
	size_t root_len;
	const struct agentx_table *tables; /* ascending by number */
	size_t n_tables;
	void *arg;
};

struct agentx_header {
	uint8_t type, flags;
	uint32_t session, transaction, packet, payload_bytes;
};

/* False: not an AgentX header, or a packet longer than AGENTX_PACKET_MAX. Needs the 20 bytes. */
bool agentx_header_read(const uint8_t *bytes, struct agentx_header *ret);

/* Each returns the packet's length; `out` has room for AGENTX_PACKET_MAX. */
size_t agentx_make_open(uint8_t *out, uint32_t packet, const char *descr);
/* One table at a time: several programs of a machine may each serve their part of a MIB. */
size_t agentx_make_register(uint8_t *out, uint32_t session, uint32_t packet,
			    const struct agentx_mib *m, size_t table);
size_t agentx_make_ping(uint8_t *out, uint32_t session, uint32_t packet);

/* The error of a response (0: none), or -EBADMSG. */
int agentx_response_error(const uint8_t *packet, size_t len);

/* Answer a request; 0: it wants no answer, or cannot be read. */
size_t agentx_answer(uint8_t *out, const uint8_t *packet, size_t len, const struct agentx_mib *m);

#endif
