/* intake_restore.c - picking up after a restart: what was stored of each boot, the layouts and the
 * full reports that deltas lean on. Agents that are gone from the configuration are passed over. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/io/intake/intake_priv.h"

struct restore {
	struct intake *in;
	struct instant now;
	int64_t n_boots; /* seen so far: the one heard last comes last */
};

static int on_ranges(void *arg, const char *id, uint32_t boot_id, int64_t offset_ms,
		     const struct store_range *ranges, size_t n)
{
	struct restore *x = arg;
	uint32_t entity = topology_find(x->in->l.topology, ENTITY_AGENT, id);

	if (entity == NO_ENTITY)
		return 0;
	struct agent *a = agent_get(x->in, entity);
	if (a == NULL)
		return -ENOMEM;
	struct boot *b = boot_get(a, boot_id, x->now.mono_ms - (INT64_C(1) << 40) + x->n_boots++);
	b->offset_ms = offset_ms;
	b->offset_known = offset_ms != 0;
	if (b->offset_known) /* what comes first after a restart may have been long under way */
		b->clock = (struct clock_estimate){ true, offset_ms, offset_ms,
						    x->now.wall_ms + CLOCK_WINDOW_MS };
	for (size_t i = 0; i < n; i++) {
		int r = seqset_add(&b->stored, ranges[i].first, ranges[i].last);
		if (r < 0)
			return r;
		b->newest = ranges[i].last;
	}
	if (n > 1 || (n == 1 && ranges[0].first > 1)) {
		b->has_gaps = true; /* nobody else remembers that they were asked for */
		b->ask_at_ms = x->now.mono_ms + ASK_AGAIN_MS;
		b->ask_wait_ms = ASK_AGAIN_MS;
		a->attention = true;
	}
	return 0;
}

/* "layout/<site>/<agent>/<boot>/<n>" and "base/<site>/<agent>/<lane>": the agent in between. */
static struct agent *agent_of_key(struct restore *x, const char *key, int parts_after)
{
	const char *id = strchr(key, '/') + 1;
	char buf[TEXT_MAX];

	if (snprintf(buf, sizeof buf, "%s", id) >= (int)sizeof buf)
		return NULL;
	for (int i = 0; i < parts_after; i++) {
		char *cut = strrchr(buf, '/');
		if (cut == NULL)
			return NULL;
		*cut = '\0';
	}
	uint32_t entity = topology_find(x->in->l.topology, ENTITY_AGENT, buf);
	return entity != NO_ENTITY ? x->in->agents[entity] : NULL;
}

static void restore_base(struct restore *x, struct agent *a, struct boot *b, struct layout *l,
			 const struct wire_report *r, int lane)
{
	struct report_at at = { .in = x->in,
				.agent = a,
				.boot = b,
				.layout = l,
				.report = r,
				.lane = lane,
				.now = x->now };

	if (r->seq > l->lanes[lane].base_seq && report_resolve(&at) == 0)
		base_take(&at);
}

/* The first word of a boot may have been under way for long; what its clock said before tells, unless
 * that was wrong: it may have been set right since. */
static void restore_skew(struct agent *a, const struct boot *b, const struct wire_layout *l)
{
	int64_t skew = b->offset_ms + (int64_t)l->mono_ms - (int64_t)l->wall_ms;

	for (int i = 0; i < MAX_BOOTS; i++)
		if (a->boots[i].id != 0 && a->boots[i].touched_ms > b->touched_ms)
			return; /* the boot that was heard last knows best */
	if (!b->offset_known || clock_is_skewed(false, skew))
		return;
	a->skew_ms = skew;
	a->skew_known = true;
}

static int on_layout(void *arg, const char *key, const void *buf, size_t len)
{
	struct restore *x = arg;
	struct agent *a = agent_of_key(x, key, 2);
	struct layout *l;
	struct wire_report r;

	if (a == NULL || wire_report_unpack(buf, len, NULL, &r) != 0)
		return 0;
	struct boot *b = boot_find(a, r.boot_id);
	int e = b != NULL && r.birth != NULL ? layout_new(&l, x->in, a, r.birth) : 1;
	if (e == 0) {
		r.birth = NULL;
		boot_put_layout(b, l);
		restore_skew(a, b, l->wire);
		restore_base(x, a, b, l, &r, LANE_LIVE);
	}
	wire_report_fini(&r);
	return e < 0 ? e : 0;
}

static int on_base(void *arg, const char *key, const void *buf, size_t len)
{
	struct restore *x = arg;
	struct agent *a = agent_of_key(x, key, 1);
	struct wire_head head;
	struct wire_report r;

	if (a == NULL || wire_report_peek(buf, len, &head) != 0)
		return 0;
	struct boot *b = boot_find(a, head.boot_id);
	struct layout *l = b != NULL ? boot_layout(b, head.layout) : NULL;
	if (l == NULL || wire_report_unpack(buf, len, l->wire, &r) != 0)
		return 0;
	restore_base(x, a, b, l, &r,
		     strcmp(strrchr(key, '/'), "/live") == 0 ? LANE_LIVE : LANE_HISTORY);
	wire_report_fini(&r);
	return 0;
}

static int on_heal(void *arg, const char *key, const void *buf, size_t len)
{
	struct restore *x = arg;
	struct agent *a = agent_of_key(x, key, 0);

	if (a == NULL)
		return 0;
	heal_restore(x->in, a, buf, len);
	a->history_mono_ms = x->now.mono_ms; /* what goes on from it may still come */
	return 0;
}

int intake_restore(struct intake *in, struct store_reader *r, struct instant now)
{
	struct restore x = { .in = in, .now = now };
	int e = store_read_ranges(r, on_ranges, &x);

	if (e == 0)
		e = store_read_blobs(r, "layout/", on_layout, &x);
	if (e == 0)
		e = store_read_blobs(r, "base/", on_base, &x);
	if (e == 0)
		e = store_read_blobs(r, "heal/", on_heal, &x);
	return e;
}
