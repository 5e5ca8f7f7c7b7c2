/* Run a timeline: virtual time goes from one thing to the next - a line of the file, a quiet
 * heartbeat, or a moment that the engine asked to be woken at - and never waits. At one and the same
 * time lines come first, then heartbeats, then the engine's own deadlines. */
#include "cli/replay.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "collector/core/due.h"

enum { QUIET_MS = 5000 };

struct replay {
	const struct collector_conf *conf;
	const char *name;
	FILE *errors;
	struct replay_options options;
	struct engine *engine;
	struct replay_sanity *sanity;
	struct replay_totals *totals;
	struct replay_output output;
	struct due_heap quiet; /* heartbeats to come; index: agent entity */
	bool *sends;	       /* per entity: the agent sends heartbeats */
	bool *scheduled;
	bool broker_up;
	int64_t first_ms, now_ms;
	uint64_t line;
};

/* Virtual time is both clocks: the monotonic one is the wall clock. */
static struct instant at(int64_t ms)
{
	return (struct instant){ ms, ms };
}

static int flush(struct replay *p)
{
	size_t n;
	const struct effect *effects = engine_effects(p->engine, &n);
	int r = replay_print(&p->output, effects, n);

	engine_effects_clear(p->engine);
	return r;
}

/* A new engine from the bytes of the old one: what a restart of the collector does. */
static int restart(struct replay *p, int64_t now_ms)
{
	void *bytes;
	size_t len;
	struct engine *fresh = NULL;
	int r = engine_save(p->engine, &bytes, &len);

	if (r < 0)
		return r;
	r = engine_new(&fresh, &p->conf->topology, p->conf->rules, &p->conf->plan, at(now_ms));
	if (r == 0)
		r = engine_load(fresh, bytes, len, at(now_ms));
	free(bytes);
	if (r < 0) {
		engine_free(fresh);
		return r;
	}
	engine_free(p->engine);
	p->engine = fresh;
	p->output.engine = fresh;
	return 0;
}

static int tick(struct replay *p, int64_t now_ms)
{
	int r;

	engine_tick(p->engine, at(now_ms));
	r = flush(p);
	if (r == 0 && p->options.restart)
		r = restart(p, now_ms);
	return r;
}

static void schedule(struct replay *p, uint32_t agent, int64_t when_ms)
{
	int64_t armed = INT64_MAX;

	p->scheduled[agent] = true;
	due_arm(&p->quiet, &armed, 0, agent, when_ms);
}

static void heartbeat(struct replay *p, const struct due *d)
{
	p->scheduled[d->index] = false;
	if (!p->sends[d->index])
		return;
	if (p->broker_up)
		engine_heartbeat(p->engine, d->index, at(d->at_ms));
	schedule(p, d->index, d->at_ms + QUIET_MS);
}

/* Everything that happens before `until_ms` without the file saying so; at it: only if `inclusive`. */
static int run_to(struct replay *p, int64_t until_ms, bool inclusive)
{
	int r = 0;

	while (r == 0) {
		int64_t wake = engine_wake_ms(p->engine), beat = due_next(&p->quiet);
		int64_t next = beat < wake ? beat : wake;
		struct due d;

		if (next > until_ms || (next == until_ms && !inclusive))
			break;
		p->now_ms = next > p->now_ms ? next : p->now_ms;
		while (due_pop(&p->quiet, p->now_ms, &d))
			heartbeat(p, &d);
		if (engine_wake_ms(p->engine) <= p->now_ms)
			r = tick(p, p->now_ms);
	}
	return r;
}

static int do_birth(struct replay *p, struct replay_event *e)
{
	p->sends[e->entity] = true;
	engine_birth(p->engine, e->entity, at(e->at_ms));
	if (!p->scheduled[e->entity])
		schedule(p, e->entity, e->at_ms + QUIET_MS);
	return 0;
}

static int do_death(struct replay *p, struct replay_event *e)
{
	p->sends[e->entity] = false;
	engine_death(p->engine, e->entity, at(e->at_ms));
	return 0;
}

static int do_silence(struct replay *p, struct replay_event *e)
{
	p->sends[e->entity] = false;
	return 0;
}

static int do_report(struct replay *p, struct replay_event *e)
{
	int r = 0;

	if (e->historical) {
		enum entity_state s =
			e->has_reachable && !e->up
				? STATE_DOWN
				: engine_judge(p->engine, e->entity, e->readings, e->n_readings);

		return replay_totals_observed(p->totals, e->entity, s, e->observed_ms);
	}
	if (e->has_values)
		r = replay_sanity_check(p->sanity, e->entity, e->readings, e->n_readings, e->at_ms);
	if (r < 0)
		return r;
	if (e->has_reachable)
		engine_reachable(p->engine, e->entity, e->up, at(e->at_ms));
	if (e->has_values && (!e->has_reachable || e->up))
		engine_report(p->engine, e->entity, e->readings, e->n_readings, at(e->at_ms));
	return 0;
}

static int do_broker(struct replay *p, struct replay_event *e)
{
	p->broker_up = e->up;
	engine_broker(p->engine, e->up, at(e->at_ms));
	return 0;
}

/* A line that has no effect is told, and the timeline goes on. */
static int left_out(const struct replay *p, int r, const char *what)
{
	if (r >= 0 || r == -ENOMEM)
		return r;
	(void)fprintf(p->errors, "%s:%" PRIu64 ": %s; the line is left out\n", p->name, p->line,
		      what);
	return 0;
}

static int do_ack(struct replay *p, struct replay_event *e)
{
	int r = engine_ack(p->engine, e->incident, e->by, 0, at(e->at_ms));

	return left_out(p, r, "incident: is not open at this time");
}

static int do_mute(struct replay *p, struct replay_event *e)
{
	int r = engine_silence(p->engine, &e->silence, NULL, at(e->at_ms));

	return left_out(p, r,
			r == -EPERM ? "code: a critical alarm of a centre is never silenced"
			: r == -ENOSPC
				? "too many silences"
				: "until or code: wants a later time than from, and a code of "
				  "the target");
}

static int do_unmute(struct replay *p, struct replay_event *e)
{
	int r = engine_silence_end(p->engine, e->incident, at(e->at_ms));

	return left_out(p, r, "silence: there is none of this number at this time");
}

static int do_end(struct replay *p, struct replay_event *e)
{
	int r = run_to(p, e->at_ms, true);

	return r < 0 ? r : 1;
}

/* 1: the end has come. */
static int take(struct replay *p, struct replay_event *e)
{
	static int (*const handlers[])(struct replay * p, struct replay_event * e) = {
		[REPLAY_BIRTH] = do_birth,     [REPLAY_DEATH] = do_death,
		[REPLAY_SILENCE] = do_silence, [REPLAY_REPORT] = do_report,
		[REPLAY_BROKER] = do_broker,   [REPLAY_ACK] = do_ack,
		[REPLAY_MUTE] = do_mute,       [REPLAY_UNMUTE] = do_unmute,
		[REPLAY_END] = do_end,
	};
	int r = run_to(p, e->at_ms, false);

	if (r < 0)
		return r;
	p->now_ms = e->at_ms;
	return handlers[e->type](p, e);
}

static int plan_maintenance(struct replay *p, int64_t from_ms)
{
	int r = 0;

	for (uint32_t i = 0; i < p->conf->n_maintenance && r == 0; i++) {
		const struct maintenance_conf *m = &p->conf->maintenance[i];

		for (uint32_t k = 0; k < m->n_entities && r == 0; k++)
			r = engine_maintenance(p->engine, m->id, m->entities[k], m->from_wall_ms,
					       m->until_wall_ms, at(from_ms));
	}
	return r;
}

static int begin(struct replay *p, int64_t from_ms, FILE *out)
{
	const struct topology *t = &p->conf->topology;
	int r = engine_new(&p->engine, t, p->conf->rules, &p->conf->plan, at(from_ms));

	if (r == 0)
		r = replay_totals_new(&p->totals, t, from_ms);
	if (r == 0)
		r = replay_sanity_new(&p->sanity, t->n_entities);
	p->sends = calloc(t->n_entities + (size_t)1, sizeof *p->sends);
	p->scheduled = calloc(t->n_entities + (size_t)1, sizeof *p->scheduled);
	if (p->sends == NULL || p->scheduled == NULL)
		r = -ENOMEM;
	if (r < 0)
		return r;
	p->first_ms = p->now_ms = from_ms;
	p->broker_up = true;
	p->output = (struct replay_output){ out, p->conf, p->engine, p->totals,
					    p->options.lang != NULL ? p->options.lang : "en" };
	return plan_maintenance(p, from_ms);
}

static int wrong(struct replay *p, const char *what)
{
	(void)fprintf(p->errors, "%s:%" PRIu64 ": %s\n", p->name, p->line, what);
	return -EINVAL;
}

static int take_line(struct replay *p, struct replay_event *e, const char *line, size_t len,
		     FILE *out)
{
	char text[REPLAY_ERROR];
	int r = replay_parse(e, line, len, &p->conf->topology, text);

	if (r < 0)
		return wrong(p, text);
	if (p->engine == NULL)
		r = begin(p, e->at_ms, out);
	else if (e->at_ms < p->now_ms)
		r = wrong(p, "at: is earlier than the line before; wants them in order of time");
	if (r == 0)
		r = take(p, e);
	json_decref(e->json);
	return r;
}

static bool is_blank(const char *line)
{
	return line[strspn(line, " \t\r\n")] == '\0';
}

/* Behind the end: told once, with the first line that is not read. */
static void tell_rest(struct replay *p, FILE *in, char **line, size_t *size)
{
	while (getline(line, size, in) > 0) {
		p->line++;
		if (is_blank(*line))
			continue;
		(void)fprintf(p->errors,
			      "%s:%" PRIu64
			      ": stands after the end; it and what follows is not read\n",
			      p->name, p->line);
		return;
	}
}

static int run_lines(struct replay *p, FILE *in, FILE *out)
{
	struct replay_event *e = calloc(1, sizeof *e);
	char *line = NULL;
	size_t size = 0;
	ssize_t n;
	int r = e != NULL ? 0 : -ENOMEM;

	while (r == 0 && (n = getline(&line, &size, in)) > 0) {
		p->line++;
		if (!is_blank(line))
			r = take_line(p, e, line, (size_t)n, out);
	}
	if (r == 1)
		tell_rest(p, in, &line, &size);
	if (r == 0 && ferror(in))
		r = -EIO;
	if (r == 0 && p->engine == NULL)
		r = wrong(p, "the timeline is empty");
	if (r == 0) /* no end: the last line is it */
		r = run_to(p, p->now_ms, true);
	if (r >= 0)
		r = replay_totals_print(p->totals, p->now_ms, out);
	free(line);
	free(e);
	return r;
}

int replay_run(const struct collector_conf *conf, const char *name, FILE *in, FILE *out,
	       FILE *errors, const struct replay_options *options)
{
	struct replay p = { .conf = conf, .name = name, .errors = errors, .options = *options };
	int r = run_lines(&p, in, out);

	engine_free(p.engine);
	replay_sanity_free(p.sanity);
	replay_totals_free(p.totals);
	free(p.quiet.rows);
	free(p.sends);
	free(p.scheduled);
	return r;
}
