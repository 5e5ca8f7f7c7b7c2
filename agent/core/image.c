#include "agent/core/image.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "agent/core/image_internal.h"

enum { RESTLESS_MS = 60000 };

/* States that people wait for. Others travel with the next heartbeat. */
static const uint16_t urgent[] = {
	M_UPS_STATUS, M_UPS_ALARMS,	 M_PBX_STATUS, M_TRUNK_UP, M_SIP_SERVES, M_SIP_REGISTERED,
	M_IVR_RESULT, M_HEADSET_PRESENT, M_SERVICE_UP, M_LINK_UP,  M_HOST_ON_AC, M_BATTERY_REPLACE
};

int image_new(struct image **ret, uint32_t boot_id, const char *version)
{
	struct image *im = calloc(1, sizeof *im);
	if (im == NULL)
		return -ENOMEM;

	im->layout.boot_id = boot_id;
	im->layout.version = strdup(version);
	if (im->layout.version == NULL) {
		image_free(im);
		return -ENOMEM;
	}
	im->birth_due = true;
	*ret = im;
	return 0;
}

static void slots_clear(struct wire_device *d)
{
	for (uint32_t i = 0; i < d->n_slots; i++)
		free(d->slots[i].label);
	d->n_slots = 0;
}

static void identity_clear(struct wire_device *d)
{
	for (uint32_t i = 0; i < d->n_identity; i++)
		free(d->identity[i].text);
	free(d->identity);
	d->identity = NULL;
	d->n_identity = 0;
}

void image_free(struct image *im)
{
	if (im == NULL)
		return;
	for (uint32_t i = 0; i < im->layout.n_devices; i++) {
		struct wire_device *d = &im->layout.devices[i];

		slots_clear(d);
		identity_clear(d);
		free(d->slots);
		free(d->id);
		free(d->device_class);
		free(d->profile);
		free(im->known[i].cells);
	}
	free(im->layout.devices);
	free(im->layout.version);
	free(im->known);
	free(im->terse_devices);
	free(im->full);
	free(im->out_values);
	free(im->out_ages);
	free(im->out_silent);
	free(im->out_events);
	free(im);
}

static int room_for_device(struct image *im)
{
	if (im->layout.n_devices < im->room)
		return 0;
	uint32_t room = im->room == 0 ? 8 : im->room * 2;
	struct wire_device *devices = realloc(im->layout.devices, room * sizeof *devices);
	if (devices == NULL)
		return -ENOMEM;
	im->layout.devices = devices;
	struct known *known = realloc(im->known, room * sizeof *known);
	if (known == NULL)
		return -ENOMEM;
	im->known = known;
	im->room = room;
	return 0;
}

int image_add(struct image *im, const char *id, const char *device_class, uint32_t interval_ms)
{
	if (im->layout.n_devices == WIRE_MAX_DEVICES)
		return -ENOSPC;
	if (room_for_device(im) < 0)
		return -ENOMEM;

	uint32_t i = im->layout.n_devices;
	struct wire_device *d = &im->layout.devices[i];
	*d = (struct wire_device){ .interval_ms = interval_ms };
	im->known[i] = (struct known){ 0 };
	d->id = strdup(id);
	d->device_class = strdup(*device_class != '\0' ? device_class : "unknown");
	d->profile = strdup("");
	if (d->id == NULL || d->device_class == NULL || d->profile == NULL) {
		free(d->id);
		free(d->device_class);
		free(d->profile);
		return -ENOMEM;
	}
	im->layout.n_devices++;
	im->birth_due = true;
	return (int)i;
}

uint32_t image_devices(const struct image *im)
{
	return im->layout.n_devices;
}

/* Length of the whole UTF-8 character at `s`, 0 where there is none to keep. */
static size_t character(const unsigned char *s)
{
	size_t n = *s < 0x80 ? 1 : *s >= 0xf0 && *s < 0xf5 ? 4 : *s >= 0xe0 ? 3 : 2;

	if (*s < 0x20 || *s == 0x7f || (*s >= 0x80 && *s < 0xc2) || *s >= 0xf5)
		return 0;
	for (size_t i = 1; i < n; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	if ((*s == 0xe0 && s[1] < 0xa0) || (*s == 0xed && s[1] > 0x9f) ||
	    (*s == 0xf0 && s[1] < 0x90) || (*s == 0xf4 && s[1] > 0x8f))
		return 0;
	return n;
}

/* A text that the wire takes: UTF-8, no control characters, cut between characters. */
static void bound_text(char out[WIRE_MAX_TEXT + 1], const char *text)
{
	const unsigned char *s = (const unsigned char *)text;
	size_t n = 0;

	while (*s != '\0') {
		size_t c = character(s);
		if (n + (c == 0 ? 1 : c) > WIRE_MAX_TEXT)
			break;
		if (c == 0) {
			out[n++] = ' ';
			s++;
			continue;
		}
		memcpy(out + n, s, c);
		n += c;
		s += c;
	}
	while (n > 0 && out[n - 1] == ' ')
		n--;
	out[n] = '\0';
}

/* 1 when *field changed, 0 when not, -ENOMEM. */
static int set_text(char **field, const char *text)
{
	char bounded[WIRE_MAX_TEXT + 1];

	if (text == NULL || *text == '\0')
		return 0;
	bound_text(bounded, text);
	if (bounded[0] == '\0' || strcmp(*field, bounded) == 0)
		return 0;
	char *copy = strdup(bounded);
	if (copy == NULL)
		return -ENOMEM;
	free(*field);
	*field = copy;
	return 1;
}

static bool identity_same(const struct wire_device *d, const struct image_round *r)
{
	char bounded[WIRE_MAX_TEXT + 1];

	if (r->n_identity != d->n_identity)
		return false;
	for (size_t i = 0; i < r->n_identity; i++) {
		bound_text(bounded, r->identity[i].text);
		if (d->identity[i].metric != r->identity[i].metric ||
		    strcmp(d->identity[i].text, bounded) != 0)
			return false;
	}
	return true;
}

static int set_identity(struct wire_device *d, const struct image_round *r)
{
	char bounded[WIRE_MAX_TEXT + 1];

	if (r->n_identity == 0 || r->n_identity > 32 || identity_same(d, r))
		return 0;
	identity_clear(d);
	d->identity = calloc(r->n_identity + 1, sizeof *d->identity);
	if (d->identity == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < r->n_identity; i++) {
		bound_text(bounded, r->identity[i].text);
		d->identity[i].metric = r->identity[i].metric;
		d->identity[i].text = strdup(bounded);
		if (d->identity[i].text == NULL)
			return -ENOMEM;
		d->n_identity++;
	}
	return 1;
}

static bool slot_is(const struct wire_slot *s, const struct reading *r)
{
	if (s->metric != r->metric || s->instance != r->instance)
		return false;
	if (s->label == NULL || r->label == NULL)
		return s->label == NULL && r->label == NULL;
	return strncmp(s->label, r->label, WIRE_MAX_TEXT) == 0;
}

static int slot_add(struct image *im, uint32_t device, const struct reading *r)
{
	struct wire_device *d = &im->layout.devices[device];
	struct known *k = &im->known[device];
	char label[WIRE_MAX_TEXT + 1];

	if (d->n_slots == IMAGE_SLOTS_PER_DEVICE) {
		im->refused++;
		return -ENOSPC;
	}
	if (d->n_slots == k->room) {
		uint32_t room = k->room == 0 ? 16 : k->room * 2;
		struct wire_slot *slots = realloc(d->slots, room * sizeof *slots);
		if (slots == NULL)
			return -ENOMEM;
		d->slots = slots;
		struct cell *cells = realloc(k->cells, room * sizeof *cells);
		if (cells == NULL)
			return -ENOMEM;
		k->cells = cells;
		k->room = room;
	}
	struct wire_slot *s = &d->slots[d->n_slots];
	*s = (struct wire_slot){ .metric = r->metric, .instance = r->instance };
	if (r->label != NULL) {
		bound_text(label, r->label);
		s->label = strdup(label);
		if (s->label == NULL)
			return -ENOMEM;
	}
	k->cells[d->n_slots] = (struct cell){ 0, REASON_NOT_MEASURED };
	return (int)d->n_slots++;
}

/* Readings come in the same order each round, so the slot after the last one is tried first. */
static int slot_find(const struct wire_device *d, const struct reading *r, uint32_t hint)
{
	if (hint < d->n_slots && slot_is(&d->slots[hint], r))
		return (int)hint;
	for (uint32_t i = 0; i < d->n_slots; i++)
		if (slot_is(&d->slots[i], r))
			return (int)i;
	return -ENOENT;
}

static int change_of(const struct metric *m, const struct cell *old, const struct cell *now)
{
	bool moved = old->reason == REASON_GOOD && now->reason == REASON_GOOD &&
		     old->scaled != now->scaled;

	if (old->reason == now->reason && !moved)
		return 0;
	if (old->reason == now->reason && m->kind != METRIC_STATE && m->kind != METRIC_FLAG &&
	    m->kind != METRIC_BITS)
		return IMAGE_VALUES;
	for (size_t i = 0; i < sizeof urgent / sizeof *urgent; i++)
		if (urgent[i] == m->id && now->reason == REASON_GOOD)
			return IMAGE_VALUES | IMAGE_STATE | IMAGE_URGENT;
	return IMAGE_VALUES | IMAGE_STATE;
}

static int apply_reading(struct image *im, uint32_t device, const struct reading *r, uint32_t *hint,
			 uint64_t now_ms)
{
	const struct metric *m = metric_by_id(r->metric);
	int changed = 0;

	if (m == NULL || m->kind == METRIC_TEXT)
		return 0;
	int i = slot_find(&im->layout.devices[device], r, *hint);
	if (i < 0) {
		i = slot_add(im, device, r);
		if (i == -ENOSPC)
			return 0;
		if (i < 0)
			return i;
		changed = IMAGE_LAYOUT;
	}
	struct cell *c = &im->known[device].cells[i];
	struct cell now = { 0, r->reason };
	if (r->reason == REASON_GOOD && metric_in_range(m, r->value))
		now.scaled = metric_scale(m, r->value);
	else if (r->reason == REASON_GOOD)
		now.reason = REASON_RANGE;
	if (r->metric == M_SYS_UPTIME && c->reason == REASON_GOOD && now.reason == REASON_GOOD &&
	    now.scaled < c->scaled && c->scaled < INT32_MAX / 10)
		image_event(im, device, WIRE_EVENT_REBOOTED, now.scaled, now_ms);
	changed |= change_of(m, c, &now);
	*c = now;
	*hint = (uint32_t)i + 1;
	return changed;
}

/* Slots that this round did not bring are not measured any more. */
static int mark_missing(struct image *im, uint32_t device, const bool *seen)
{
	const struct wire_device *d = &im->layout.devices[device];
	int changed = 0;

	for (uint32_t i = 0; i < d->n_slots; i++) {
		struct cell *c = &im->known[device].cells[i];

		if (seen[i] || c->reason != REASON_GOOD)
			continue;
		*c = (struct cell){ 0, REASON_MISSING };
		changed |= IMAGE_VALUES | IMAGE_STATE;
	}
	return changed;
}

static int apply_readings(struct image *im, uint32_t device, const struct image_round *r,
			  uint64_t now_ms)
{
	bool seen[IMAGE_SLOTS_PER_DEVICE] = { false };
	uint32_t hint = 0;
	int changed = 0;

	for (size_t i = 0; i < r->n_readings; i++) {
		uint32_t before = hint;
		int c = apply_reading(im, device, &r->readings[i], &hint, now_ms);
		if (c < 0)
			return c;
		if (hint != before || c != 0)
			seen[hint - 1] = true;
		changed |= c;
	}
	return r->reachable ? changed | mark_missing(im, device, seen) : changed;
}

static int apply_words(struct image *im, uint32_t device, const struct image_round *r)
{
	struct wire_device *d = &im->layout.devices[device];
	int class = set_text(&d->device_class, r->device_class);
	int profile = set_text(&d->profile, r->profile);
	int identity = set_identity(d, r);

	if (class < 0 || profile < 0 || identity < 0)
		return -ENOMEM;
	if (profile == 1)
		slots_clear(d); /* another profile: other slots */
	return class + profile + identity > 0 ? IMAGE_LAYOUT : 0;
}

int image_apply(struct image *im, uint32_t device, const struct image_round *r, uint64_t now_ms)
{
	int changed = 0;

	assert(device < im->layout.n_devices);
	struct known *k = &im->known[device];
	if (!k->answered || k->reachable != r->reachable)
		changed = IMAGE_STATE | IMAGE_URGENT;
	if (!r->reachable && (k->reachable || !k->answered))
		k->silent_since_ms = now_ms;
	k->reachable = r->reachable;
	k->answered = true;
	if (!r->reachable && r->n_readings == 0)
		return changed;
	k->updated_ms = now_ms;
	int words = apply_words(im, device, r);
	if (words < 0)
		return words;
	int values = apply_readings(im, device, r, now_ms);
	if (values < 0)
		return values;
	changed |= words | values;
	if ((changed & IMAGE_LAYOUT) != 0)
		im->birth_due = true;
	return changed;
}

void image_event(struct image *im, uint32_t device, enum wire_event kind, int64_t value,
		 uint64_t now_ms)
{
	if (im->n_events == WIRE_MAX_EVENTS) {
		memmove(im->events, im->events + 1, (--im->n_events) * sizeof im->events[0]);
		im->refused++;
	}
	im->events[im->n_events++] = (struct event){ device, (uint32_t)kind, now_ms, value };
}

bool image_reachable(const struct image *im, uint32_t device)
{
	return im->known[device].reachable;
}

uint32_t image_age_s(const struct image *im, uint32_t device, uint64_t now_ms)
{
	uint64_t s = (now_ms - im->known[device].updated_ms) / 1000;

	return s < UINT32_MAX ? (uint32_t)s : UINT32_MAX;
}

bool image_answered(const struct image *im, uint32_t device)
{
	return im->known[device].answered;
}

bool image_value(const struct image *im, uint32_t device, uint16_t metric, double *ret)
{
	const struct wire_device *d = &im->layout.devices[device];
	struct reading wanted = { .metric = metric };
	int i = slot_find(d, &wanted, 0);

	if (i < 0 || im->known[device].cells[i].reason != REASON_GOOD)
		return false;
	*ret = metric_unscale(metric_by_id(metric), im->known[device].cells[i].scaled);
	return true;
}

bool image_restless(const struct image *im, uint32_t device, uint64_t now_ms)
{
	const struct known *k = &im->known[device];
	double status;

	if (k->answered && !k->reachable)
		return now_ms - k->silent_since_ms < RESTLESS_MS;
	for (uint32_t i = 0; i < im->layout.devices[device].n_slots; i++)
		if (k->cells[i].reason == REASON_JUMP)
			return true;
	return image_value(im, device, M_UPS_STATUS, &status) &&
	       ((int)status == UPS_ON_BATTERY || (int)status == UPS_LOW_BATTERY);
}

uint64_t image_refused(const struct image *im)
{
	return im->refused;
}

bool image_birth_due(const struct image *im)
{
	return im->birth_due;
}

const struct wire_layout *image_layout(const struct image *im)
{
	return &im->layout;
}
