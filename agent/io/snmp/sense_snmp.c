/* sense_snmp.c - a device read over SNMP, as a sense.
 *
 * Happy path: the name is looked up once, the first round learns what the device is (learn.c), each
 * later round asks the settled plan and judges what comes. A device that was away, or whose objects
 * are suddenly gone, is learned anew; so is every device now and then, since cards are replaced.
 * Time-outs and refusals end the round as unreachable with a line that says what to do. */
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/io/senses.h"
#include "agent/io/snmp/sense_priv.h"

enum { LEARN_AGAIN_MS = 600000, LEARN_SOON_MS = 60000 };

void sense_forget_texts(char **texts, unsigned *n)
{
	while (*n > 0)
		free(texts[--*n]);
}

void sense_note(struct snmp_sense *s, const char *format, ...)
{
	char line[MATCH_EVIDENCE_MAX];
	va_list args;

	if (s->n_evidence == SENSE_EVIDENCE)
		return;
	va_start(args, format);
	(void)vsnprintf(line, sizeof line, format, args);
	va_end(args);
	char *copy = strdup(line);
	if (copy != NULL)
		s->evidence[s->n_evidence++] = copy;
}

static void finish(struct snmp_sense *s, const struct sense_result *r)
{
	sense_done_fn *done = s->done;

	s->done = NULL;
	done(s->arg, r);
}

static const char *class_of(const struct snmp_sense *s)
{
	if (s->device_class[0] != '\0')
		return s->device_class;
	return s->profile != NULL ? s->profile->device_class : "";
}

void sense_fail(struct snmp_sense *s, int status)
{
	char text[sizeof s->error];

	snmp_status_text(text, sizeof text, status, s->access.version, s->try_ms);
	sense_fail_saying(s, text);
}

void sense_fail_saying(struct snmp_sense *s, const char *text)
{
	struct sense_result r = { .error = s->error, .device_class = class_of(s) };

	(void)snprintf(s->error, sizeof s->error, "%s", text);
	r.profile = s->profile != NULL ? s->profile->name : "";
	s->was_unreachable = true;
	finish(s, &r);
}

static struct sense_result result_of(struct snmp_sense *s)
{
	return (struct sense_result){ .reachable = true,
				      .device_class = class_of(s),
				      .profile = s->profile->name,
				      .readings = s->readings,
				      .n_readings = s->n_readings,
				      .identity = s->identity,
				      .n_identity = s->n_identity,
				      .evidence = (const char *const *)s->evidence,
				      .n_evidence = s->n_evidence };
}

void sense_deliver(struct snmp_sense *s)
{
	struct plan_answers a = layout_answers(&s->settled);

	(void)plan_decode(s->settled.plan, &a, s->readings);
	(void)sanity_check(s->sanity, s->readings, s->n_readings, (int64_t)uv_now(s->loop));
	s->was_unreachable = false;
	struct sense_result r = result_of(s);
	finish(s, &r);
}

/* Most of what was there is gone: another card, or another firmware. */
static bool is_strange(const struct snmp_sense *s)
{
	unsigned gone = 0;

	for (unsigned i = 0; i < s->n_readings; i++)
		gone += s->readings[i].reason == REASON_MISSING;
	return s->n_readings > 0 && gone * 2 > s->n_readings;
}

static void on_round(void *arg, int status)
{
	struct snmp_sense *s = arg;

	if (status != 0)
		sense_fail(s, status);
	else
		sense_deliver(s);
}

/* A card that boots answers the system group first and its UPS a minute later: what was learned at
 * first sight, and what does not fit what the configuration expects, is soon looked at again. */
static uint64_t learn_again_ms(const struct snmp_sense *s)
{
	bool expected = s->device_class[0] == '\0' ||
			strcmp(s->device_class, s->profile->device_class) == 0;
	bool known = strcmp(s->profile->device_class, "unknown") != 0;

	return s->n_learned < 2 || !expected || !known ? LEARN_SOON_MS : LEARN_AGAIN_MS;
}

static bool must_learn(const struct snmp_sense *s)
{
	if (s->settled.plan == NULL || s->was_unreachable || is_strange(s))
		return true;
	uint64_t again = learn_again_ms(s);
	/* spread by address, so that many devices do not learn in the same minute */
	uint64_t spread = (uintptr_t)s / 64 % (again / 2);

	return uv_now(s->loop) - s->learned_ms > again + spread;
}

static void drop_walk(struct snmp_sense *s)
{
	if (s->walk != NULL)
		walk_fini(s->walk);
	free(s->walk);
	s->walk = NULL;
}

static int ask(struct snmp_sense *s)
{
	int r;

	arena_fini(&s->texts); /* most rounds bring no texts */
	if (s->settled.plan != NULL && s->settled.plan->n_walks == 0)
		drop_walk(s);
	if (must_learn(s))
		return learn_start(s);
	r = layout_start(&s->settled, s, on_round);
	return r == -ENODATA ? learn_start(s) : r;
}

/* --- where it is --- */

static int open_peer(struct snmp_sense *s, const struct sockaddr *a)
{
	struct snmp_peer_options o = { .version = s->access.version,
				       .user = s->user,
				       .try_ms = s->try_ms };

	if (a->sa_family == AF_INET6)
		memcpy(&o.address.in6, a, sizeof o.address.in6);
	else
		memcpy(&o.address.in, a, sizeof o.address.in);
	return snmp_peer_open(&s->link.peer, s->engine, &o);
}

static void maybe_gone(struct snmp_sense *s);

static void on_lookup(uv_getaddrinfo_t *q, int status, struct addrinfo *found)
{
	struct snmp_sense *s = q->data;
	int r = status;

	s->looking_up = false;
	if (s->closing) {
		uv_freeaddrinfo(found);
		maybe_gone(s);
		return;
	}
	if (r == 0)
		r = open_peer(s, found->ai_addr);
	uv_freeaddrinfo(found);
	if (r == 0)
		r = ask(s);
	if (r < 0)
		sense_fail(s, r);
}

static int look_up(struct snmp_sense *s)
{
	struct addrinfo hints = { .ai_socktype = SOCK_DGRAM };
	int r;

	s->lookup.data = s;
	r = uv_getaddrinfo(s->loop, &s->lookup, on_lookup, s->access.host, s->access.port, &hints);
	s->looking_up = r == 0;
	return r;
}

/* An address needs no look-up, and so no worker thread. */
static int open_numeric(struct snmp_sense *s)
{
	struct snmp_address a = { .in = { .sin_family = AF_INET } };
	uint16_t port = htons((uint16_t)strtoul(s->access.port, NULL, 10));

	a.in.sin_port = port;
	if (inet_pton(AF_INET, s->access.host, &a.in.sin_addr) == 1)
		return open_peer(s, &a.sa);
	memset(&a, 0, sizeof a);
	a.in6.sin6_family = AF_INET6;
	a.in6.sin6_port = port;
	if (inet_pton(AF_INET6, s->access.host, &a.in6.sin6_addr) == 1)
		return open_peer(s, &a.sa);
	return 0;
}

/* --- as a sense --- */

static int snmp_poll(struct sense *sense, sense_done_fn *done, void *arg)
{
	struct snmp_sense *s = (struct snmp_sense *)sense;
	int r;

	if (s->done != NULL)
		return -EBUSY;
	s->done = done;
	s->arg = arg;
	r = s->link.peer != NULL ? ask(s) : look_up(s);
	if (r < 0)
		s->done = NULL;
	return r;
}

static void free_sense(struct snmp_sense *s)
{
	learn_fini(s);
	layout_fini(&s->settled);
	drop_walk(s);
	arena_fini(&s->texts);
	sense_forget_texts(s->identity_text, &s->n_identity);
	sense_forget_texts(s->evidence, &s->n_evidence);
	free(s->readings);
	free(s->sanity);
	usm_user_close(s->user);
	snmp_engine_close(s->engine);
	explicit_bzero(&s->access, sizeof s->access);
	free(s);
}

static void maybe_gone(struct snmp_sense *s)
{
	void (*closed)(void *arg) = s->closed;
	void *arg = s->closed_arg;

	if (s->looking_up)
		return;
	free_sense(s);
	if (closed != NULL)
		closed(arg);
}

/* The engine has no handle of ours: without a look-up under way the memory can go at once, but not
 * from inside `done`, where it is still looked at. */
static void on_idle_closed(uv_handle_t *h)
{
	struct snmp_sense *s = h->data;

	free(h);
	maybe_gone(s);
}

static void snmp_close(struct sense *sense, void (*closed)(void *arg), void *arg)
{
	struct snmp_sense *s = (struct snmp_sense *)sense;
	uv_idle_t *later = calloc(1, sizeof *later);

	s->closing = true;
	s->closed = closed;
	s->closed_arg = arg;
	snmp_peer_close(s->link.peer);
	s->link.peer = NULL;
	if (s->looking_up)
		(void)uv_cancel((uv_req_t *)&s->lookup);
	if (later == NULL) {
		maybe_gone(s);
		return;
	}
	(void)uv_idle_init(s->loop, later);
	later->data = s;
	uv_close((uv_handle_t *)later, on_idle_closed);
}

static int open_user(struct snmp_sense *s, char *reterr, size_t size)
{
	const struct snmp_access *a = &s->access;
	struct usm_credentials c = { .user = a->user,
				     .auth = a->auth,
				     .auth_password = a->auth_password,
				     .priv = a->priv,
				     .priv_password = a->priv_password,
				     .context = a->context };

	return a->version == SNMP_V3 ? usm_user_open(&s->user, &c, reterr, size) : 0;
}

static int find_profile(struct snmp_sense *s, const char *name, char *reterr, size_t size)
{
	s->set = profiles_shared(reterr, size);
	if (s->set == NULL)
		return -EINVAL;
	if (name == NULL || name[0] == '\0')
		return 0;
	s->wanted = profile_by_name(s->set, name);
	if (s->wanted != NULL)
		return 0;
	(void)snprintf(reterr, size, "no profile is called '%s'", name);
	return -EINVAL;
}

static int snmp_open(struct sense **ret, uv_loop_t *loop, const struct sense_target *t,
		     char *reterr, size_t reterr_size)
{
	struct snmp_sense *s = calloc(1, sizeof *s);
	int r;

	if (s == NULL)
		return -ENOMEM;
	s->sense.type = &sense_snmp;
	s->loop = loop;
	s->try_ms = t->timeout_ms;
	(void)snprintf(s->device_class, sizeof s->device_class, "%s",
		       t->device_class != NULL ? t->device_class : "");
	r = find_profile(s, t->profile, reterr, reterr_size);
	if (r == 0)
		r = snmp_access_parse(&s->access, t, reterr, reterr_size);
	if (r == 0)
		r = open_user(s, reterr, reterr_size);
	s->link.version = s->access.version;
	s->link.community = s->access.community;
	s->link.chunk = GATHER_CHUNK;
	if (r == 0)
		r = snmp_engine_open(&s->engine, loop);
	if (r == 0)
		r = open_numeric(s);
	if (r < 0)
		free_sense(s);
	else
		*ret = &s->sense;
	return r;
}

static const char *const schemes[] = { "snmp", "snmp3", NULL };

const struct sense_type sense_snmp = { schemes, snmp_open, snmp_poll, snmp_close };
