/* Agents, planned work and silences by name; what single devices said last by number. */
#include <stdlib.h>

#include "collector/core/save.h"

void io_agents(struct io *io, struct engine *e)
{
	uint32_t n = e->n_agents;

	IO(io, n);
	for (uint32_t i = 0; i < n && !io->bad; i++) {
		struct agent a = { .entity = NO_ENTITY };

		if (!io->load)
			a = e->agents[i];
		io_entity(io, e->t, &a.entity);
		IO(io, a.state);
		IO(io, a.dying);
		IO(io, a.hidden);
		io_ms(io, &a.heard_ms);
		IO(io, a.heard_wall_ms);
		io_ms(io, &a.died_ms);
		IO(io, a.died_wall_ms);
		if (!io->load || a.entity == NO_ENTITY || a.state > AGENT_LOST)
			continue;
		struct agent *to = &e->agents[e->nodes[a.entity].row];

		a.armed = INT64_MAX;
		a.first_device = to->first_device;
		a.n_devices = to->n_devices;
		*to = a;
		liveness_count(e, to);
	}
}

void io_windows(struct io *io, struct engine *e)
{
	uint32_t n = e->n_windows;

	IO(io, n);
	for (uint32_t i = 0; i < n && !io->bad; i++) {
		struct window w = { .entity = NO_ENTITY, .armed = INT64_MAX };

		if (!io->load)
			w = e->windows[i];
		io_entity(io, e->t, &w.entity);
		io_string(io, &w.id);
		IO(io, w.from_wall_ms);
		IO(io, w.until_wall_ms);
		IO(io, w.open);
		io_ms(io, &w.armed);
		if (!io->load)
			continue;
		if (w.entity == NO_ENTITY || w.id == NULL) {
			free(w.id);
			continue;
		}
		e->windows =
			engine_grow(e->windows, e->n_windows, &e->windows_size, sizeof *e->windows);
		e->windows[e->n_windows++] = w;
		e->nodes[w.entity].planned = (uint8_t)(e->nodes[w.entity].planned + w.open);
		e->n_open_windows += w.open;
	}
}

/* The target is looked up again: it may mean something else now, or nothing. */
static void io_silence(struct io *io, const struct topology *t, struct silence *s)
{
	IO(io, s->number);
	io_string(io, &s->target);
	io_string(io, &s->code);
	io_string(io, &s->by);
	io_string(io, &s->reason);
	IO(io, s->from_wall_ms);
	IO(io, s->until_wall_ms);
	IO(io, s->open);
	io_ms(io, &s->armed);
	if (io->load && s->target != NULL)
		s->n_entities = topology_target(t, s->target, s->entities);
}

void io_silences(struct io *io, struct engine *e)
{
	uint32_t n = 0;

	IO(io, e->last_silence);
	for (uint32_t i = 0; i < e->n_silences; i++)
		n += e->silences[i].number != 0;
	IO(io, n);
	for (uint32_t i = 0; !io->load && i < e->n_silences; i++)
		if (e->silences[i].number != 0)
			io_silence(io, e->t, &e->silences[i]);
	for (uint32_t i = 0; io->load && i < n && i < SILENCES_MAX && !io->bad; i++) {
		uint32_t row = silence_row(e);
		struct silence *s = &e->silences[row];

		io_silence(io, e->t, s);
		if (io->bad || s->n_entities == 0 || s->by == NULL)
			silence_fini(s);
	}
}

static void io_node(struct io *io, struct engine *e, uint32_t i)
{
	struct node *n = &e->nodes[i];

	io_ms(io, &n->heard_ms);
	IO(io, n->since_wall_ms);
	IO(io, n->state);
	IO(io, n->raw);
	IO(io, n->reachable);
	IO(io, n->observed);
	e->observed[i] = n->observed;
}

static void io_discharge(struct io *io, struct ups *u)
{
	struct discharge *d = &u->model;

	IO(io, u->on_battery);
	IO(io, d->charge);
	IO(io, d->runtime_s);
	IO(io, d->load);
	io_ms(io, &d->runtime_ms);
	io_ms(io, &d->charge_ms);
	io_ms(io, &d->since_ms);
	IO(io, d->first_charge);
	io_ms(io, &d->first_ms);
	IO(io, d->usual_rate);
	IO(io, d->usual_load);
	IO(io, d->unreliable);
}

static void io_pbx(struct io *io, struct pbx *p)
{
	IO(io, p->calls_limit);
	IO(io, p->channels_total);
	IO(io, p->registered);
	IO(io, p->usual);
}

void io_numbered(struct io *io, struct engine *e)
{
	for (uint32_t i = 0; i < e->t->n_entities; i++)
		io_node(io, e, i);
	for (uint32_t i = 0; i < e->n_ups; i++)
		io_discharge(io, &e->ups[i]);
	for (uint32_t i = 0; i < e->n_pbx; i++)
		io_pbx(io, &e->pbx[i]);
	for (uint32_t i = 0; i < e->t->n_seats; i++)
		IO(io, e->seats[i]);
	for (uint32_t i = 0; i < e->t->n_sites; i++) {
		IO(io, e->sites[i].ready);
		IO(io, e->sites[i].unknown);
		IO(io, e->sites[i].told);
		IO(io, e->sites[i].judged);
		IO(io, e->sites[i].spoken);
		io_ms(io, &e->sites[i].armed);
		io_ms(io, &e->sites[i].heard_ms);
		IO(io, e->sites[i].last_wall_ms);
	}
	IO(io, e->hotline);
}
