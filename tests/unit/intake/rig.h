/* rig.h - the intake with an agent's side of the wire before it and a store behind it. */
#ifndef LW_TEST_INTAKE_RIG_H
#define LW_TEST_INTAKE_RIG_H

#include "collector/conf/collector_conf.h"
#include "collector/io/intake/intake.h"
#include "common/wire/wire.h"
#include "common/wire/wire_control.h"

enum { BOOT = 77, SAID_MAX = 64 };
#define WALL0 INT64_C(1790000000000)

/* An agent's side of the wire, the intake, and a store in a folder of its own. */
struct rig {
	uv_loop_t loop;
	struct collector_conf *conf;
	struct engine *engine;
	struct live *live;
	struct store *store;
	struct intake *in;
	struct store_batch *batch;
	struct wire_layout *layout; /* what the agent sends by */
	struct wire_control said[SAID_MAX];
	size_t n_said;
	bool refuse_publish, done;
	int status;
	int64_t ms;	 /* time since the start, of all clocks */
	int64_t skew_ms; /* of the agent's wall clock */
	char dir[64], path[96];
};

void rig_open(struct rig *r);
void rig_close(struct rig *r);
void start(struct rig *r);	  /* again, after stop(): the collector restarts */
void start_intake(struct rig *r); /* only that */
void stop(struct rig *r);
struct instant now(const struct rig *r);
void tick(struct rig *r, int64_t ms);
void commit(struct rig *r);
const struct wire_control *last_said(const struct rig *r);
int64_t count(struct rig *r, const char *sql);
/* Charge of danang/ups-1: "10=1000 20h=990 …", negative: reason. */
const char *charges(struct rig *r);

/* What the agent danang/gw sends. */
struct sent {
	uint64_t seq, full_seq;
	int64_t made_ms; /* since the start */
	bool birth, silent_ups;
	uint64_t first_seq;
	int64_t charge; /* scaled; slot 1 */
	struct wire_range backlog;
	struct wire_range lost;
};
struct wire_layout *new_layout(uint32_t session);
void send_as(struct rig *r, const struct sent *s, const char *topic, uint32_t boot);
void live(struct rig *r, struct sent s);
void history(struct rig *r, struct sent s);

#endif
