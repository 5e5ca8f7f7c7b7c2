/* The engine's state as bytes and back: the parts in their order. Alarms, incidents and agents are
 * kept by name, so that they survive a changed topology; what single devices said last is kept by
 * number and only survives the same one. */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "collector/core/save.h"

enum { MAGIC = 0x4e45574c, RESTARTED_MS = 2000 };

/* Same entities in the same order, same rules: numbers mean the same. */
static uint64_t fingerprint(const struct engine *e)
{
	uint64_t h = 14695981039346656037U;

	for (uint32_t i = 0; i < e->t->n_entities; i++)
		for (const char *c = e->t->entities[i].id;; c++) {
			h = (h ^ (uint8_t)*c) * 1099511628211U;
			if (*c == '\0')
				break;
		}
	for (uint32_t i = 0; i < e->rules->n_rules; i++)
		for (const char *c = e->rules->rules[i].code; *c != '\0'; c++)
			h = (h ^ (uint8_t)*c) * 1099511628211U;
	h = (h ^ e->t->n_seats) * 1099511628211U;
	return (h ^ e->rules->n_conditions) * 1099511628211U;
}

static void io_globals(struct io *io, struct engine *e)
{
	IO(io, e->last_number);
	IO(io, e->last_id);
	IO(io, e->broker_up);
	IO(io, e->blind);
	io_ms(io, &e->broker_changed.mono_ms);
	IO(io, e->broker_changed.wall_ms);
	io_ms(io, &e->started.mono_ms);
}

int engine_save(const struct engine *ce, void **ret, size_t *ret_len)
{
	struct engine *e =
		(struct engine *)(uintptr_t)ce; /* the walk is the same; nothing is written */
	struct io io = { .version = SAVE_VERSION };
	uint32_t magic = MAGIC;
	uint64_t print = fingerprint(e);

	IO(&io, magic);
	IO(&io, io.version);
	IO(&io, print);
	IO(&io, e->now);
	io_globals(&io, e);
	io_agents(&io, e);
	save_incidents(&io, e);
	save_alarms(&io, e);
	io_windows(&io, e);
	io_silences(&io, e);
	io_numbered(&io, e);
	if (io.bad) {
		free(io.buf);
		return -ENOMEM;
	}
	*ret = io.buf;
	*ret_len = io.len;
	return 0;
}

static int by_id(const struct engine *e, uint32_t a, uint32_t b)
{
	return e->alarms[a].id < e->alarms[b].id ? -1 : 1;
}

/* Settled already: it waits for its cause to show. */
static int64_t settle_ms(const struct engine *e, const struct alarm_row *a)
{
	int64_t at = a->raised_ms + alarm_rule(e, a)->settle_ms;

	if (at <= e->now.mono_ms)
		at = a->raised_ms + BLOCK_MAX_MS;
	return at > e->now.mono_ms ? at : e->now.mono_ms + 1000;
}

static void arm_again(struct engine *e, int64_t *armed, enum due_kind kind, uint32_t row)
{
	int64_t at = *armed;

	*armed = INT64_MAX;
	due_arm(&e->due, armed, kind, row, at);
}

static void rearm(struct engine *e)
{
	for (uint32_t i = 1; i < e->n_waiting; i++) { /* in the order in which they were raised */
		uint32_t row = e->waiting[i], k = i;

		for (; k > 0 && by_id(e, row, e->waiting[k - 1]) < 0; k--)
			e->waiting[k] = e->waiting[k - 1];
		e->waiting[k] = row;
	}
	for (uint32_t i = 0; i < e->n_agents; i++)
		liveness_watch(e, i);
	for (uint32_t i = 0; i < e->n_alarms; i++) {
		struct alarm_row *a = &e->alarms[i];

		alarm_arm(e, i, alarm_wake_ms(e, a));
		if (a->unassigned)
			alarm_arm_settle(e, i, settle_ms(e, a));
	}
	for (uint32_t i = 0; i < e->n_incidents; i++)
		arm_again(e, &e->incidents[i].armed, DUE_INCIDENT, i);
	for (uint32_t i = 0; i < e->n_windows; i++)
		arm_again(e, &e->windows[i].armed, DUE_MAINTENANCE, i);
	for (uint32_t i = 0; i < e->n_silences; i++)
		arm_again(e, &e->silences[i].armed, DUE_SILENCE, i);
	for (uint32_t i = 0; i < e->t->n_sites; i++)
		arm_again(e, &e->sites[i].armed, DUE_CAPACITY, i);
}

/* We were away: silence since then is ours. Everybody gets the time to be heard again. */
static void forgive(struct engine *e)
{
	for (uint32_t i = 0; i < e->n_agents; i++) {
		struct agent *a = &e->agents[i];

		if (a->state == AGENT_ALIVE || a->state == AGENT_SUSPECT) {
			a->heard_ms = e->now.mono_ms;
			a->died_ms = a->dying ? e->now.mono_ms : a->died_ms;
		}
	}
}

/* Another topology: what each device does now is unknown until it reports. */
static void touch_all(struct engine *e)
{
	for (uint32_t i = 0; i < e->t->n_entities; i++)
		engine_touch(e, i);
	for (uint32_t i = 0; i < e->t->n_sites; i++)
		engine_touch_site(e, i);
}

static int load(struct io *io, struct engine *e)
{
	uint32_t magic = 0;
	uint64_t print = 0;
	struct instant saved = { 0, 0 };

	IO(io, magic);
	IO(io, io->version);
	IO(io, print);
	IO(io, saved);
	if (io->bad || magic != MAGIC || io->version < SAVE_OLDEST || io->version > SAVE_VERSION)
		return -EBADMSG;
	bool same = print == fingerprint(e);
	int64_t away = e->now.wall_ms > saved.wall_ms ? e->now.wall_ms - saved.wall_ms : 0;
	io->shift_ms = e->now.mono_ms - away - saved.mono_ms;
	io_globals(io, e);
	io_agents(io, e);
	load_incidents(io, e);
	if (!io->bad)
		load_alarms(io, e, same);
	io_windows(io, e);
	if (io->version > 1)
		io_silences(io, e);
	if (same)
		io_numbered(io, e);
	if (io->bad)
		return -EBADMSG;
	if (!same)
		touch_all(e);
	if (away > RESTARTED_MS)
		forgive(e);
	rearm(e);
	return 0;
}

int engine_load(struct engine *e, const void *buf, size_t len, struct instant now)
{
	struct io io = { .load = true, .buf = (uint8_t *)(uintptr_t)buf, .len = len };

	assert(e->n_alarms == 0 && e->n_incidents == 0 && e->n_windows == 0);
	e->now = now;
	return load(&io, e); // NOLINT(clang-analyzer-unix.Malloc): the bytes are the caller's
}
