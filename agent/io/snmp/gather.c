#include "agent/io/snmp/gather.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { SMALLEST_CHUNK = 4 };

static void drop_packets(struct gather *g)
{
	for (unsigned i = 0; i < g->n_packets; i++)
		packet_fini(&g->packets[i]);
	g->built_chunk = g->link != NULL ? g->link->chunk : 0;
}

static void lay_out(struct gather *g)
{
	g->n_order = 0;
	for (unsigned i = 0; i < g->n; i++)
		if (!g->skip[i])
			g->order[g->n_order++] = (uint16_t)i;
	drop_packets(g);
}

int gather_init(struct gather *g, struct gather_link *link, struct arena *texts,
		const struct oid *oids, unsigned n, struct value *values)
{
	memset(g, 0, sizeof *g);
	g->link = link;
	g->texts = texts;
	g->oids = oids;
	g->n = n;
	g->values = values;
	g->skip = calloc(n + 1, sizeof *g->skip);
	g->order = calloc(n + 1, sizeof *g->order);
	g->packets = calloc(n + 1, sizeof *g->packets);
	if (g->skip == NULL || g->order == NULL || g->packets == NULL) {
		gather_fini(g);
		return -ENOMEM;
	}
	g->n_packets = n + 1;
	lay_out(g);
	return 0;
}

void gather_fini(struct gather *g)
{
	drop_packets(g);
	free(g->skip);
	free(g->order);
	free(g->packets);
	memset(g, 0, sizeof *g);
}

int gather_skip(struct gather *g, const bool *skip)
{
	memcpy(g->skip, skip, g->n * sizeof *skip);
	lay_out(g);
	return 0;
}

static int ask_next(struct gather *g);

static int build(struct gather *g, struct packet *p)
{
	struct oid oids[GATHER_CHUNK];
	struct packet_request rq = { .version = g->link->version,
				     .community = g->link->community,
				     .pdu = PDU_GET,
				     .oids = oids,
				     .n = g->asked };

	for (unsigned i = 0; i < g->asked; i++)
		oids[i] = g->oids[g->order[g->at + i]];
	return packet_build(p, &rq);
}

/* Leaves one object out for good, and asks the rest anew. */
static void leave_out(struct gather *g, unsigned position)
{
	unsigned i = g->at + position;

	g->values[g->order[i]].type = VALUE_MISSING;
	g->skip[g->order[i]] = true;
	memmove(g->order + i, g->order + i + 1, (g->n_order - i - 1) * sizeof *g->order);
	g->n_order--;
	drop_packets(g);
}

static void smaller(struct gather *g)
{
	if (g->asked <= 1)
		leave_out(g, 0);
	else if (g->link->chunk > 1)
		g->link->chunk /= 2;
	drop_packets(g);
}

static int take(struct gather *g, const struct answer *a)
{
	for (unsigned i = 0; i < g->asked && i < a->n; i++) {
		unsigned which = g->order[g->at + i];

		/* another object than the one asked for is no answer */
		if (!oid_equal(a->varbinds[i].name, g->oids[which]))
			continue;
		g->values[which] = a->varbinds[i].value;
		int r = value_keep(g->texts, &g->values[which]);
		if (r < 0)
			return r;
	}
	return 0;
}

/* From inside an answer: what cannot be asked ends the round. */
static void go_on(struct gather *g)
{
	int r = ask_next(g);

	if (r < 0)
		g->fn(g->arg, r);
}

static void on_error_status(struct gather *g, const struct answer *a)
{
	if (a->error_status == SNMP_TOO_BIG)
		smaller(g);
	else if (a->error_index >= 1 && a->error_index <= (long)g->asked)
		leave_out(g, (unsigned)a->error_index - 1);
	else
		smaller(g);
	go_on(g);
}

static void on_answer(void *arg, int status, const struct answer *a)
{
	struct gather *g = arg;

	g->link->version = snmp_peer_version(g->link->peer); /* as it turned out */
	if (status == -ETIMEDOUT && g->patient && g->link->chunk > SMALLEST_CHUNK) {
		g->link->chunk = SMALLEST_CHUNK; /* some cards drop what is too big for them */
		drop_packets(g);
		go_on(g);
		return;
	}
	if (status == SNMP_ASKED && a->error_status != 0) {
		if (a->error_status == SNMP_AUTHORIZATION_ERROR && g->link->version == SNMP_V3)
			g->fn(g->arg, SNMP_BAD_PRIV);
		else
			on_error_status(g, a);
		return;
	}
	if (status == SNMP_ASKED)
		status = take(g, a);
	if (status != SNMP_ASKED) {
		g->fn(g->arg, status);
		return;
	}
	g->at += g->asked;
	go_on(g);
}

static int ask_next(struct gather *g)
{
	unsigned chunk = g->link->chunk;
	unsigned left = g->n_order - g->at;
	int r = 0;

	if (left == 0) {
		g->fn(g->arg, 0);
		return 0;
	}
	if (g->built_chunk != chunk)
		drop_packets(g);
	g->asked = chunk - g->at % chunk < left ? chunk - g->at % chunk : left;
	struct packet *p = &g->packets[g->at / chunk];
	if (p->bytes == NULL)
		r = build(g, p);
	return r < 0 ? r : snmp_peer_ask(g->link->peer, p, on_answer, g);
}

int gather_start(struct gather *g, gather_fn *fn, void *arg)
{
	g->fn = fn;
	g->arg = arg;
	g->at = 0;
	for (unsigned i = 0; i < g->n; i++)
		g->values[i].type = g->skip[i] ? VALUE_MISSING : VALUE_UNASKED;
	if (g->n_order == 0)
		return -ENODATA;
	return ask_next(g);
}

/* --- walking --- */

static int walk_ask(struct walk *w);

/* Takes one row; false: the column has ended. */
static bool add_row(struct walk *w, const struct varbind *vb)
{
	struct walk_row *last = w->n > 0 ? &w->rows[w->n - 1] : NULL;
	struct oid suffix;

	if (vb->value.type == VALUE_MISSING || !oid_under(vb->name, w->column) ||
	    vb->name.n == w->column.n || oid_refused(vb->name))
		return false;
	suffix = (struct oid){ vb->name.id + w->column.n, vb->name.n - w->column.n };
	if (last != NULL && oid_compare(suffix, last->suffix) <= 0)
		return false; /* a device that walks in circles */
	if (w->n == GATHER_MAX_ROWS) {
		w->cut = true;
		return false;
	}
	uint32_t *ids = arena_alloc(w->texts, suffix.n * sizeof *ids);
	if (ids == NULL)
		return false;
	memcpy(ids, suffix.id, suffix.n * sizeof *ids);
	w->rows[w->n].suffix = (struct oid){ ids, suffix.n };
	w->rows[w->n].value = vb->value;
	return value_keep(w->texts, &w->rows[w->n++].value) == 0;
}

static void on_row(void *arg, int status, const struct answer *a)
{
	struct walk *w = arg;
	bool more = status == SNMP_ASKED && a->error_status == 0 && a->n > 0;

	for (unsigned i = 0; more && i < a->n; i++)
		more = add_row(w, &a->varbinds[i]);
	if (more)
		status = walk_ask(w);
	if (!more || status < 0)
		w->fn(w->arg, status);
}

static int walk_ask(struct walk *w)
{
	uint32_t ids[OID_MAX];
	struct oid from = w->column;
	struct packet_request rq = { .version = w->link->version,
				     .community = w->link->community,
				     .pdu = w->link->version == SNMP_V1 ? PDU_GETNEXT : PDU_GETBULK,
				     .repetitions = 16,
				     .oids = &from,
				     .n = 1 };

	if (w->n > 0) {
		struct oid suffix = w->rows[w->n - 1].suffix;

		if (w->column.n + suffix.n > OID_MAX)
			return -E2BIG;
		memcpy(ids, w->column.id, w->column.n * sizeof *ids);
		memcpy(ids + w->column.n, suffix.id, suffix.n * sizeof *ids);
		from = (struct oid){ ids, w->column.n + suffix.n };
	}
	packet_fini(&w->packet);
	int r = packet_build(&w->packet, &rq);
	return r < 0 ? r : snmp_peer_ask(w->link->peer, &w->packet, on_row, w);
}

int walk_start(struct walk *w, struct gather_link *link, struct arena *texts, struct oid column,
	       gather_fn *fn, void *arg)
{
	w->link = link;
	w->texts = texts;
	w->column = column;
	w->n = 0;
	w->cut = false;
	w->fn = fn;
	w->arg = arg;
	return walk_ask(w);
}

void walk_fini(struct walk *w)
{
	packet_fini(&w->packet);
}
