#include <criterion/criterion.h>
#include <stdlib.h>

#include "collector/core/engine.h"
#include "collector/core/rules.h"

enum { FIRST_MONO = 1000000, SEEN_MAX = 32 };
static const int64_t FIRST_WALL = 1795288202000;

/* One agent with a UPS, and an engine that is stopped and started again from what it saved. */
struct rig {
	struct topology t;
	struct ruleset *rules;
	struct engine *e;
	uint32_t agent, ups;
	struct instant now;
};

static uint32_t add(struct topology *t, enum entity_kind kind, const char *id)
{
	uint32_t e = NO_ENTITY;

	cr_assert_eq(topology_add(t, kind, id, &e), 0, "%s", id);
	t->entities[e].site = t->entities[e].seat = NO_ENTITY;
	return e;
}

static void rig_open(struct rig *r)
{
	uint32_t odd;

	*r = (struct rig){ .now = { FIRST_MONO, FIRST_WALL } };
	r->t.broker = add(&r->t, ENTITY_BROKER, "broker");
	r->t.collector = add(&r->t, ENTITY_COLLECTOR, "collector");
	r->agent = add(&r->t, ENTITY_AGENT, "danang/gw");
	r->ups = add(&r->t, ENTITY_DEVICE, "danang/ups-1");
	r->t.entities[r->ups].device_class = CLASS_UPS;
	r->t.entities[r->ups].agent = r->agent;
	cr_assert_eq(topology_finish(&r->t, &odd), 0);
	cr_assert_eq(ruleset_new(&r->rules), 0);
	cr_assert_eq(engine_new(&r->e, &r->t, r->rules, NULL, r->now), 0);
	engine_broker(r->e, true, r->now);
	engine_birth(r->e, r->agent, r->now);
	engine_reachable(r->e, r->ups, true, r->now);
	engine_tick(r->e, r->now);
	engine_effects_clear(r->e);
}

static void rig_close(struct rig *r)
{
	engine_free(r->e);
	ruleset_free(r->rules);
	topology_fini(&r->t);
}

static void pass(struct rig *r, int64_t ms)
{
	r->now.mono_ms += ms;
	r->now.wall_ms += ms;
}

/* The collector is not there for so long. */
static void away(struct rig *r, int64_t ms)
{
	void *saved;
	size_t len;

	cr_assert_eq(engine_save(r->e, &saved, &len), 0);
	engine_free(r->e);
	pass(r, ms);
	cr_assert_eq(engine_new(&r->e, &r->t, r->rules, NULL, r->now), 0);
	cr_assert_eq(engine_load(r->e, saved, len, r->now), 0);
	free(saved);
	engine_broker(r->e, true, r->now);
	engine_tick(r->e, r->now);
}

/* What was said about the entity's state: "unknown since" and then "up since", in s; -1: not said. */
static void heard_again(struct rig *r, uint32_t entity, int64_t *ret_unknown, int64_t *ret_up)
{
	const struct effect *f;
	size_t n;

	*ret_unknown = *ret_up = -1;
	engine_heartbeat(r->e, r->agent, r->now);
	engine_tick(r->e, r->now);
	f = engine_effects(r->e, &n);
	for (size_t i = 0; i < n; i++) {
		if (f[i].kind != EFFECT_STATE || f[i].state.entity != entity)
			continue;
		int64_t since = (f[i].state.since_wall_ms - FIRST_WALL) / 1000;
		*(f[i].state.state == STATE_UNKNOWN ? ret_unknown : ret_up) = since;
	}
	engine_effects_clear(r->e);
}

TestSuite(silence);

Test(silence, what_nobody_heard_while_we_were_restarted_again_and_again_was_not_known)
{
	struct rig r;
	int64_t unknown, up;

	rig_open(&r);
	pass(&r, 5000);
	engine_heartbeat(r.e, r.agent, r.now);
	for (int i = 0; i < 4; i++) { /* never there long enough to call it lost */
		pass(&r, 4000);
		away(&r, 3000);
	}
	heard_again(&r, r.ups, &unknown, &up);
	cr_expect_eq(unknown, 5);
	cr_expect_eq(up, 33);
	rig_close(&r);
}

/* At the next start there is no broker either, and so nobody will be called lost. */
Test(silence, a_broker_that_is_lost_later_does_not_make_the_silence_before_it_known)
{
	const struct effect *f;
	struct rig r;
	int64_t unknown = -1;
	size_t n;

	rig_open(&r);
	pass(&r, 5000);
	engine_heartbeat(r.e, r.agent, r.now);
	for (int i = 0; i < 4; i++) {
		pass(&r, 4000);
		away(&r, 3000);
	}
	engine_effects_clear(r.e);
	engine_broker(r.e, false, r.now);
	for (int s = 0; s < 60 && unknown < 0; s++) {
		engine_tick(r.e, r.now);
		f = engine_effects(r.e, &n);
		for (size_t i = 0; i < n; i++)
			if (f[i].kind == EFFECT_STATE && f[i].state.entity == r.ups)
				unknown = (f[i].state.since_wall_ms - FIRST_WALL) / 1000;
		engine_effects_clear(r.e);
		pass(&r, 1000);
	}
	cr_expect_eq(unknown, 5, "%d", (int)unknown);
	rig_close(&r);
}

Test(silence, a_short_absence_of_ours_changes_nothing)
{
	struct rig r;
	int64_t unknown, up;

	rig_open(&r);
	away(&r, 9000);
	heard_again(&r, r.ups, &unknown, &up);
	cr_expect_eq(unknown, -1);
	cr_expect_eq(up, -1);
	rig_close(&r);
}
