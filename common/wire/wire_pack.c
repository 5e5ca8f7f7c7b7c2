#include "common/wire/wire_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/core/reading.h"

int wire_pack_message(const ProtobufCMessage *m, uint8_t **ret, size_t *ret_len)
{
	size_t size = protobuf_c_message_get_packed_size(m);

	if (size > WIRE_MAX_BYTES)
		return -EINVAL;
	uint8_t *buf = malloc(size > 0 ? size : 1);
	if (buf == NULL)
		return -ENOMEM;
	*ret_len = protobuf_c_message_pack(m, buf);
	*ret = buf;
	return 0;
}

/* One block of memory for all columns of a report: at most this many numbers of each. */
struct columns {
	int64_t *values;
	uint32_t *slots, *unknown, *ages, *silent;
};

static int columns_new(struct columns *c, const struct wire_report *r)
{
	size_t n = r->n_values, words = n + 2 * n + r->n_ages + r->n_silent;

	c->values = calloc(n + (words + 1) / 2 + 1, sizeof(int64_t));
	if (c->values == NULL)
		return -ENOMEM;
	c->slots = (uint32_t *)(c->values + n);
	c->unknown = c->slots + n;
	c->ages = c->unknown + 2 * n;
	c->silent = c->ages + r->n_ages;
	return 0;
}

static const struct wire_slot *slot_at(const struct wire_layout *l, uint32_t *device, uint32_t slot)
{
	while (slot >= l->devices[*device].first_slot + l->devices[*device].n_slots)
		++*device;
	return &l->devices[*device].slots[slot - l->devices[*device].first_slot];
}

static int64_t wire_value_of(const struct wire_slot *s, const struct wire_value *v)
{
	const struct metric *m = metric_by_id(s->metric);
	int64_t out;

	if (v->reason != REASON_GOOD)
		return 0;
	/* A value this far out is not one that any metric allows; 0 never reaches the wire for it. */
	if (__builtin_sub_overflow(v->scaled, m != NULL ? m->nominal : 0, &out))
		return v->scaled;
	return out;
}

static int fill_values(const struct wire_report *r, const struct wire_layout *l, struct columns *c,
		       pb_report *p)
{
	bool full = r->full_seq == 0;
	int64_t last_slot = -1, last_unknown = -1, before = -1;
	uint32_t device = 0;

	for (size_t i = 0; i < r->n_values; i++) {
		const struct wire_value *v = &r->values[i];

		if (v->slot >= l->n_slots || (int64_t)v->slot <= before || (full && v->slot != i))
			return -EINVAL;
		before = v->slot;
		if (v->reason != REASON_GOOD) {
			c->unknown[p->n_unknown++] = (uint32_t)(v->slot - last_unknown);
			c->unknown[p->n_unknown++] = v->reason;
			last_unknown = v->slot;
		}
		if (full || v->reason == REASON_GOOD)
			c->values[p->n_values++] = wire_value_of(slot_at(l, &device, v->slot), v);
		if (!full && v->reason == REASON_GOOD) {
			c->slots[p->n_slots++] = (uint32_t)(v->slot - last_slot);
			last_slot = v->slot;
		}
	}
	p->values = c->values;
	p->slots = c->slots;
	p->unknown = c->unknown;
	return full && r->n_values != l->n_slots ? -EINVAL : 0;
}

static int fill_devices(const struct wire_report *r, const struct wire_layout *l, struct columns *c,
			pb_report *p)
{
	int64_t last = -1;
	bool aged = false;

	if (r->n_ages != 0 && r->n_ages != l->n_devices)
		return -EINVAL;
	for (size_t i = 0; i < r->n_ages; i++) {
		c->ages[i] = (r->age_ms[i] + 50) / 100;
		aged = aged || c->ages[i] != 0;
	}
	p->age_ds = c->ages;
	p->n_age_ds = aged ? r->n_ages : 0;
	for (size_t i = 0; i < r->n_silent; i++) {
		if (r->silent[i] >= l->n_devices || r->silent[i] <= last)
			return -EINVAL;
		c->silent[p->n_silent++] = (uint32_t)(r->silent[i] - last);
		last = r->silent[i];
	}
	p->silent = c->silent;
	return 0;
}

static void fill_head(const struct wire_report *r, const struct wire_layout *l, pb_report *p)
{
	p->boot_id = r->boot_id;
	p->seq = r->seq;
	p->mono_ms = r->mono_ms;
	if (r->birth == NULL) {
		int64_t expected =
			(int64_t)l->wall_ms + ((int64_t)r->mono_ms - (int64_t)l->mono_ms);
		p->wall_step_ms = (int64_t)r->wall_ms - expected;
		p->layout = l->number;
	}
	p->delta_of = r->full_seq != 0 ? (uint32_t)(r->seq - r->full_seq) : 0;
	p->flags = r->flags;
}

/* --- events and the birth: arrays of messages, built in one allocation each --- */

static int fill_events(const struct wire_report *r, pb_report *p)
{
	typedef Linewatch__V1__Event pb_event;

	if (r->n_events == 0)
		return 0;
	if (r->n_events > WIRE_MAX_EVENTS)
		return -EINVAL;
	p->events = calloc(r->n_events, sizeof(pb_event *) + sizeof(pb_event));
	if (p->events == NULL)
		return -ENOMEM;
	pb_event *rows = (pb_event *)(p->events + r->n_events);
	for (size_t i = 0; i < r->n_events; i++) {
		linewatch__v1__event__init(&rows[i]);
		rows[i].device = r->events[i].device;
		rows[i].kind = r->events[i].kind;
		rows[i].age_ms = r->events[i].age_ms;
		rows[i].value = r->events[i].value;
		p->events[i] = &rows[i];
	}
	p->n_events = r->n_events;
	return 0;
}

struct packed_device {
	pb_device message;
	Linewatch__V1__Label *labels, **label_list;
	Linewatch__V1__Identity *identity, **identity_list;
	uint32_t *metrics, *instances;
};

static void packed_device_fini(struct packed_device *d)
{
	free(d->labels);
	free(d->label_list);
	free(d->identity);
	free(d->identity_list);
	free(d->metrics);
	free(d->instances);
}

static int packed_device_alloc(struct packed_device *d, const struct wire_device *w)
{
	d->metrics = calloc(w->n_slots + 1, sizeof *d->metrics);
	d->instances = calloc(w->n_slots + 1, sizeof *d->instances);
	d->labels = calloc(w->n_slots + 1, sizeof *d->labels);
	d->label_list = calloc(w->n_slots + 1, sizeof(void *));
	d->identity = calloc(w->n_identity + 1, sizeof *d->identity);
	d->identity_list = calloc(w->n_identity + 1, sizeof(void *));
	return d->metrics != NULL && d->instances != NULL && d->labels != NULL &&
			       d->label_list != NULL && d->identity != NULL &&
			       d->identity_list != NULL
		       ? 0
		       : -ENOMEM;
}

static bool fill_slots(struct packed_device *d, const struct wire_device *w)
{
	pb_device *m = &d->message;
	bool instances = false;

	for (uint32_t i = 0; i < w->n_slots; i++) {
		d->metrics[i] = w->slots[i].metric;
		d->instances[i] = w->slots[i].instance;
		instances = instances || w->slots[i].instance != 0;
		if (w->slots[i].label == NULL)
			continue;
		if (!wire_text_ok(w->slots[i].label))
			return false;
		linewatch__v1__label__init(&d->labels[m->n_labels]);
		d->labels[m->n_labels].slot = i;
		d->labels[m->n_labels].text = w->slots[i].label;
		d->label_list[m->n_labels] = &d->labels[m->n_labels];
		m->n_labels++;
	}
	m->metrics = d->metrics;
	m->n_metrics = w->n_slots;
	m->instances = d->instances;
	m->n_instances = instances ? w->n_slots : 0;
	m->labels = d->label_list;
	return true;
}

static bool fill_identity(struct packed_device *d, const struct wire_device *w)
{
	for (uint32_t i = 0; i < w->n_identity; i++) {
		if (!wire_text_ok(w->identity[i].text))
			return false;
		linewatch__v1__identity__init(&d->identity[i]);
		d->identity[i].metric = w->identity[i].metric;
		d->identity[i].text = w->identity[i].text;
		d->identity_list[i] = &d->identity[i];
	}
	d->message.identity = d->identity_list;
	d->message.n_identity = w->n_identity;
	return true;
}

static int fill_device(struct packed_device *d, const struct wire_device *w)
{
	linewatch__v1__device__init(&d->message);
	if (!wire_id_ok(w->id) || !wire_id_ok(w->device_class) || !wire_text_ok(w->profile))
		return -EINVAL;
	if (packed_device_alloc(d, w) < 0)
		return -ENOMEM;
	d->message.id = w->id;
	d->message.device_class = w->device_class;
	d->message.profile = w->profile;
	d->message.interval_ds = w->interval_ms / 100;
	return fill_slots(d, w) && fill_identity(d, w) ? 0 : -EINVAL;
}

struct packed_birth {
	pb_birth message;
	uint32_t n_devices;
	struct packed_device *devices;
	pb_device **device_list;
	Linewatch__V1__Backlog *backlog, **backlog_list;
};

static void packed_birth_fini(struct packed_birth *b)
{
	for (uint32_t i = 0; b->devices != NULL && i < b->n_devices; i++)
		packed_device_fini(&b->devices[i]);
	free(b->devices);
	free(b->device_list);
	free(b->backlog);
	free(b->backlog_list);
}

static int fill_backlog(struct packed_birth *b, const struct wire_report *r)
{
	b->backlog = calloc(r->n_backlog + 1, sizeof *b->backlog);
	b->backlog_list = calloc(r->n_backlog + 1, sizeof(void *));
	if (b->backlog == NULL || b->backlog_list == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < r->n_backlog; i++) {
		linewatch__v1__backlog__init(&b->backlog[i]);
		b->backlog[i].boot_id = r->backlog[i].boot_id;
		b->backlog[i].first_seq = r->backlog[i].first_seq;
		b->backlog[i].last_seq = r->backlog[i].last_seq;
		b->backlog_list[i] = &b->backlog[i];
	}
	b->message.backlog = b->backlog_list;
	b->message.n_backlog = r->n_backlog;
	b->message.first_seq = r->first_seq;
	return 0;
}

static int fill_birth(struct packed_birth *b, const struct wire_report *r)
{
	const struct wire_layout *l = r->birth;

	linewatch__v1__birth__init(&b->message);
	if (l->n_devices > WIRE_MAX_DEVICES || l->n_slots > WIRE_MAX_SLOTS)
		return -EINVAL;
	b->n_devices = l->n_devices;
	b->devices = calloc(l->n_devices + 1, sizeof *b->devices);
	b->device_list = calloc(l->n_devices + 1, sizeof(void *));
	if (b->devices == NULL || b->device_list == NULL)
		return -ENOMEM;
	for (uint32_t i = 0; i < l->n_devices; i++) {
		int bad = fill_device(&b->devices[i], &l->devices[i]);
		if (bad < 0)
			return bad;
		b->device_list[i] = &b->devices[i].message;
	}
	b->message.protocol = WIRE_PROTOCOL;
	b->message.layout = l->number;
	b->message.wall_ms = r->wall_ms;
	b->message.session = l->session;
	b->message.version = l->version;
	b->message.registry = METRIC_ID_END - 1;
	b->message.devices = b->device_list;
	b->message.n_devices = l->n_devices;
	return fill_backlog(b, r);
}

struct packed_lost {
	Linewatch__V1__Range ranges[WIRE_MAX_RANGES], *list[WIRE_MAX_RANGES];
};

static int fill_lost(const struct wire_report *r, struct packed_lost *l, pb_report *p)
{
	if (r->n_lost > WIRE_MAX_RANGES)
		return -EINVAL;
	for (size_t i = 0; i < r->n_lost; i++) {
		linewatch__v1__range__init(&l->ranges[i]);
		l->ranges[i].boot_id = r->lost[i].boot_id;
		l->ranges[i].first_seq = r->lost[i].first_seq;
		l->ranges[i].last_seq = r->lost[i].last_seq;
		l->list[i] = &l->ranges[i];
	}
	p->lost = l->list;
	p->n_lost = r->n_lost;
	return 0;
}

int wire_report_pack(const struct wire_report *r, const struct wire_layout *layout, uint8_t **ret,
		     size_t *ret_len)
{
	const struct wire_layout *l = r->birth != NULL ? r->birth : layout;
	pb_report p = LINEWATCH__V1__REPORT__INIT;
	struct packed_birth birth = { 0 };
	struct packed_lost lost;
	struct columns c = { 0 };
	int bad = 0;

	if (r->boot_id == 0 || r->seq == 0 || r->full_seq >= r->seq ||
	    (r->birth != NULL && r->full_seq != 0))
		return -EINVAL;
	fill_head(r, l, &p);
	bad = columns_new(&c, r);
	if (bad == 0)
		bad = fill_values(r, l, &c, &p);
	if (bad == 0)
		bad = fill_devices(r, l, &c, &p);
	if (bad == 0)
		bad = fill_events(r, &p);
	if (bad == 0)
		bad = fill_lost(r, &lost, &p);
	if (bad == 0 && r->birth != NULL) {
		bad = fill_birth(&birth, r);
		p.birth = &birth.message;
	}
	if (bad == 0)
		bad = wire_pack_message(&p.base, ret, ret_len);
	packed_birth_fini(&birth);
	free(p.events);
	free(c.values);
	return bad;
}
