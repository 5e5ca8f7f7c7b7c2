/* replay.h - the parts of `linewatch replay` among themselves. */
#ifndef LW_REPLAY_H
#define LW_REPLAY_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "collector/conf/collector_conf.h"
#include "collector/core/engine.h"
#include "collector/core/silence.h"

/* --- one line of a timeline (replay_input.c) --- */

enum { REPLAY_MAX_READINGS = 512, REPLAY_ERROR = 200 };

enum replay_type {
	REPLAY_BIRTH,
	REPLAY_DEATH,
	REPLAY_SILENCE,
	REPLAY_REPORT,
	REPLAY_BROKER,
	REPLAY_ACK,
	REPLAY_MUTE,
	REPLAY_UNMUTE,
	REPLAY_END
};

struct replay_event {
	int64_t at_ms;
	enum replay_type type;
	uint32_t entity; /* agent or device */
	bool up;	 /* broker; reachable */
	bool has_reachable, has_values, historical;
	int64_t observed_ms;
	struct reading readings[REPLAY_MAX_READINGS]; /* labels live as long as `json` */
	size_t n_readings;
	uint32_t incident; /* or the silence, of REPLAY_UNMUTE */
	const char *by;
	struct silence_view silence;
	json_t *json; /* the line itself */
};

/* 0, or -EINVAL with what is wrong and what it wants in reterr. Then json_decref(ret->json). */
int replay_parse(struct replay_event *ret, const char *line, size_t len, const struct topology *t,
		 char reterr[REPLAY_ERROR]);

/* --- sanity, as in an agent (replay_sanity.c) --- */

struct replay_sanity;
int replay_sanity_new(struct replay_sanity **ret, uint32_t n_entities);
void replay_sanity_free(struct replay_sanity *s);
int replay_sanity_check(struct replay_sanity *s, uint32_t device, struct reading *readings,
			size_t n, int64_t now_ms);

/* --- availability (replay_totals.c) --- */

struct replay_totals;
int replay_totals_new(struct replay_totals **ret, const struct topology *t, int64_t from_ms);
void replay_totals_free(struct replay_totals *r);
int replay_totals_state(struct replay_totals *r, uint32_t entity, enum entity_state s,
			int64_t since_ms);
int replay_totals_observed(struct replay_totals *r, uint32_t entity, enum entity_state s,
			   int64_t observed_ms);
int replay_totals_print(struct replay_totals *r, int64_t until_ms, FILE *out);

/* --- what the engine decided, as lines (replay_output.c) --- */

struct replay_output {
	FILE *out;
	const struct collector_conf *conf;
	const struct engine *engine;
	struct replay_totals *totals;
	const char *lang; /* of the reasons: "vi" or "en"; pages are in their readers' own */
};
int replay_print(struct replay_output *o, const struct effect *effects, size_t n);
const char *replay_time(char buf[32], int64_t wall_ms); /* RFC 3339, UTC */
int replay_print_line(FILE *out, json_t *line);		/* steals the reference; NULL: -ENOMEM */

/* --- a whole timeline (replay.c) --- */

struct replay_options {
	const char *lang; /* NULL: "en" */
	bool restart; /* save and load the engine before every step: the output must not change */
};
/* 0; -EINVAL: a mistake in the timeline, told on `errors`; other negative errno. */
int replay_run(const struct collector_conf *conf, const char *name, FILE *in, FILE *out,
	       FILE *errors, const struct replay_options *options);

#endif
