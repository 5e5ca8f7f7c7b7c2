/* trap_listener.c - one UDP socket for notifications.
 *
 * Happy path: a datagram's source is a configured device -> community or signature holds -> its
 * snmpTrapOID is looked up and told; an inform is answered. A v3 trap is signed for its sender's
 * engine, whose keys are derived when it is first heard; a v3 inform for ours, which a sender asks
 * for first. Whatever fails is counted and dropped; nothing is ever sent to a stranger. */
#include "agent/io/snmp/trap_listener.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agent/io/snmp/access.h"
#include "agent/io/snmp/engine.h"
#include "agent/io/snmp/local_engine.h"

enum { MAX_SENDERS = 4096, DATAGRAM_MAX = 65536, PER_TURN = 64, TIME_WINDOW_S = 150 };

struct sender {
	uint32_t device;
	struct snmp_address address;
	enum snmp_version version;
	char community[ACCESS_TEXT_MAX];
	struct usm_user *user;
	struct usm_engine theirs; /* of its traps */
	struct usm_engine ours;	  /* of its informs */
};

struct trap_listener {
	uv_poll_t poll;
	uv_loop_t *loop;
	int fd;
	bool polling, closing;
	trap_event_fn *fn;
	void *arg;
	struct sender *senders;
	unsigned n_senders;
	struct trap_memory memory;
	struct trap_counters counters;
	struct local_engine local;
	struct answer_room room;
	uint8_t buffer[DATAGRAM_MAX];
};

static bool same_host(const struct snmp_address *a, const struct snmp_address *b)
{
	if (a->sa.sa_family != b->sa.sa_family)
		return false;
	if (a->sa.sa_family == AF_INET)
		return a->in.sin_addr.s_addr == b->in.sin_addr.s_addr;
	return memcmp(&a->in6.sin6_addr, &b->in6.sin6_addr, sizeof a->in6.sin6_addr) == 0;
}

static bool community_holds(const struct sender *s, const struct message *m)
{
	return s->version != SNMP_V3 && strlen(s->community) == m->community_length &&
	       memcmp(s->community, m->community, m->community_length) == 0;
}

static void refuse(struct trap_listener *l, uint64_t *counter)
{
	struct trap_event e = { .refused = true };

	(*counter)++;
	l->fn(l->arg, &e);
}

/* --- what it says --- */

static struct oid trap_of(const struct answer *a, uint32_t *room)
{
	static const uint32_t snmp_trap_oid[] = { 1, 3, 6, 1, 6, 3, 1, 1, 4, 1, 0 };
	struct oid name = { snmp_trap_oid, sizeof snmp_trap_oid / sizeof *snmp_trap_oid };

	if (a->type == PDU_TRAP_V1)
		return trap_oid_of_v1(a->enterprise, a->generic, a->specific, room);
	for (unsigned i = 0; i < a->n; i++)
		if (oid_equal(a->varbinds[i].name, name) && a->varbinds[i].value.type == VALUE_OID)
			return a->varbinds[i].value.oid;
	return (struct oid){ NULL, 0 };
}

/* upsAlarmDescr 1.3.6.1.2.1.33.1.6.2.1.2 */
static struct oid detail_of(const struct answer *a)
{
	static const uint32_t descr[] = { 1, 3, 6, 1, 2, 1, 33, 1, 6, 2, 1, 2 };
	struct oid root = { descr, sizeof descr / sizeof *descr };

	for (unsigned i = 0; i < a->n; i++)
		if (oid_under(a->varbinds[i].name, root) && a->varbinds[i].value.type == VALUE_OID)
			return a->varbinds[i].value.oid;
	return (struct oid){ NULL, 0 };
}

static bool is_notification(const struct answer *a)
{
	return a->type == PDU_TRAP_V1 || a->type == PDU_TRAP || a->type == PDU_INFORM;
}

static void tell(struct trap_listener *l, const struct sender *s, const struct answer *a)
{
	uint32_t room[OID_MAX];
	struct trap_event e = { .device = s->device, .inform = a->type == PDU_INFORM };

	e.trap = trap_of(a, room);
	if (e.trap.n == 0) {
		refuse(l, &l->counters.malformed);
		return;
	}
	e.meaning = trap_meaning_of(e.trap, detail_of(a));
	e.repeat =
		trap_is_repeat(&l->memory, s->device, e.trap, e.meaning, (int64_t)uv_now(l->loop));
	l->counters.heard++;
	l->counters.repeats += e.repeat;
	l->fn(l->arg, &e);
}

static void reply(struct trap_listener *l, const struct snmp_address *to, const void *bytes,
		  size_t n)
{
	socklen_t size = to->sa.sa_family == AF_INET6 ? sizeof to->in6 : sizeof to->in;

	(void)sendto(l->fd, bytes, n, MSG_DONTWAIT, &to->sa, size);
}

/* --- v1 and v2c --- */

static void on_community(struct trap_listener *l, struct message *m, size_t length,
			 const struct snmp_address *from)
{
	struct answer a;
	bool known = false;

	for (unsigned i = 0; i < l->n_senders && !l->closing; i++) {
		struct sender *s = &l->senders[i];

		if (!same_host(&s->address, from))
			continue;
		known = true;
		if (!community_holds(s, m))
			continue;
		if (pdu_parse(m->pdu, m->pdu_length, &l->room, &a) < 0 || !is_notification(&a)) {
			refuse(l, &l->counters.malformed);
			return;
		}
		if (a.type == PDU_INFORM) {
			inform_to_response(m->pdu);
			reply(l, from, l->buffer, length);
			l->counters.informs++;
		}
		tell(l, s, &a);
		return;
	}
	if (known)
		refuse(l, &l->counters.refused);
	else
		refuse(l, &l->counters.unknown_sender);
}

/* --- v3 --- */

static bool user_is(const struct sender *s, const struct usm_message *m)
{
	const char *name = s->user != NULL ? usm_user_name(s->user) : NULL;

	return name != NULL && strlen(name) == m->user_length &&
	       memcmp(name, m->user, m->user_length) == 0;
}

/* The sender's engine; when it is another than before, its keys are derived for this message and
 * kept only if the signature holds. */
static bool open_trap(struct sender *s, struct usm_message *m, uint8_t **pdu, size_t *n)
{
	struct usm_engine e = s->theirs;
	bool same =
		m->engine_id_length == e.id_length && memcmp(m->engine_id, e.id, e.id_length) == 0;

	if (!same && usm_engine_set(&e, s->user, m->engine_id, m->engine_id_length) < 0)
		return false;
	if (usm_open(&e, s->user, m, false, pdu, n) != USM_OK)
		return false;
	/* an old message that is sent again: RFC 3414 3.2 step 7b */
	if (same &&
	    (m->boots < e.boots || (m->boots == e.boots && m->time + TIME_WINDOW_S < e.time)))
		return false;
	if (!same || m->boots > e.boots || m->time > e.time) {
		e.boots = m->boots;
		e.time = m->time;
	}
	s->theirs = e;
	return true;
}

static void answer_inform(struct trap_listener *l, struct sender *s, const struct usm_message *m,
			  uint8_t *pdu, const struct snmp_address *from)
{
	uint8_t out[USM_MESSAGE_MAX];
	int length;

	inform_to_response(pdu);
	length = usm_write_back(&s->ours, s->user, m, (int64_t)uv_now(l->loop), out, sizeof out);
	if (length > 0)
		reply(l, from, out, (size_t)length);
	l->counters.informs++;
}

/* For an engine id that is ours, or none: the sender wants to know it, or sends an inform. */
static void on_for_us(struct trap_listener *l, struct sender *s, struct usm_message *m,
		      const struct snmp_address *from)
{
	uint8_t *pdu = NULL, out[1024];
	size_t n = 0;
	struct answer a;
	int length;

	if (m->engine_id_length == 0) {
		length = local_engine_report(&l->local, NULL, NULL, m->id, LOCAL_UNKNOWN_ENGINE,
					     out, sizeof out);
		if (length > 0)
			reply(l, from, out, (size_t)length);
		return;
	}
	if (s->ours.id_length == 0)
		(void)usm_engine_set(&s->ours, s->user, l->local.id, l->local.id_length);
	local_engine_clock(&l->local, &s->ours, (int64_t)uv_now(l->loop));
	if (usm_open(&s->ours, s->user, m, false, &pdu, &n) != USM_OK) {
		refuse(l, &l->counters.refused);
		return;
	}
	if (!local_engine_in_window(&l->local, m->boots, m->time, (int64_t)uv_now(l->loop))) {
		length = local_engine_report(&l->local, &s->ours, s->user, m->id,
					     LOCAL_NOT_IN_WINDOW, out, sizeof out);
		if (length > 0)
			reply(l, from, out, (size_t)length);
		return;
	}
	if (pdu_parse(pdu, n, &l->room, &a) < 0 || a.type != PDU_INFORM) {
		refuse(l, &l->counters.malformed);
		return;
	}
	answer_inform(l, s, m, pdu, from);
	tell(l, s, &a);
}

static void on_trap_v3(struct trap_listener *l, struct sender *s, struct usm_message *m)
{
	uint8_t *pdu = NULL;
	size_t n = 0;
	struct answer a;

	if (!open_trap(s, m, &pdu, &n)) {
		refuse(l, &l->counters.refused);
		return;
	}
	if (pdu_parse(pdu, n, &l->room, &a) < 0 || a.type != PDU_TRAP)
		refuse(l, &l->counters.malformed);
	else
		tell(l, s, &a);
}

static void on_usm(struct trap_listener *l, size_t length, const struct snmp_address *from)
{
	struct usm_message m;
	bool known = false;

	if (usm_read(l->buffer, length, &m) < 0) {
		refuse(l, &l->counters.malformed);
		return;
	}
	for (unsigned i = 0; i < l->n_senders; i++) {
		struct sender *s = &l->senders[i];
		bool discovery = m.engine_id_length == 0;

		if (!same_host(&s->address, from) || s->version != SNMP_V3)
			continue;
		known = true;
		if (!discovery && !user_is(s, &m))
			continue;
		if (discovery || local_engine_is(&l->local, m.engine_id, m.engine_id_length))
			on_for_us(l, s, &m, from);
		else
			on_trap_v3(l, s, &m);
		return;
	}
	if (known)
		refuse(l, &l->counters.refused);
	else
		refuse(l, &l->counters.unknown_sender);
}

static void on_datagram(struct trap_listener *l, size_t length, const struct snmp_address *from)
{
	struct message m;

	if (message_parse(l->buffer, length, &m) < 0)
		refuse(l, &l->counters.malformed);
	else if (m.version == SNMP_V3)
		on_usm(l, length, from);
	else
		on_community(l, &m, length, from);
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
	struct trap_listener *l = poll->data;

	(void)events;
	for (int i = 0; status == 0 && i < PER_TURN && !l->closing; i++) {
		struct snmp_address from = { .in = { 0 } };
		socklen_t size = sizeof from;
		ssize_t n =
			recvfrom(l->fd, l->buffer, sizeof l->buffer, MSG_DONTWAIT, &from.sa, &size);
		if (n < 0)
			return;
		on_datagram(l, (size_t)n, &from);
	}
}

/* --- life --- */

static void free_listener(struct trap_listener *l)
{
	for (unsigned i = 0; i < l->n_senders; i++)
		usm_user_close(l->senders[i].user);
	if (l->senders != NULL)
		explicit_bzero(l->senders, l->n_senders * sizeof *l->senders);
	free(l->senders);
	if (l->fd >= 0)
		(void)close(l->fd);
	free(l);
}

static void on_closed(uv_handle_t *h)
{
	free_listener(h->data);
}

void trap_listener_close(struct trap_listener *l)
{
	if (l == NULL)
		return;
	l->closing = true;
	if (l->polling)
		uv_close((uv_handle_t *)&l->poll, on_closed);
	else
		free_listener(l);
}

static int parse_address(const char *address, unsigned port, struct snmp_address *ret)
{
	memset(ret, 0, sizeof *ret);
	if (port == 0 || port > 65535)
		return -EINVAL;
	if (inet_pton(AF_INET, address, &ret->in.sin_addr) == 1) {
		ret->in.sin_family = AF_INET;
		ret->in.sin_port = htons((uint16_t)port);
		return 0;
	}
	if (inet_pton(AF_INET6, address, &ret->in6.sin6_addr) != 1)
		return -EAFNOSUPPORT;
	ret->in6.sin6_family = AF_INET6;
	ret->in6.sin6_port = htons((uint16_t)port);
	return 0;
}

static int bind_socket(struct trap_listener *l, const char *address, unsigned port)
{
	struct snmp_address a;
	int r = parse_address(address, port, &a);

	if (r < 0)
		return r;
	l->fd = socket(a.sa.sa_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (l->fd < 0)
		return -errno;
	if (bind(l->fd, &a.sa, a.sa.sa_family == AF_INET6 ? sizeof a.in6 : sizeof a.in) < 0)
		return -errno;
	r = uv_poll_init(l->loop, &l->poll, l->fd);
	if (r < 0)
		return r;
	l->poll.data = l;
	l->polling = true;
	return uv_poll_start(&l->poll, UV_READABLE, on_readable);
}

int trap_listener_open(struct trap_listener **ret, uv_loop_t *loop, const char *address,
		       unsigned port, trap_event_fn *fn, void *arg)
{
	struct trap_listener *l = calloc(1, sizeof *l);
	int r;

	if (l == NULL)
		return -ENOMEM;
	l->loop = loop;
	l->fd = -1;
	l->fn = fn;
	l->arg = arg;
	local_engine_init(&l->local, (int64_t)uv_now(loop));
	r = bind_socket(l, address, port);
	if (r < 0)
		trap_listener_close(l);
	else
		*ret = l;
	return r;
}

static int fill_sender(struct sender *s, const struct sense_target *t, char *reterr, size_t size)
{
	struct snmp_access a;
	int r = snmp_access_parse(&a, t, reterr, size);

	if (r < 0)
		return r;
	r = parse_address(a.host, 1, &s->address);
	if (r < 0) {
		(void)snprintf(reterr, size, "%s: traps want an address, not a name", a.host);
		return r;
	}
	s->version = a.version;
	(void)snprintf(s->community, sizeof s->community, "%s", a.community);
	if (a.version == SNMP_V3) {
		struct usm_credentials c = { .user = a.user,
					     .auth = a.auth,
					     .auth_password = a.auth_password,
					     .priv = a.priv,
					     .priv_password = a.priv_password,
					     .context = a.context };

		r = usm_user_open(&s->user, &c, reterr, size);
	}
	explicit_bzero(&a, sizeof a);
	return r;
}

int trap_listener_add(struct trap_listener *l, uint32_t device, const struct sense_target *t,
		      char *reterr, size_t reterr_size)
{
	struct sender s = { .device = device };
	struct sender *more;
	int r = fill_sender(&s, t, reterr, reterr_size);

	if (r < 0)
		return r;
	more = l->n_senders < MAX_SENDERS
		       ? realloc(l->senders, (l->n_senders + 1) * sizeof *l->senders)
		       : NULL;
	if (more == NULL) {
		usm_user_close(s.user);
		return l->n_senders < MAX_SENDERS ? -ENOMEM : -ENOSPC;
	}
	l->senders = more;
	l->senders[l->n_senders++] = s;
	return 0;
}

const struct trap_counters *trap_listener_counters(const struct trap_listener *l)
{
	return &l->counters;
}
