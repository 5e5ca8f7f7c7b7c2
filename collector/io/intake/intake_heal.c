/* intake_heal.c - the backlog makes known what was unknown.
 *
 * Readings of the past that follow each other closely and say the same form one stretch. It is
 * written as one row of the chain when the state turns, when readings are missing in between, or
 * when nothing more comes; where the present goes on, it reaches to there. Until then it is kept as a blob in the same commit as its readings, so
 * that a crash loses none of it. Only unknown time is ever filled by it. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/core/past.h"
#include "collector/io/intake/intake_priv.h"
#include "common/core/grow.h"

enum { LEAST_REACH_MS = 7500, HEAL_ROW = 5 };

static void key_of(char *buf, size_t size, const struct agent *a)
{
	(void)snprintf(buf, size, "heal/%s", a->id);
}

static bool note_open(struct agent *a, uint32_t entity)
{
	uint32_t *rows = grow(a->healing, a->n_healing, &a->cap_healing, 16, sizeof *rows);

	if (rows == NULL)
		return false;
	a->healing = rows;
	a->healing[a->n_healing++] = entity;
	return true;
}

static void write_stretch(struct intake *in, struct store_batch *b, uint32_t entity,
			  const struct heal *h, int64_t wall_ms)
{
	const struct entity *e = &in->l.topology->entities[entity];

	if (h->state == STATE_UNKNOWN)
		return;
	in->stats.healed++;
	(void)store_add_healed(b, (int)e->kind, e->id, (int)h->state, h->from_ms, h->until_ms,
			       wall_ms);
}

/* A reading stands for the time since the one before it, and for as long after itself. */
static void extend(struct report_at *x, uint32_t entity, enum entity_state state, int64_t at_ms,
		   int64_t reach_ms)
{
	struct heal *h = &x->in->heals[entity];
	int64_t now = x->now.wall_ms;

	if (h->open && h->state == state && at_ms >= h->from_ms &&
	    at_ms <= h->until_ms + reach_ms) {
		if (at_ms + reach_ms > h->until_ms)
			h->until_ms = at_ms + reach_ms < now ? at_ms + reach_ms : now;
		return;
	}
	if (h->open) {
		if (h->state != state && at_ms > h->from_ms && at_ms < h->until_ms)
			h->until_ms = at_ms; /* known better from here on */
		write_stretch(x->in, x->batch, entity, h, now);
	} else if (!note_open(x->agent, entity)) {
		return;
	}
	int64_t from = h->open && h->state != state && h->until_ms >= at_ms - reach_ms &&
				       h->until_ms <= at_ms
			       ? at_ms
			       : at_ms - reach_ms;
	*h = (struct heal){ true, state, from, at_ms + reach_ms < now ? at_ms + reach_ms : now };
}

void heal_bridge(struct report_at *x, uint32_t entity, int64_t reach_ms)
{
	struct heal *h = &x->in->heals[entity];
	int64_t now = x->now.wall_ms;

	if (!x->news || !h->open || now <= h->until_ms || x->wall_ms > h->until_ms + reach_ms)
		return;
	h->until_ms = now;
	x->agent->heals_changed = true;
}

void heal_device(struct report_at *x, const struct device_at *d, size_t n)
{
	const struct entity *e = &x->in->l.topology->entities[d->entity];
	int64_t reach = d->wire->interval_ms * 2 > LEAST_REACH_MS ? d->wire->interval_ms * 2
								  : LEAST_REACH_MS;

	if (e->kind != ENTITY_DEVICE)
		return;
	if (!x->late) {
		heal_bridge(x, d->entity, reach);
		return;
	}
	enum entity_state s = past_state(x->in->l.rules, e, !d->silent, x->layout->scratch, n);
	extend(x, d->entity, s, d->silent ? x->wall_ms : d->read_ms, reach);
	x->agent->heals_changed = true;
	x->agent->history_mono_ms = x->now.mono_ms;
	x->agent->attention = true;
}

void heal_agent(struct report_at *x)
{
	if (!x->late) {
		heal_bridge(x, x->agent->entity, LEAST_REACH_MS * 2);
		return;
	}
	extend(x, x->agent->entity, STATE_UP, x->wall_ms, LEAST_REACH_MS * 2);
	x->agent->heals_changed = true;
	x->agent->history_mono_ms = x->now.mono_ms;
	x->agent->attention = true;
}

void heal_flush(struct intake *in, struct agent *a, struct store_batch *b, struct instant now,
		int64_t idle_ms)
{
	if (a->n_healing == 0 || now.mono_ms - a->history_mono_ms < idle_ms)
		return;
	for (size_t i = 0; i < a->n_healing; i++) {
		struct heal *h = &in->heals[a->healing[i]];

		if (h->open)
			write_stretch(in, b, a->healing[i], h, now.wall_ms);
		h->open = false;
	}
	a->n_healing = 0;
	a->heals_changed = true;
	(void)heal_seal(in, a, b);
}

int heal_seal(struct intake *in, struct agent *a, struct store_batch *b)
{
	char key[TEXT_MAX];
	int r;

	if (!a->heals_changed)
		return 0;
	a->heals_changed = false;
	key_of(key, sizeof key, a);
	if (a->n_healing == 0)
		return store_set_blob(b, key, NULL, 0);
	/* ids, because entities are numbered anew at each start */
	char *text = malloc(a->n_healing * (TEXT_MAX + 80));
	size_t len = 0;
	if (text == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < a->n_healing; i++) {
		const struct heal *h = &in->heals[a->healing[i]];
		const struct entity *e = &in->l.topology->entities[a->healing[i]];

		if (h->open)
			len += (size_t)snprintf(text + len, TEXT_MAX + 80,
						"%d %d %lld %lld %.255s\n", (int)e->kind,
						(int)h->state, (long long)h->from_ms,
						(long long)h->until_ms, e->id);
	}
	r = store_set_blob(b, key, text, len);
	free(text);
	return r;
}

void heal_restore(struct intake *in, struct agent *a, const void *buf, size_t len)
{
	char *text = strndup(buf, len), *save = NULL;

	for (char *line = text != NULL ? strtok_r(text, "\n", &save) : NULL; line != NULL;
	     line = strtok_r(NULL, "\n", &save)) {
		long long from, until;
		int kind, state;
		char id[TEXT_MAX];

		/* our own file: what does not parse is not there */
		if (sscanf(line, "%d %d %lld %lld %255s", /* NOLINT(cert-err34-c) */
			   &kind, &state, &from, &until, id) != HEAL_ROW)
			continue;
		uint32_t e = topology_find(in->l.topology, (enum entity_kind)kind, id);
		if (e == NO_ENTITY || in->heals[e].open || !note_open(a, e))
			continue;
		in->heals[e] = (struct heal){ true, (enum entity_state)state, from, until };
		a->attention = true;
	}
	free(text);
}
