/* intake_control.c - what the collector says to agents: stored, missing, rebirth, poll now.
 *
 * Ranges are sealed into each batch as they will be once it is committed; one commit is under way
 * at a time, so a failed one is forgotten without a trace and its reports are asked for again. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "collector/io/intake/intake_priv.h"
#include "common/wire/wire_control.h"

/* ---- around a commit ---- */

static int put_ranges(const struct seqset *s, const struct agent *a, const struct boot *b,
		      struct store_batch *batch)
{
	struct store_range *r = malloc((s->n + 1) * sizeof *r);
	if (r == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < s->n; i++)
		r[i] = (struct store_range){ s->ranges[i].first, s->ranges[i].last };
	int e = store_set_ranges(batch, a->id, b->id, b->offset_ms, r, s->n);
	free(r);
	return e;
}

static int seal_boot(struct agent *a, struct boot *b, struct store_batch *batch)
{
	struct seqset all = { 0 };
	int r = seqset_add_all(&all, &b->stored);

	if (r == 0)
		r = seqset_add_all(&all, &b->pending);
	if (r == 0)
		r = put_ranges(&all, a, b, batch);
	seqset_fini(&all);
	if (r < 0)
		return r;
	seqset_fini(&b->flight);
	b->flight = b->pending;
	b->pending = (struct seqset){ 0 };
	b->dirty = false;
	return 0;
}

int intake_seal(struct intake *in, struct store_batch *b)
{
	int r = 0;

	for (size_t i = 0; i < in->n_dirty; i++) {
		struct agent *a = in->agents[in->dirty[i]];

		for (int k = 0; k < MAX_BOOTS && r == 0; k++) {
			if (a->boots[k].dirty)
				r = seal_boot(a, &a->boots[k], b);
		}
		if (r == 0)
			r = heal_seal(in, a, b);
	}
	return r;
}

void intake_committed(struct intake *in, int status)
{
	size_t n = in->n_dirty;

	in->n_dirty = 0;
	for (size_t i = 0; i < n; i++) {
		struct agent *a = in->agents[in->dirty[i]];

		a->dirty = false;
		a->attention = true;
		for (int k = 0; k < MAX_BOOTS; k++) {
			struct boot *b = &a->boots[k];

			if (b->flight.n > 0 && status == 0) {
				(void)seqset_add_all(&b->stored, &b->flight);
				b->ack_due = true;
			} else if (b->flight.n > 0) {
				b->has_gaps = true; /* they come again, once there is room */
				b->asks = 0;
				b->ask_at_ms = in->mono_ms + ASK_AGAIN_MS;
				b->ask_wait_ms = ASK_AGAIN_MS;
			}
			seqset_fini(&b->flight);
			a->dirty |= b->dirty; /* came while the commit was under way */
		}
		if (a->dirty)
			in->dirty[in->n_dirty++] = a->entity;
	}
}

/* ---- holes ---- */

static void lose(struct intake *in, struct store_batch *batch, struct agent *a, struct boot *b,
		 uint64_t first, uint64_t last, struct instant now)
{
	struct seqset all = { 0 };
	struct seq_range gaps[WIRE_MAX_RANGES];

	if (first > last || seqset_add_all(&all, &b->stored) < 0 ||
	    seqset_add_all(&all, &b->flight) < 0 || seqset_add_all(&all, &b->pending) < 0) {
		seqset_fini(&all);
		return;
	}
	size_t n = seqset_gaps(&all, first, last, gaps, WIRE_MAX_RANGES);
	seqset_fini(&all);
	for (size_t i = 0; i < n; i++) {
		if (boot_take(in, a, b, gaps[i].first, gaps[i].last) < 0)
			return;
		in->stats.holes++;
		log_limited(&a->limit, LOG_P_WARNING,
			    "reports never came and never will agent=%s boot=%08x first=%llu "
			    "last=%llu",
			    a->id, b->id, (unsigned long long)gaps[i].first,
			    (unsigned long long)gaps[i].last);
		(void)store_add_hole(batch, a->id, b->id, gaps[i].first, gaps[i].last, now.wall_ms);
	}
}

static const struct wire_range *backlog_of(const struct wire_report *r, uint32_t boot)
{
	for (size_t i = 0; i < r->n_backlog; i++) {
		if (r->backlog[i].boot_id == boot)
			return &r->backlog[i];
	}
	return NULL;
}

/* What the agent no longer has cannot come; what it has is waited for and then asked for. */
static void settle_boot(struct intake *in, struct store_batch *batch, struct agent *a,
			struct boot *b, uint64_t first, uint64_t last, struct instant now)
{
	if (first > 1)
		lose(in, batch, a, b, 1, first - 1, now);
	if (last > b->newest)
		b->newest = last;
	b->has_gaps = true;
	b->gap_since_ms = now.mono_ms;
	b->ask_at_ms = now.mono_ms + REORDER_MS;
	b->ask_wait_ms = ASK_AGAIN_MS;
	b->asks = 0;
	a->attention = true;
}

void note_birth(struct intake *in, struct store_batch *batch, struct agent *a,
		const struct wire_report *r, struct instant now)
{
	for (int i = 0; i < MAX_BOOTS; i++) {
		struct boot *b = &a->boots[i];

		if (b->id == 0)
			continue;
		if (b->id == r->boot_id)
			settle_boot(in, batch, a, b, r->first_seq, r->seq, now);
		else if (backlog_of(r, b->id) == NULL)
			lose(in, batch, a, b, 1, b->newest, now);
	}
	for (size_t i = 0; i < r->n_backlog; i++) {
		const struct wire_range *l = &r->backlog[i];

		if (l->boot_id == 0 || l->boot_id == r->boot_id || l->first_seq > l->last_seq)
			continue;
		settle_boot(in, batch, a, boot_get(a, l->boot_id, now.mono_ms), l->first_seq,
			    l->last_seq, now);
	}
}

void note_lost(struct intake *in, struct store_batch *batch, struct agent *a,
	       const struct wire_report *r, struct instant now)
{
	for (size_t i = 0; i < r->n_lost; i++) {
		struct boot *b = boot_find(a, r->lost[i].boot_id);

		if (b != NULL)
			lose(in, batch, a, b, r->lost[i].first_seq,
			     r->lost[i].last_seq < b->newest ? r->lost[i].last_seq : b->newest,
			     now);
	}
}

/* ---- what is said ---- */

static void say_stored(struct boot *b, struct wire_control *c)
{
	/* the newest ranges, when they are too many for one message; the rest was told before */
	size_t skip = b->stored.n > WIRE_MAX_RANGES / MAX_BOOTS
			      ? b->stored.n - WIRE_MAX_RANGES / MAX_BOOTS
			      : 0;

	for (size_t i = 0; i < b->stored.n && c->n_stored < WIRE_MAX_RANGES; i++) {
		if (i > 0 && i < skip)
			continue; /* the first always: up to there all is stored */
		c->stored[c->n_stored++] = (struct wire_range){ b->id, b->stored.ranges[i].first,
								b->stored.ranges[i].last };
	}
}

static size_t gaps_of(const struct boot *b, struct seq_range *ret, size_t max)
{
	struct seqset all = { 0 };
	size_t n = 0;

	if (seqset_add_all(&all, &b->stored) == 0 && seqset_add_all(&all, &b->flight) == 0 &&
	    seqset_add_all(&all, &b->pending) == 0)
		n = seqset_gaps(&all, 1, b->newest, ret, max);
	seqset_fini(&all);
	return n;
}

static void ask_missing(struct intake *in, struct store_batch *batch, struct agent *a,
			struct boot *b, struct wire_control *c, struct instant now)
{
	struct seq_range gaps[WIRE_MAX_RANGES];

	if (!b->has_gaps || now.mono_ms < b->ask_at_ms)
		return;
	if (now.mono_ms - a->heard_mono_ms > AWAY_MS) {
		b->ask_at_ms = now.mono_ms + ASK_AGAIN_MS; /* nobody is there to be asked */
		return;
	}
	size_t n = gaps_of(b, gaps, WIRE_MAX_RANGES / 2);
	if (n == 0) {
		b->has_gaps = false;
		b->want_base = 0;
		return;
	}
	if (b->asks >= ASKS_BEFORE_HOLE && now.mono_ms - a->history_mono_ms < ASK_AGAIN_MOST_MS)
		b->asks = 0; /* another boot's backlog flows: its turn comes */
	if (b->asks >= ASKS_BEFORE_HOLE) {
		for (size_t i = 0; i < n; i++)
			lose(in, batch, a, b, gaps[i].first, gaps[i].last, now);
		return;
	}
	if (b->want_base != 0 && c->n_missing < WIRE_MAX_RANGES)
		c->missing[c->n_missing++] =
			(struct wire_range){ b->id, b->want_base, b->want_base };
	for (size_t i = 0; i < n && c->n_missing < WIRE_MAX_RANGES; i++)
		c->missing[c->n_missing++] =
			(struct wire_range){ b->id, gaps[i].first, gaps[i].last };
	in->stats.asked++;
	b->asks++;
	b->ask_at_ms = now.mono_ms + b->ask_wait_ms;
	b->ask_wait_ms =
		b->ask_wait_ms * 2 > ASK_AGAIN_MOST_MS ? ASK_AGAIN_MOST_MS : b->ask_wait_ms * 2;
}

static bool still_open(const struct agent *a)
{
	for (int i = 0; i < MAX_BOOTS; i++) {
		if (a->boots[i].has_gaps || a->boots[i].ack_due)
			return true;
	}
	return a->rebirth_due || a->n_healing > 0 || a->poll_now[0] != '\0';
}

/* An agent that reports many times a second hears once a second what is stored: it keeps its reports
 * a moment longer, and everybody is spared a message for each few of them. A backlog is sent no
 * faster than it is stored, so its acknowledgements do not wait. */
static bool ack_now(const struct agent *a, struct instant now)
{
	return now.mono_ms - a->acked_mono_ms >= ACK_EVERY_MS ||
	       (a->history_mono_ms != 0 && now.mono_ms - a->history_mono_ms < 2 * ACK_EVERY_MS);
}

static bool compose(struct intake *in, struct store_batch *batch, struct agent *a, bool ack,
		    struct wire_control *c, struct instant now)
{
	for (int i = 0; i < MAX_BOOTS; i++) {
		struct boot *b = &a->boots[i];

		if (b->id == 0)
			continue;
		if (b->ack_due && ack)
			say_stored(b, c);
		ask_missing(in, batch, a, b, c, now);
	}
	if (a->rebirth_due && now.mono_ms >= a->rebirth_at_ms) {
		c->rebirth = true;
		in->stats.rebirths++;
		a->rebirth_due = false;
		a->rebirth_at_ms = now.mono_ms + REBIRTH_AGAIN_MS;
	}
	if (a->poll_now[0] != '\0') {
		memcpy(c->polls[0], a->poll_now, sizeof c->polls[0]);
		c->n_polls = 1;
		a->poll_now[0] = '\0';
	}
	c->wall_ms = (uint64_t)now.wall_ms;
	c->echo_mono_ms = a->echo_mono_ms;
	return c->n_stored + c->n_missing + c->n_polls > 0 || c->rebirth;
}

/* 1: said, 0: nothing to say, or why it could not be said now. */
static int speak(struct intake *in, struct store_batch *batch, struct agent *a, struct instant now)
{
	static struct wire_control c; /* 12 KiB; the loop has one thread */
	bool ack = ack_now(a, now), said;
	uint8_t *buf;
	size_t len;

	memset(&c, 0, sizeof c);
	(void)strncpy(c.collector, in->l.collector, sizeof c.collector - 1);
	heal_flush(in, a, batch, now, HEALED_AFTER_MS);
	said = compose(in, batch, a, ack, &c, now);
	if (said) {
		int r = wire_control_pack(&c, &buf, &len);
		if (r == 0) {
			r = in->l.publish(in->l.arg, a->topic, buf, len);
			free(buf);
		}
		if (r < 0)
			return r;
		in->stats.acks += c.n_stored > 0;
		for (int i = 0; i < MAX_BOOTS && ack; i++)
			a->boots[i].ack_due = false;
		if (c.n_stored > 0)
			a->acked_mono_ms = now.mono_ms;
	}
	a->attention = still_open(a);
	return said;
}

void intake_tick(struct intake *in, struct store_batch *b, struct instant now)
{
	uint32_t n = in->l.topology->n_entities;

	unsigned said = 0;

	in->mono_ms = now.mono_ms;

	for (uint32_t i = 0; i < n && said < ACKS_PER_TICK; i++) {
		uint32_t at = in->tick_from;
		struct agent *a = in->agents[at];

		if (a != NULL && a->attention) {
			int r = speak(in, b, a, now);
			if (r < 0)
				return; /* the window is full or the broker away: from here next time */
			said += (unsigned)r;
		}
		in->tick_from = at + 1 < n ? at + 1 : 0;
	}
}

int intake_poll_now(struct intake *in, uint32_t entity)
{
	const struct topology *t = in->l.topology;

	if (entity >= t->n_entities || t->entities[entity].agent == NO_ENTITY)
		return -ENOENT;
	struct agent *a = agent_get(in, t->entities[entity].agent);
	if (a == NULL)
		return -ENOMEM;
	const char *id = strrchr(t->entities[entity].id, '/');
	(void)strncpy(a->poll_now, id != NULL ? id + 1 : t->entities[entity].id,
		      sizeof a->poll_now - 1);
	a->attention = true;
	return 0;
}
