#include "common/wire/wire_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/core/registry.h"

static size_t utf8_length(unsigned char lead)
{
	if (lead < 0x80)
		return 1;
	if (lead >= 0xc2 && lead < 0xe0)
		return 2;
	if (lead >= 0xe0 && lead < 0xf0)
		return 3;
	if (lead >= 0xf0 && lead < 0xf5)
		return 4;
	return 0;
}

/* Overlong forms and surrogates of the second byte (RFC 3629 table 3-7). */
static bool utf8_second_ok(unsigned char lead, unsigned char second)
{
	if (lead == 0xe0)
		return second >= 0xa0;
	if (lead == 0xed)
		return second < 0xa0;
	if (lead == 0xf0)
		return second >= 0x90;
	if (lead == 0xf4)
		return second < 0x90;
	return true;
}

bool wire_text_ok(const char *text)
{
	const unsigned char *s = (const unsigned char *)text;
	size_t len = strnlen(text, WIRE_MAX_TEXT + 1);

	if (len > WIRE_MAX_TEXT)
		return false;
	for (size_t i = 0; i < len;) {
		size_t n = utf8_length(s[i]);
		if (n == 0 || i + n > len || s[i] < 0x20 || s[i] == 0x7f)
			return false;
		if (n > 1 && !utf8_second_ok(s[i], s[i + 1]))
			return false;
		for (size_t k = 1; k < n; k++)
			if ((s[i + k] & 0xc0) != 0x80)
				return false;
		i += n;
	}
	return true;
}

bool wire_id_ok(const char *id)
{
	size_t len = strnlen(id, WIRE_MAX_TEXT + 1);

	if (len == 0 || len > WIRE_MAX_TEXT)
		return false;
	return strspn(id, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") ==
	       len;
}

static void device_fini(struct wire_device *d)
{
	for (uint32_t i = 0; d->slots != NULL && i < d->n_slots; i++)
		free(d->slots[i].label);
	for (uint32_t i = 0; d->identity != NULL && i < d->n_identity; i++)
		free(d->identity[i].text);
	free(d->slots);
	free(d->identity);
	free(d->id);
	free(d->device_class);
	free(d->profile);
}

void wire_layout_free(struct wire_layout *l)
{
	if (l == NULL)
		return;
	for (uint32_t i = 0; l->devices != NULL && i < l->n_devices; i++)
		device_fini(&l->devices[i]);
	free(l->devices);
	free(l->version);
	free(l);
}

static int slots_from(const pb_device *p, struct wire_device *d)
{
	if (p->n_instances != 0 && p->n_instances != p->n_metrics)
		return WIRE_BAD_LAYOUT;
	d->n_slots = (uint32_t)p->n_metrics;
	d->slots = calloc(p->n_metrics + 1, sizeof *d->slots);
	if (d->slots == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < p->n_metrics; i++) {
		const struct metric *m = metric_by_id(p->metrics[i]);
		uint32_t instance = p->n_instances != 0 ? p->instances[i] : 0;

		if (p->metrics[i] == 0 || p->metrics[i] > UINT16_MAX || instance > UINT16_MAX)
			return WIRE_BAD_VALUE;
		if (m != NULL && m->kind == METRIC_TEXT)
			return WIRE_BAD_VALUE; /* texts are identity, never readings */
		d->slots[i].metric = (uint16_t)p->metrics[i];
		d->slots[i].instance = (uint16_t)instance;
	}
	return 0;
}

static int labels_from(const pb_device *p, struct wire_device *d)
{
	for (size_t i = 0; i < p->n_labels; i++) {
		uint32_t slot = p->labels[i]->slot;

		if (slot >= d->n_slots || !wire_text_ok(p->labels[i]->text))
			return WIRE_BAD_VALUE;
		if (d->slots[slot].label != NULL)
			return WIRE_BAD_LAYOUT;
		d->slots[slot].label = strdup(p->labels[i]->text);
		if (d->slots[slot].label == NULL)
			return -ENOMEM;
	}
	return 0;
}

static int identity_from(const pb_device *p, struct wire_device *d)
{
	if (p->n_identity > 32)
		return WIRE_BAD_VALUE;
	d->identity = calloc(p->n_identity + 1, sizeof *d->identity);
	if (d->identity == NULL)
		return -ENOMEM;
	d->n_identity = (uint32_t)p->n_identity;
	for (size_t i = 0; i < p->n_identity; i++) {
		if (p->identity[i]->metric == 0 || p->identity[i]->metric > UINT16_MAX ||
		    !wire_text_ok(p->identity[i]->text))
			return WIRE_BAD_VALUE;
		d->identity[i].metric = (uint16_t)p->identity[i]->metric;
		d->identity[i].text = strdup(p->identity[i]->text);
		if (d->identity[i].text == NULL)
			return -ENOMEM;
	}
	return 0;
}

static int device_from(const pb_device *p, struct wire_device *d, uint32_t first_slot)
{
	if (!wire_id_ok(p->id) || !wire_id_ok(p->device_class) || !wire_text_ok(p->profile) ||
	    p->interval_ds > 864000)
		return WIRE_BAD_VALUE;
	d->id = strdup(p->id);
	d->device_class = strdup(p->device_class);
	d->profile = strdup(p->profile);
	if (d->id == NULL || d->device_class == NULL || d->profile == NULL)
		return -ENOMEM;
	d->interval_ms = p->interval_ds * 100;
	d->first_slot = first_slot;

	int r = slots_from(p, d);
	if (r == 0)
		r = labels_from(p, d);
	if (r == 0)
		r = identity_from(p, d);
	return r;
}

static int devices_from(const pb_birth *b, struct wire_layout *l)
{
	if (b->n_devices > WIRE_MAX_DEVICES)
		return WIRE_BAD_VALUE;
	l->devices = calloc(b->n_devices + 1, sizeof *l->devices);
	if (l->devices == NULL)
		return -ENOMEM;
	l->n_devices = (uint32_t)b->n_devices;
	for (size_t i = 0; i < b->n_devices; i++) {
		if (b->devices[i]->n_metrics > WIRE_MAX_SLOTS - l->n_slots)
			return WIRE_BAD_VALUE;
		int r = device_from(b->devices[i], &l->devices[i], l->n_slots);
		if (r != 0)
			return r;
		l->n_slots += l->devices[i].n_slots;
	}
	return 0;
}

int wire_layout_from_birth(const pb_birth *b, uint32_t boot_id, uint64_t mono_ms,
			   struct wire_layout **ret)
{
	if (b->protocol == 0 || b->layout == 0 || b->layout > WIRE_MAX_LAYOUT_NUMBER ||
	    b->wall_ms > WIRE_MAX_WALL_MS || !wire_text_ok(b->version))
		return WIRE_BAD_VALUE;

	struct wire_layout *l = calloc(1, sizeof *l);
	if (l == NULL)
		return -ENOMEM;
	l->boot_id = boot_id;
	l->number = b->layout;
	l->session = b->session;
	l->wall_ms = b->wall_ms;
	l->mono_ms = mono_ms;
	l->version = strdup(b->version);
	int r = l->version != NULL ? devices_from(b, l) : -ENOMEM;
	if (r != 0) {
		wire_layout_free(l);
		return r;
	}
	*ret = l;
	return 0;
}
