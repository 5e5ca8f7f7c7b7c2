/* Alarms to another network management system: an SNMPv2c notification (RFC 3416) of LINEWATCH-MIB
 * per alarm raised or cleared. Traps carry no receipt: what the kernel took counts as taken; a
 * manager that missed one finds what stands at /api/v1/alarms. */
#include <net-snmp/net-snmp-config.h>
#include <net-snmp/net-snmp-includes.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/notify/channel.h"
#include "common/notify/datagram.h"

/* deploy/mibs/LINEWATCH-MIB: lwNotifications.1 raised, .2 cleared; lwAlarmObjects. */
#define LINEWATCH 1, 3, 6, 1, 4, 1, 8072, 9999, 9999, 111
enum { OBJECT_ENTITY = 1, OBJECT_CODE = 2, OBJECT_SEVERITY = 3, OBJECT_TEXT = 4, OBJECT_ID = 5 };

static const oid oid_uptime[] = { 1, 3, 6, 1, 2, 1, 1, 3, 0 };
static const oid oid_trap[] = { 1, 3, 6, 1, 6, 3, 1, 1, 4, 1, 0 };

struct manager {
	struct datagram_target target;
	int32_t next_id;
	uint64_t opened_ns;
};

/* RFC 3877: ituPerceivedSeverity. */
static long itu_severity(const char *severity)
{
	static const struct {
		const char *name;
		long value;
	} values[] = { { "cleared", 1 },
		       { "critical", 3 },
		       { "major", 4 },
		       { "minor", 5 },
		       { "warning", 6 } };

	for (size_t i = 0; severity != NULL && i < sizeof values / sizeof *values; i++)
		if (strcmp(values[i].name, severity) == 0)
			return values[i].value;
	return 2; /* indeterminate */
}

static void add_text(netsnmp_pdu *pdu, oid object, const char *text)
{
	const oid name[] = { LINEWATCH, 4, object, 0 };

	if (text == NULL)
		text = "";
	(void)snmp_pdu_add_variable(pdu, name, OID_LENGTH(name), ASN_OCTET_STR, text,
				    strnlen(text, 255));
}

static netsnmp_pdu *build(const struct manager *n, const struct message *m)
{
	bool cleared = m->reason != NULL && strcmp(m->reason, "cleared") == 0;
	const oid which[] = { LINEWATCH, 0, cleared ? 2 : 1 };
	const oid severity_name[] = { LINEWATCH, 4, OBJECT_SEVERITY, 0 };
	const oid id_name[] = { LINEWATCH, 4, OBJECT_ID, 0 };
	u_long uptime = (u_long)((uv_hrtime() - n->opened_ns) / 10000000); /* TimeTicks */
	u_long id = (u_long)(m->alarm & 0xffffffff);
	long severity = itu_severity(cleared ? "cleared" : m->severity);
	netsnmp_pdu *pdu = snmp_pdu_create(SNMP_MSG_TRAP2);

	if (pdu == NULL)
		return NULL;
	(void)snmp_pdu_add_variable(pdu, oid_uptime, OID_LENGTH(oid_uptime), ASN_TIMETICKS, &uptime,
				    sizeof uptime);
	(void)snmp_pdu_add_variable(pdu, oid_trap, OID_LENGTH(oid_trap), ASN_OBJECT_ID, which,
				    sizeof which);
	add_text(pdu, OBJECT_ENTITY, m->entity);
	add_text(pdu, OBJECT_CODE, m->code);
	(void)snmp_pdu_add_variable(pdu, severity_name, OID_LENGTH(severity_name), ASN_INTEGER,
				    &severity, sizeof severity);
	add_text(pdu, OBJECT_TEXT, m->subject);
	(void)snmp_pdu_add_variable(pdu, id_name, OID_LENGTH(id_name), ASN_UNSIGNED, &id,
				    sizeof id);
	return pdu;
}

/* Encodes for community and version without a session of net-snmp's: it would own a socket and a
 * time-out that a trap has no use for. */
static int encode(netsnmp_pdu *pdu, const char *community, int32_t id, u_char **ret,
		  size_t *ret_len)
{
	netsnmp_session s;
	size_t size = 2048, offset = 0;
	u_char *buf = malloc(size);

	if (buf == NULL)
		return -ENOMEM;
	snmp_sess_init(&s);
	s.version = SNMP_VERSION_2c;
	s.community = (u_char *)(uintptr_t)community;
	s.community_len = strlen(community);
	pdu->version = SNMP_VERSION_2c;
	pdu->reqid = id;
	if (snmp_build(&buf, &size, &offset, &s, pdu) < 0) {
		free(buf);
		return -EINVAL;
	}
	/* net-snmp may build from the end of the buffer. */
	bool backwards =
		netsnmp_ds_get_boolean(NETSNMP_DS_LIBRARY_ID, NETSNMP_DS_LIB_REVERSE_ENCODE);
	if (backwards)
		memmove(buf, buf + size - offset, offset);
	*ret = buf;
	*ret_len = offset;
	return 0;
}

static int trap_open(struct channel *c, char *reterr, size_t reterr_size)
{
	struct manager *n = calloc(1, sizeof *n);
	int r = n != NULL ? datagram_open(&n->target, c->conf->url) : -ENOMEM;

	if (r < 0) {
		(void)snprintf(reterr, reterr_size, "url: wants udp://IP:port");
		free(n);
		return r;
	}
	n->opened_ns = uv_hrtime();
	c->state = n;
	return 0;
}

static void trap_tell(struct channel *c, const struct message *m, struct channel_outcome *ret)
{
	const char *community = c->conf->community != NULL ? c->conf->community : "public";
	struct manager *n = c->state;
	netsnmp_pdu *pdu = build(n, m);
	u_char *buf = NULL;
	size_t len = 0;
	int r = pdu != NULL ? encode(pdu, community, ++n->next_id, &buf, &len) : -ENOMEM;

	if (r == 0)
		r = datagram_send(&n->target, buf, len);
	free(buf);
	snmp_free_pdu(pdu);
	ret->result = r == 0 ? DELIVERY_TAKEN : DELIVERY_TEMPORARY;
	(void)snprintf(ret->detail, sizeof ret->detail, "%s", r == 0 ? "trap sent" : strerror(-r));
}

static void trap_close(struct channel *c)
{
	struct manager *n = c->state;

	if (n != NULL)
		datagram_close(&n->target);
	free(n);
	c->state = NULL;
}

const struct channel_type channel_snmp_trap = { "snmp_trap", false,	trap_open,
						NULL,	     trap_tell, trap_close };
