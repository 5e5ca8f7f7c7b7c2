/* intake.c - a message from its topic to its place. */
#include "collector/io/intake/intake.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/io/intake/intake_priv.h"
#include "common/wire/wire_control.h"

enum { QUARANTINE_PER_SECOND = 20 };
static const uint64_t MOST_SEQ = 1ull << 53;

int intake_new(struct intake **ret, const struct intake_links *l)
{
	struct intake *in = calloc(1, sizeof *in);

	if (in == NULL)
		return -ENOMEM;
	in->l = *l;
	in->agents = calloc(l->topology->n_entities + 1, sizeof(struct agent *));
	in->dirty = calloc(l->topology->n_entities + 1, sizeof *in->dirty);
	in->heals = calloc(l->topology->n_entities + 1, sizeof *in->heals);
	if (in->agents == NULL || in->dirty == NULL || in->heals == NULL) {
		intake_free(in);
		return -ENOMEM;
	}
	*ret = in;
	return 0;
}

void intake_free(struct intake *in)
{
	if (in == NULL)
		return;
	for (uint32_t i = 0; in->agents != NULL && i < in->l.topology->n_entities; i++)
		agent_free(in->agents[i]);
	free(in->agents);
	free(in->dirty);
	free(in->heals);
	free(in);
}

const struct intake_stats *intake_stats(const struct intake *in)
{
	return &in->stats;
}

/* ---- what cannot be used ---- */

struct message {
	struct store_batch *batch;
	const char *topic;
	const uint8_t *buf;
	size_t len;
	struct instant now;
};

static void quarantine(struct intake *in, const struct message *m, const char *reason)
{
	log_limited(&in->limit, LOG_P_WARNING, "message refused topic=%s reason=%s bytes=%zu",
		    m->topic, reason, m->len);
	if (m->now.mono_ms - in->quarantine_window_ms >= 1000) {
		in->quarantine_window_ms = m->now.mono_ms;
		in->quarantine_in_window = 0;
	}
	if (in->quarantine_in_window++ < QUARANTINE_PER_SECOND)
		(void)store_add_quarantine(m->batch, m->now.wall_ms, m->topic, reason, m->buf,
					   m->len);
}

static void refuse(struct intake *in, const struct message *m, const char *reason)
{
	in->stats.refused++;
	quarantine(in, m, reason);
}

/* What no repetition makes better is as good as stored: the agent need not send it again. */
static void poison(struct intake *in, const struct message *m, struct agent *a, struct boot *b,
		   uint64_t seq, int refusal)
{
	in->stats.quarantined++;
	quarantine(in, m, wire_refusal_name(refusal));
	(void)boot_take(in, a, b, seq, seq);
}

/* ---- topics ---- */

enum topic { TOPIC_LIVE, TOPIC_HISTORY, TOPIC_DEATH, TOPIC_END };
static const char *const topic_names[TOPIC_END] = { "live", "history", "death" };

/* linewatch/v1/<site>/<agent>/<lane>: the agent's entity, NO_ENTITY when it is not ours. */
static uint32_t parse_topic(const struct topology *t, const char *topic, enum topic *ret)
{
	static const char prefix[] = "linewatch/v1/";
	char id[TEXT_MAX];

	if (strncmp(topic, prefix, sizeof prefix - 1) != 0)
		return NO_ENTITY;
	topic += sizeof prefix - 1;
	const char *lane = strrchr(topic, '/');
	if (lane == NULL || (size_t)(lane - topic) >= sizeof id)
		return NO_ENTITY;
	for (int i = 0; i < TOPIC_END; i++) {
		if (strcmp(lane + 1, topic_names[i]) != 0)
			continue;
		(void)snprintf(id, sizeof id, "%.*s", (int)(lane - topic), topic);
		*ret = (enum topic)i;
		return topology_find(t, ENTITY_AGENT, id);
	}
	return NO_ENTITY;
}

/* ---- time ---- */

enum { DELAY_MAX_MS = 60000 };

/* The first that is heard of a boot may have been under way for long (a line that was cut): its own
 * clock tells, if that was right before and says no more than a delay can be. */
static void first_of_boot(const struct agent *a, struct boot *b, const struct wire_report *r,
			  struct instant now)
{
	int64_t made = (int64_t)r->wall_ms + a->skew_ms;

	if (a->skew_known && made < now.wall_ms && now.wall_ms - made < DELAY_MAX_MS)
		clock_feed(&b->clock, (int64_t)r->mono_ms, made);
}

/* When the report was made, by our clock. */
static int64_t made_at(struct agent *a, struct boot *b, const struct wire_report *r, int lane,
		       struct instant now)
{
	int64_t wall;

	if (lane == LANE_LIVE) {
		if (!b->clock.known)
			first_of_boot(a, b, r, now);
		clock_feed(&b->clock, (int64_t)r->mono_ms, now.wall_ms);
		b->offset_ms = b->clock.offset_ms;
		b->offset_known = true;
	}
	if (b->offset_known)
		wall = (int64_t)r->mono_ms + b->offset_ms;
	else /* a boot that we never heard live: its own clock, corrected as far as we know */
		wall = (int64_t)r->wall_ms + (a->skew_known ? a->skew_ms : 0);
	if (lane == LANE_LIVE) {
		a->skew_ms = wall - (int64_t)r->wall_ms;
		a->skew_known = true;
	}
	return wall < now.wall_ms ? wall : now.wall_ms;
}

void intake_clock_moved(struct intake *in, int64_t by_ms)
{
	for (uint32_t i = 0; i < in->l.topology->n_entities; i++) {
		struct agent *a = in->agents[i];

		for (int k = 0; a != NULL && k < MAX_BOOTS; k++) {
			a->boots[k].offset_ms += by_ms;
			clock_move(&a->boots[k].clock, by_ms);
		}
		if (a != NULL)
			a->skew_ms += by_ms;
	}
}

/* It sat in a buffer of a line that was cut: what it says was so then. Longer than a delay can be, it
 * is the agent's clock that stood still (a machine that slept). */
static bool is_stale(const struct agent *a, const struct wire_report *r, int64_t wall_ms,
		     struct instant now)
{
	int64_t age = now.wall_ms - wall_ms;
	int64_t by_its_clock = now.wall_ms - ((int64_t)r->wall_ms + a->skew_ms);

	return age > STALE_MS && age < DELAY_MAX_MS && by_its_clock > STALE_MS;
}

static void watch_clock(struct intake *in, struct agent *a, struct instant now)
{
	bool skewed = clock_is_skewed(a->skewed, a->skew_ms);
	struct live_agent *la = live_agent(in->l.live, a->entity);

	if (la != NULL)
		la->offset_ms = -a->skew_ms;
	if (skewed == a->skewed && a->skew_told)
		return;
	/* the first word since our start settles what stood before it */
	bool changed = skewed != a->skewed;
	a->skewed = skewed;
	a->skew_told = true;
	if (changed)
		log_notice("agent's clock differs from ours agent=%s by_ms=%lld skewed=%d", a->id,
			   (long long)-a->skew_ms, skewed);
	(void)engine_condition(in->l.engine, a->entity, "clock_skew", skewed, now);
	in->l.engine_changed(in->l.arg);
}

/* ---- reports ---- */

static void note_agent(struct intake *in, struct agent *a, const struct wire_report *r,
		       struct instant now)
{
	struct live_agent *la = live_agent(in->l.live, a->entity);

	a->echo_mono_ms = r->mono_ms;
	if (la == NULL)
		return;
	la->heard_mono_ms = now.mono_ms;
	la->boot_id = r->boot_id;
	la->seq = r->seq;
}

/* Before the birth's layout changes hands. */
static void note_version(struct intake *in, const struct agent *a, const struct wire_layout *birth)
{
	struct live_agent *la = live_agent(in->l.live, a->entity);

	if (la != NULL && birth->version != NULL)
		(void)snprintf(la->version, sizeof la->version, "%s", birth->version);
}

/* Kept for after a restart: the birth's bytes. */
static void keep_layout(const struct message *m, const struct agent *a, const struct boot *b,
			uint32_t number)
{
	char key[TEXT_MAX];

	layout_keys(key, sizeof key, a, b->id, number);
	(void)store_set_blob(m->batch, key, m->buf, m->len);
}

static void use_report(struct intake *in, const struct message *m, struct report_at *x,
		       bool is_birth)
{
	struct agent *a = x->agent;
	const struct wire_report *r = x->report;

	if (x->news && is_birth) {
		in->stats.births++;
		a->boot_id = r->boot_id;
		a->session = x->layout->wire->session;
		layout_describe(in, x->layout);
		engine_birth(in->l.engine, a->entity, x->now);
		in->l.engine_changed(in->l.arg);
	} else if (x->news) {
		if (a->boot_id != r->boot_id) {
			a->boot_id = r->boot_id;
			a->session = x->layout->wire->session;
			layout_describe(in, x->layout);
		}
		engine_heartbeat(in->l.engine, a->entity, x->now);
		in->l.engine_changed(in->l.arg);
	}
	if (x->news) {
		note_agent(in, a, r, x->now);
		watch_clock(in, a, x->now);
	}
	report_use(x);
	heal_agent(x);
	if (r->full_seq == 0 && !is_birth) {
		char key[TEXT_MAX];

		base_key(key, sizeof key, a, x->lane);
		(void)store_set_blob(m->batch, key, m->buf, m->len);
	}
}

static void ask_soon(struct agent *a, struct boot *b, struct instant now)
{
	a->attention = true;
	if (b->has_gaps)
		return;
	b->has_gaps = true;
	b->gap_since_ms = now.mono_ms;
	b->ask_at_ms = now.mono_ms + REORDER_MS;
	b->ask_wait_ms = ASK_AGAIN_MS;
	b->asks = 0;
}

static void note_seq(struct agent *a, struct boot *b, uint64_t seq, int lane, struct instant now)
{
	bool next = seq == b->newest + 1;

	if (seq > b->newest)
		b->newest = seq;
	if (lane == LANE_LIVE && seq > b->newest_live)
		b->newest_live = seq;
	if (!next)
		ask_soon(a, b, now);
}

/* The backlog flows: do not ask for what is on its way. */
static void note_flow(struct agent *a, struct boot *b, int lane, struct instant now)
{
	if (lane != LANE_HISTORY)
		return;
	a->history_mono_ms = now.mono_ms;
	b->ask_at_ms = now.mono_ms + ASK_AGAIN_MS;
	b->asks = 0;
}

/* A delta or a layout that we do not know: the report is asked for again, its base too. That it came
 * is no progress: what it rests on may be gone for ever. */
static void undecided(struct intake *in, struct agent *a, struct boot *b,
		      const struct wire_head *head, uint64_t base, int lane, struct instant now)
{
	in->stats.undecided++;
	note_seq(a, b, head->seq, lane, now);
	ask_soon(a, b, now);
	b->want_base = base;
	if (lane == LANE_LIVE)
		a->rebirth_due = true;
}

/* The layout of a birth, new or known; NULL: no memory. One that is known already keeps its lanes:
 * deltas on their way may lean on them. */
static struct layout *birth_layout(struct intake *in, const struct message *m, struct agent *a,
				   struct boot *b, struct wire_report *r, bool news)
{
	struct layout *l = boot_layout(b, r->birth->number);

	if (news)
		note_version(in, a, r->birth);
	if (l != NULL && layout_same(l->wire, r->birth)) {
		if (news) {
			l->wire->session = r->birth->session;
			layout_move_base(l);
			keep_layout(m, a, b, l->wire->number);
		}
		return l;
	}
	if (layout_new(&l, in, a, r->birth) < 0)
		return NULL;
	r->birth = NULL;
	boot_put_layout(b, l);
	keep_layout(m, a, b, l->wire->number);
	return l;
}

/* The report is decoded and fits its layout. */
static void take_report(struct intake *in, const struct message *m, struct agent *a, struct boot *b,
			struct wire_report *r, int lane)
{
	struct wire_head head = { .boot_id = r->boot_id,
				  .layout = r->layout,
				  .seq = r->seq,
				  .full_seq = r->full_seq,
				  .is_birth = r->birth != NULL };
	bool is_birth = head.is_birth, again = boot_has(b, r->seq);
	int64_t wall_ms = made_at(a, b, r, lane, m->now);
	bool news =
		lane == LANE_LIVE && r->seq > b->newest_live && !is_stale(a, r, wall_ms, m->now);
	struct layout *layout =
		is_birth ? birth_layout(in, m, a, b, r, news) : boot_layout(b, r->layout);

	if (layout == NULL)
		return;
	struct report_at x = { .in = in,
			       .agent = a,
			       .boot = b,
			       .layout = layout,
			       .report = r,
			       .lane = lane,
			       .news = news,
			       .late = !news || m->now.wall_ms - wall_ms > LATE_MS,
			       .wall_ms = wall_ms,
			       .now = m->now,
			       .batch = m->batch };
	if (report_resolve(&x) != 0) {
		undecided(in, a, b, &head, r->full_seq, lane, m->now);
		return;
	}
	base_take(&x);
	if (again) {
		in->stats.duplicates++;
		b->ack_due = true;
		a->attention = true;
		return;
	}
	if (boot_take(in, a, b, r->seq, r->seq) < 0) {
		in->stats.refused++;
		return;
	}
	in->stats.reports++;
	in->stats.historical += lane == LANE_HISTORY;
	use_report(in, m, &x, is_birth);
	note_seq(a, b, r->seq, lane, m->now);
	note_flow(a, b, lane, m->now);
	note_lost(in, m->batch, a, r, m->now);
	if (is_birth && lane == LANE_LIVE)
		note_birth(in, m->batch, a, r, m->now);
}

static void on_report(struct intake *in, const struct message *m, struct agent *a, int lane)
{
	const struct wire_layout *known = NULL;
	struct wire_report r;
	struct wire_head head;
	int e = wire_report_peek(m->buf, m->len, &head);

	if (e == 0 && (head.boot_id == 0 || head.seq == 0 || head.seq > MOST_SEQ))
		e = WIRE_BAD_VALUE;
	if (e != 0) {
		in->stats.quarantined += e > 0;
		if (e > 0)
			quarantine(in, m, wire_refusal_name(e));
		return;
	}
	a->heard_mono_ms = m->now.mono_ms;
	struct boot *b = boot_get(a, head.boot_id, m->now.mono_ms);
	if (!head.is_birth) {
		struct layout *l = boot_layout(b, head.layout);
		known = l != NULL ? l->wire : NULL;
		if (known == NULL) {
			undecided(in, a, b, &head, 0, lane, m->now);
			return;
		}
	}
	e = wire_report_unpack(m->buf, m->len, known, &r);
	if (e > 0) {
		poison(in, m, a, b, head.seq, e);
		note_seq(a, b, head.seq, lane, m->now);
		note_flow(a, b, lane, m->now);
	}
	if (e != 0)
		return;
	take_report(in, m, a, b, &r, lane);
	wire_report_fini(&r);
}

static void on_death(struct intake *in, const struct message *m, struct agent *a)
{
	struct wire_death d;
	int e = wire_death_unpack(m->buf, m->len, &d);

	if (e != 0) {
		in->stats.quarantined++;
		quarantine(in, m, e > 0 ? wire_refusal_name(e) : "no memory");
		return;
	}
	if (d.boot_id != a->boot_id || d.session != a->session || a->session == 0)
		return; /* of a connection that is long gone */
	in->stats.deaths++;
	log_info("agent's connection ended agent=%s intended=%d", a->id, d.intended);
	engine_death(in->l.engine, a->entity, m->now);
	in->l.engine_changed(in->l.arg);
}

void intake_message(struct intake *in, struct store_batch *b, const char *topic, const uint8_t *buf,
		    size_t len, struct instant now)
{
	struct message m = { b, topic, buf, len, now };
	enum topic kind = TOPIC_END;

	in->mono_ms = now.mono_ms;
	uint32_t entity = parse_topic(in->l.topology, topic, &kind);

	if (kind == TOPIC_END || entity == NO_ENTITY) {
		refuse(in, &m, kind == TOPIC_END ? "no such topic" : "agent not known");
		return;
	}
	struct agent *a = agent_get(in, entity);
	if (a == NULL)
		return;
	if (kind == TOPIC_DEATH)
		on_death(in, &m, a);
	else
		on_report(in, &m, a, kind == TOPIC_LIVE ? LANE_LIVE : LANE_HISTORY);
}
