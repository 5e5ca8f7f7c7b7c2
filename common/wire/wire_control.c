#include "common/wire/wire_control.h"

#include <errno.h>
#include <string.h>

#include "common/core/out.h"
#include "common/wire/arena.h"
#include "common/wire/wire_internal.h"

typedef Linewatch__V1__Control pb_control;
typedef Linewatch__V1__Range pb_range;
typedef Linewatch__V1__Death pb_death;
typedef Linewatch__V1__CollectorState pb_state;

static bool range_ok(const struct wire_range *r)
{
	return r->boot_id != 0 && r->first_seq > 0 && r->first_seq <= r->last_seq;
}

static int pack_ranges(const struct wire_range *from, size_t n, pb_range *rows, pb_range **list)
{
	if (n > WIRE_MAX_RANGES)
		return -EINVAL;
	for (size_t i = 0; i < n; i++) {
		if (!range_ok(&from[i]))
			return -EINVAL;
		linewatch__v1__range__init(&rows[i]);
		rows[i].boot_id = from[i].boot_id;
		rows[i].first_seq = from[i].first_seq;
		rows[i].last_seq = from[i].last_seq;
		list[i] = &rows[i];
	}
	return 0;
}

int wire_control_pack(const struct wire_control *c, uint8_t **ret, size_t *ret_len)
{
	pb_control m = LINEWATCH__V1__CONTROL__INIT;
	pb_range rows[2][WIRE_MAX_RANGES], *lists[2][WIRE_MAX_RANGES];
	char *polls[WIRE_MAX_POLLS];

	if (!wire_id_ok(c->collector) || c->n_polls > WIRE_MAX_POLLS ||
	    pack_ranges(c->stored, c->n_stored, rows[0], lists[0]) < 0 ||
	    pack_ranges(c->missing, c->n_missing, rows[1], lists[1]) < 0)
		return -EINVAL;
	for (size_t i = 0; i < c->n_polls; i++) {
		if (!wire_id_ok(c->polls[i]))
			return -EINVAL;
		polls[i] = (char *)(uintptr_t)c->polls[i];
	}
	m.collector = (char *)(uintptr_t)c->collector;
	m.stored = lists[0];
	m.n_stored = c->n_stored;
	m.missing = lists[1];
	m.n_missing = c->n_missing;
	m.poll_now = polls;
	m.n_poll_now = c->n_polls;
	m.rebirth = c->rebirth;
	m.wall_ms = c->wall_ms;
	m.echo_mono_ms = c->echo_mono_ms;
	m.drill = c->drill;
	return wire_pack_message(&m.base, ret, ret_len);
}

static int unpack_ranges(pb_range *const *from, size_t n, struct wire_range *to)
{
	if (n > WIRE_MAX_RANGES)
		return WIRE_BAD_VALUE;
	for (size_t i = 0; i < n; i++) {
		to[i] = (struct wire_range){ from[i]->boot_id, from[i]->first_seq,
					     from[i]->last_seq };
		if (!range_ok(&to[i]))
			return WIRE_BAD_VALUE;
	}
	return 0;
}

static int control_from(const pb_control *m, struct wire_control *c)
{
	*c = (struct wire_control){ 0 };
	if (!wire_id_ok(m->collector) || m->n_poll_now > WIRE_MAX_POLLS ||
	    unpack_ranges(m->stored, m->n_stored, c->stored) != 0 ||
	    unpack_ranges(m->missing, m->n_missing, c->missing) != 0)
		return WIRE_BAD_VALUE;
	for (size_t i = 0; i < m->n_poll_now; i++) {
		if (!wire_id_ok(m->poll_now[i]))
			return WIRE_BAD_VALUE;
		(void)out_join(c->polls[i], sizeof c->polls[i], m->poll_now[i], NULL);
	}
	(void)out_join(c->collector, sizeof c->collector, m->collector, NULL);
	c->n_stored = m->n_stored;
	c->n_missing = m->n_missing;
	c->n_polls = m->n_poll_now;
	c->rebirth = m->rebirth;
	c->wall_ms = m->wall_ms;
	c->echo_mono_ms = m->echo_mono_ms;
	c->drill = m->drill;
	return 0;
}

int wire_control_unpack(const uint8_t *buf, size_t len, struct wire_control *ret)
{
	struct wire_arena a;

	if (len == 0 || len > WIRE_MAX_BYTES)
		return WIRE_BAD_SIZE;
	wire_arena_init(&a, WIRE_ARENA_BYTES);
	const pb_control *m = linewatch__v1__control__unpack(&a.allocator, len, buf);
	int r = m != NULL ? control_from(m, ret) : WIRE_BAD_ENCODING;
	wire_arena_fini(&a);
	return r;
}

int wire_death_pack(const struct wire_death *d, uint8_t **ret, size_t *ret_len)
{
	pb_death m = LINEWATCH__V1__DEATH__INIT;

	m.boot_id = d->boot_id;
	m.session = d->session;
	m.intended = d->intended;
	return wire_pack_message(&m.base, ret, ret_len);
}

int wire_death_unpack(const uint8_t *buf, size_t len, struct wire_death *ret)
{
	struct wire_arena a;
	int r = WIRE_BAD_ENCODING;

	if (len == 0 || len > WIRE_MAX_BYTES)
		return WIRE_BAD_SIZE;
	wire_arena_init(&a, WIRE_ARENA_BYTES);
	const pb_death *m = linewatch__v1__death__unpack(&a.allocator, len, buf);
	if (m != NULL && m->boot_id != 0) {
		*ret = (struct wire_death){ m->boot_id, m->session, m->intended };
		r = 0;
	} else if (m != NULL) {
		r = WIRE_BAD_VALUE;
	}
	wire_arena_fini(&a);
	return r;
}

int wire_collector_state_pack(const struct wire_collector_state *s, uint8_t **ret, size_t *ret_len)
{
	pb_state m = LINEWATCH__V1__COLLECTOR_STATE__INIT;

	if (!wire_id_ok(s->collector))
		return -EINVAL;
	m.collector = (char *)(uintptr_t)s->collector;
	m.online = s->online;
	m.since_wall_ms = s->since_wall_ms;
	m.wall_ms = s->wall_ms;
	return wire_pack_message(&m.base, ret, ret_len);
}

int wire_collector_state_unpack(const uint8_t *buf, size_t len, struct wire_collector_state *ret)
{
	struct wire_arena a;
	int r = WIRE_BAD_ENCODING;

	if (len == 0 || len > WIRE_MAX_BYTES)
		return WIRE_BAD_SIZE;
	wire_arena_init(&a, WIRE_ARENA_BYTES);
	const pb_state *m = linewatch__v1__collector_state__unpack(&a.allocator, len, buf);
	if (m != NULL && wire_id_ok(m->collector)) {
		*ret = (struct wire_collector_state){ .online = m->online,
						      .since_wall_ms = m->since_wall_ms,
						      .wall_ms = m->wall_ms };
		(void)out_join(ret->collector, sizeof ret->collector, m->collector, NULL);
		r = 0;
	} else if (m != NULL) {
		r = WIRE_BAD_VALUE;
	}
	wire_arena_fini(&a);
	return r;
}
