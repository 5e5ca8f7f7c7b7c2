#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "common/core/registry.h"
#include "linewatch.pb-c.h"

/* Promise: no field can hold a caller's number, name or words. Every field of every message that can
 * hold text stands here with what it holds; a new one must be defended here first. */
static const struct {
	const char *field, *holds;
} texts[] = {
	{ "Birth.version", "the agent's version" },
	{ "Device.id", "an id of the topology" },
	{ "Device.device_class", "a word of the design" },
	{ "Device.profile", "the name of a profile file" },
	{ "Label.text", "a file system, port or account by its place" },
	{ "Identity.text", "a text metric of the registry, below" },
	{ "Control.collector", "an id of the configuration" },
	{ "Control.poll_now", "ids of the topology" },
	{ "CollectorState.collector", "an id of the configuration" },
};

/* The text metrics: identities of devices, never of people. */
static const char *const identities[] = { "sys.name",	  "sys.descr",	    "device.vendor",
					  "device.model", "device.version", "device.serial" };

static const ProtobufCMessageDescriptor *const messages[] = {
	&linewatch__v1__report__descriptor,	     &linewatch__v1__birth__descriptor,
	&linewatch__v1__backlog__descriptor,	     &linewatch__v1__device__descriptor,
	&linewatch__v1__label__descriptor,	     &linewatch__v1__identity__descriptor,
	&linewatch__v1__event__descriptor,	     &linewatch__v1__death__descriptor,
	&linewatch__v1__control__descriptor,	     &linewatch__v1__range__descriptor,
	&linewatch__v1__collector_state__descriptor,
};

static bool known_message(const ProtobufCMessageDescriptor *d)
{
	for (size_t i = 0; i < sizeof messages / sizeof *messages; i++)
		if (messages[i] == d)
			return true;
	return false;
}

static bool defended(const char *message, const char *field)
{
	char name[96];

	(void)snprintf(name, sizeof name, "%s.%s", message, field);
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		if (strcmp(texts[i].field, name) == 0)
			return true;
	return false;
}

Test(promise, every_field_that_can_hold_text_is_accounted_for)
{
	size_t n = 0;

	for (size_t i = 0; i < sizeof messages / sizeof *messages; i++) {
		const ProtobufCMessageDescriptor *m = messages[i];

		for (unsigned k = 0; k < m->n_fields; k++) {
			const ProtobufCFieldDescriptor *f = &m->fields[k];

			if (f->type == PROTOBUF_C_TYPE_MESSAGE)
				cr_expect(known_message(f->descriptor),
					  "%s.%s leads to a message that is not listed",
					  m->short_name, f->name);
			if (f->type != PROTOBUF_C_TYPE_STRING && f->type != PROTOBUF_C_TYPE_BYTES)
				continue;
			n++;
			cr_expect(defended(m->short_name, f->name), "%s.%s can hold text: whose?",
				  m->short_name, f->name);
		}
	}
	cr_expect_eq(n, sizeof texts / sizeof *texts);
}

Test(promise, text_metrics_are_identities_of_devices)
{
	size_t n = 0;

	for (size_t i = 0; metric_at(i) != NULL; i++) {
		const struct metric *m = metric_at(i);
		bool known = false;

		if (m->kind != METRIC_TEXT)
			continue;
		n++;
		for (size_t k = 0; k < sizeof identities / sizeof *identities; k++)
			known = known || strcmp(identities[k], m->name) == 0;
		cr_expect(known, "%s is a text: whose?", m->name);
	}
	cr_expect_eq(n, sizeof identities / sizeof *identities);
}
