/* peer.c - one device's question: tries, time-outs, and for v3 who it is talking to.
 *
 * Happy path: ask -> queued -> sent -> answer matched -> fn. No answer: sent again after try_ms and
 * three times try_ms, given up (-ETIMEDOUT) after four. Where the version is to be found out, the
 * second of these is asked in version 1, and the first answer tells. A v3 device is first asked for its engine (from the disk
 * when it is known); a first time-out or a report that names another engine or another time leads to
 * one new discovery, the second such report is the answer: the device's clock does not hold. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "agent/io/snmp/engine_cache.h"
#include "agent/io/snmp/engine_priv.h"

enum { DEFAULT_TRY_MS = 1000 };

int snmp_peer_open(struct snmp_peer **ret, struct snmp_engine *e, const struct snmp_peer_options *o)
{
	struct snmp_peer *p = calloc(1, sizeof *p);
	int r;

	if (p == NULL)
		return -ENOMEM;
	p->engine = e;
	p->address = o->address;
	p->version = o->version;
	p->user = o->user;
	p->try_ms = o->try_ms != 0 ? o->try_ms : DEFAULT_TRY_MS;
	if (p->version == SNMP_V3) {
		p->wrapped = malloc(USM_MESSAGE_MAX);
		if (p->wrapped == NULL) {
			free(p);
			return -ENOMEM;
		}
		engine_cache_load(&p->usm, p->user, &p->address);
	}
	r = engine_add(e, p);
	if (r < 0) {
		free(p->wrapped);
		free(p);
		return r;
	}
	*ret = p;
	return 0;
}

void snmp_peer_close(struct snmp_peer *p)
{
	if (p == NULL)
		return;
	if (p->phase != PEER_IDLE)
		engine_unwait(p->engine, p);
	engine_remove(p->engine, p);
	free(p->wrapped);
	free(p);
}

void snmp_peer_guess_version(struct snmp_peer *p, bool on)
{
	p->guessing = on;
	if (on)
		p->version = SNMP_V2C;
}

enum snmp_version snmp_peer_version(const struct snmp_peer *p)
{
	return p->version;
}

unsigned snmp_patience_ms(unsigned try_ms)
{
	return 4 * (try_ms != 0 ? try_ms : DEFAULT_TRY_MS);
}

uint32_t peer_id(const struct snmp_peer *p)
{
	return (uint32_t)p->generation << 16 | p->index;
}

/* Ids run from 0x01000000 to 0x7fffffff: four bytes, positive. */
static void next_generation(struct snmp_peer *p)
{
	p->generation = (uint16_t)(p->generation + 1);
	if (p->generation < 0x0100 || p->generation > 0x7fff)
		p->generation = 0x0100;
}

static void start(struct snmp_peer *p, enum peer_phase phase)
{
	p->phase = phase;
	p->tries = 0;
	next_generation(p);
	engine_queue(p->engine, p);
}

int snmp_peer_ask(struct snmp_peer *p, struct packet *packet, snmp_answer_fn *fn, void *arg)
{
	if (p->phase != PEER_IDLE)
		return -EBUSY;
	p->packet = packet;
	p->fn = fn;
	p->arg = arg;
	p->resynced = false;
	p->clock_taken = false;
	start(p, p->version == SNMP_V3 && p->usm.id_length == 0 ? PEER_DISCOVER : PEER_ASK);
	return 0;
}

int peer_bytes(struct snmp_peer *p, const uint8_t **ret)
{
	int n;

	if (p->phase == PEER_ASK)
		packet_set_id(p->packet, peer_id(p));
	if (p->version != SNMP_V3) {
		if (p->guessing)
			packet_set_version(p->packet, p->tries == 1 ? SNMP_V1 : SNMP_V2C);
		*ret = p->packet->bytes;
		return (int)p->packet->length;
	}
	if (p->phase == PEER_DISCOVER)
		n = usm_write_discovery(peer_id(p), p->wrapped, USM_MESSAGE_MAX);
	else
		n = usm_write(&p->usm, p->user, peer_id(p), p->packet->bytes, p->packet->length,
			      true, engine_now(p->engine), p->wrapped, USM_MESSAGE_MAX);
	*ret = p->wrapped;
	return n;
}

void peer_on_sent(struct snmp_peer *p)
{
	/* Sent at 0, 1 and 3 times try_ms, given up at 4. */
	engine_wait(p->engine, p, p->tries == 1 ? 2 * (uint64_t)p->try_ms : p->try_ms);
	if (p->tries++ > 0)
		engine_count(p->engine)->retried++;
}

static void finish(struct snmp_peer *p, int status, const struct answer *a)
{
	engine_unwait(p->engine, p);
	p->phase = PEER_IDLE;
	p->fn(p->arg, status, a);
}

void peer_fail(struct snmp_peer *p, int status)
{
	finish(p, status, NULL);
}

void peer_on_deadline(struct snmp_peer *p)
{
	if (p->tries >= PEER_TRIES) {
		engine_count(p->engine)->timed_out++;
		peer_fail(p, -ETIMEDOUT);
	} else if (p->version == SNMP_V3 && p->phase == PEER_ASK && p->tries == 1 && !p->resynced) {
		p->phase = PEER_DISCOVER; /* perhaps another card answers there now */
		next_generation(p);
		engine_queue(p->engine, p);
	} else {
		engine_queue(p->engine, p);
	}
}

void peer_on_community_message(struct snmp_peer *p, enum snmp_version version,
			       const struct answer *a)
{
	if (a->type != PDU_RESPONSE) {
		engine_count(p->engine)->malformed++;
		return;
	}
	engine_count(p->engine)->answered++;
	p->version = version;
	finish(p, SNMP_ASKED, a);
}

/* The engine and its clock as the device gave them; then the question itself. */
static void take_engine(struct snmp_peer *p, const struct usm_message *m)
{
	bool same = m->engine_id_length == p->usm.id_length &&
		    memcmp(m->engine_id, p->usm.id, p->usm.id_length) == 0;

	if (!same && usm_engine_set(&p->usm, p->user, m->engine_id, m->engine_id_length) < 0) {
		engine_count(p->engine)->malformed++;
		return;
	}
	p->usm.boots = m->boots;
	p->usm.time = m->time;
	p->usm.time_at_ms = engine_now(p->engine);
	engine_cache_save(&p->usm, &p->address);
	engine_count(p->engine)->resynced++;
	engine_unwait(p->engine, p);
	p->resynced = true;
	start(p, PEER_ASK);
}

/* usmStats, 1.3.6.1.6.3.15.1.1.N.0 (RFC 3414) */
enum { LEVEL = 1, TIME_WINDOW = 2, USER = 3, ENGINE = 4, DIGEST = 5, DECRYPT = 6 };

static unsigned report_kind(const struct answer *a)
{
	static const uint32_t stats[] = { 1, 3, 6, 1, 6, 3, 15, 1, 1 };
	struct oid root = { stats, sizeof stats / sizeof *stats };

	if (a->n == 0 || !oid_under(a->varbinds[0].name, root) || a->varbinds[0].name.n < 10)
		return 0;
	return a->varbinds[0].name.id[9];
}

static void on_report(struct snmp_peer *p, const struct usm_message *m, const struct answer *a)
{
	static const int statuses[] = { -EBADMSG, SNMP_BAD_PRIV, SNMP_BAD_CLOCK, SNMP_BAD_USER,
					-EBADMSG, SNMP_BAD_KEY,	 SNMP_BAD_PRIV };
	unsigned kind = report_kind(a);

	if (p->phase == PEER_DISCOVER) {
		if (kind == ENGINE || kind == TIME_WINDOW || kind == USER || kind == LEVEL)
			take_engine(p, m);
	} else if (kind == ENGINE && !p->resynced) {
		take_engine(p, m);
	} else if (kind == TIME_WINDOW && !p->clock_taken) {
		p->clock_taken = true;
		take_engine(p, m);
	} else {
		peer_fail(p, kind <= DECRYPT ? statuses[kind] : -EBADMSG);
	}
}

void peer_on_usm_message(struct snmp_peer *p, struct usm_message *m)
{
	struct answer a;
	uint8_t *pdu = NULL;
	size_t length = 0;
	int r = usm_open(&p->usm, p->user, m, true, &pdu, &length);

	if (r != USM_OK || pdu_parse(pdu, length, engine_room(p->engine), &a) < 0) {
		engine_count(p->engine)->malformed++;
		return;
	}
	if (a.type == PDU_REPORT) {
		on_report(p, m, &a);
		return;
	}
	if (a.type != PDU_RESPONSE || p->phase != PEER_ASK || a.id != peer_id(p)) {
		engine_count(p->engine)->unmatched++;
		return;
	}
	engine_count(p->engine)->answered++;
	finish(p, SNMP_ASKED, &a);
}
