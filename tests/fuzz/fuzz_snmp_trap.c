/* Notifications as the listener takes them apart: v1, v2c and v3. */
#include <stdlib.h>
#include <string.h>

#include "agent/core/trap.h"
#include "agent/io/snmp/packet.h"
#include "agent/io/snmp/usm.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void look_at(const struct answer *a)
{
	static struct trap_memory memory;
	uint32_t room[OID_MAX];
	struct oid trap = trap_oid_of_v1(a->enterprise, a->generic, a->specific, room);
	struct oid detail = { NULL, 0 };

	for (unsigned i = 0; i < a->n; i++)
		if (a->varbinds[i].value.type == VALUE_OID)
			detail = a->varbinds[i].value.oid;
	(void)trap_is_repeat(&memory, 1, trap, trap_meaning_of(trap, detail), 0);
	(void)trap_meaning_of(detail, trap);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct answer_room room;
	uint8_t *buf = malloc(size + 1);
	struct usm_message v3;
	struct message m;
	struct answer a;

	if (buf == NULL)
		return 0;
	memcpy(buf, data, size);
	if (message_parse(buf, size, &m) == 0 && m.version != SNMP_V3 &&
	    pdu_parse(m.pdu, m.pdu_length, &room, &a) == 0)
		look_at(&a);
	(void)usm_read(buf, size, &v3);
	free(buf);
	return 0;
}
