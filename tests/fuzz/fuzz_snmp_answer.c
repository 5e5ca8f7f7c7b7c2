/* What a device sends: message, PDU, values, and what v3 wraps around them. */
#include <stdlib.h>
#include <string.h>

#include "agent/core/plan.h"
#include "agent/io/snmp/gather.h"
#include "agent/io/snmp/usm.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_values(const struct answer *a)
{
	struct arena texts = { 0 };

	for (unsigned i = 0; i < a->n; i++) {
		struct value v = a->varbinds[i].value;
		char text[64];
		double n = 0;

		if (value_keep(&texts, &v) < 0)
			break;
		(void)value_number(&v, &n);
		if (v.type == VALUE_TEXT)
			(void)text_clean(v.text, v.length, text, sizeof text);
	}
	arena_fini(&texts);
}

static void read_v3(uint8_t *buf, size_t size)
{
	static const struct usm_credentials c = { .user = "u",
						  .auth = "SHA",
						  .auth_password = "12345678",
						  .priv = "AES",
						  .priv_password = "12345678" };
	static struct usm_user *u;
	struct usm_engine e = { 0 };
	struct usm_message m;
	uint8_t *pdu = NULL;
	size_t n = 0;
	char why[80];

	if (u == NULL && usm_user_open(&u, &c, why, sizeof why) < 0)
		abort();
	if (usm_read(buf, size, &m) < 0)
		return;
	(void)usm_engine_set(&e, u, m.engine_id, m.engine_id_length);
	m.flags &= (uint8_t)~2; /* no key will ever fit: look at what would be inside */
	(void)usm_open(&e, u, &m, true, &pdu, &n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct answer_room room;
	uint8_t *buf = malloc(size + 1);
	struct message m;
	struct answer a;

	if (buf == NULL)
		return 0;
	memcpy(buf, data, size);
	if (message_parse(buf, size, &m) == 0) {
		if (m.version == SNMP_V3)
			read_v3(buf, size);
		else if (pdu_parse(m.pdu, m.pdu_length, &room, &a) == 0)
			read_values(&a);
	}
	free(buf);
	return 0;
}
