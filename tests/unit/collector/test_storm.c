#include <criterion/criterion.h>
#include <stdio.h>

#include "collector/core/engine.h"
#include "collector/core/rules.h"

enum { PHONES = 300 };

static uint32_t add(struct topology *t, enum entity_kind kind, const char *id)
{
	uint32_t e = NO_ENTITY;

	cr_assert_eq(topology_add(t, kind, id, &e), 0, "%s", id);
	return e;
}

Test(storm, more_alarms_at_once_than_ever_before_are_all_kept)
{
	struct topology t = { 0 };
	struct ruleset *rules = NULL;
	struct engine *e = NULL;
	struct reading lost = { .metric = M_SIP_REGISTERED, .value = 0 };
	const struct alarm_view *alarms;
	uint32_t phones[PHONES], agent, odd;
	struct instant now = { 1000, 1795288202000 };

	t.broker = add(&t, ENTITY_BROKER, "broker");
	t.collector = add(&t, ENTITY_COLLECTOR, "collector");
	agent = add(&t, ENTITY_AGENT, "danang/gw");
	t.entities[agent].site = t.entities[agent].seat = NO_ENTITY;
	for (unsigned i = 0; i < PHONES; i++) {
		char id[32];

		(void)snprintf(id, sizeof id, "phone-%u", i);
		phones[i] = add(&t, ENTITY_DEVICE, id);
		t.entities[phones[i]].device_class = CLASS_PHONE;
		t.entities[phones[i]].site = t.entities[phones[i]].seat = NO_ENTITY;
		t.entities[phones[i]].agent = agent;
	}
	cr_assert_eq(topology_finish(&t, &odd), 0);
	cr_assert_eq(ruleset_new(&rules), 0);
	cr_assert_eq(engine_new(&e, &t, rules, NULL, now), 0);
	engine_birth(e, agent, now);
	for (unsigned i = 0; i < PHONES; i++) {
		engine_reachable(e, phones[i], true, now);
		engine_report(e, phones[i], &lost, 1, now);
	}
	for (int s = 0; s < 60; s++) {
		now.mono_ms += 1000;
		now.wall_ms += 1000;
		engine_heartbeat(e, agent, now);
		engine_tick(e, now);
		engine_effects_clear(e);
	}
	cr_expect_geq(engine_alarms(e, &alarms), PHONES);
	engine_free(e);
	ruleset_free(rules);
	topology_fini(&t);
}
