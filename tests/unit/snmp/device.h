/* device.h - a device of a few objects, and a profile from text, for tests of match and decode. */
#ifndef TEST_SNMP_DEVICE_H
#define TEST_SNMP_DEVICE_H

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <string.h>

#include "agent/core/plan.h"
#include "agent/io/snmp/profile_file.h"

struct object {
	const char *oid;
	enum value_type type;
	int64_t number;
	const char *text;
};

struct bench {
	struct arena arena;
	struct profile *profile;
	struct plan *plan;
	struct value values[256];
	struct reading readings[256];
	size_t n;
};

static inline void bench_profile(struct bench *b, const char *yaml)
{
	char why[PROFILE_ERROR_MAX] = "";
	static const struct plan_table none[8];

	memset(b, 0, sizeof *b);
	int r = profile_parse(&b->arena, "test", (const unsigned char *)yaml, strlen(yaml),
			      &b->profile, why, sizeof why);
	cr_assert_eq(r, 0, "%s", why);
	cr_assert_eq(plan_new(&b->plan, b->profile, none), 0);
}

static inline void bench_read(struct bench *b, const struct object *objects, size_t n)
{
	struct plan_answers a = { .values = b->values };

	for (unsigned i = 0; i < b->plan->n_asks; i++) {
		char text[200];

		b->values[i] = (struct value){ .type = VALUE_MISSING };
		(void)oid_format(b->plan->asks[i], text, sizeof text);
		for (size_t k = 0; k < n; k++) {
			if (strcmp(objects[k].oid, text) != 0)
				continue;
			b->values[i].type = objects[k].type;
			b->values[i].number = objects[k].number;
			b->values[i].text = objects[k].text;
			b->values[i].length = objects[k].text != NULL ? strlen(objects[k].text) : 0;
		}
	}
	b->n = plan_decode(b->plan, &a, b->readings);
}

/* The one reading of a metric that is not simply missing, by instance; NULL: none. */
static inline const struct reading *bench_find(const struct bench *b, uint16_t metric,
					       uint16_t instance)
{
	for (size_t i = 0; i < b->n; i++)
		if (b->readings[i].metric == metric && b->readings[i].instance == instance &&
		    b->readings[i].reason != REASON_MISSING)
			return &b->readings[i];
	return NULL;
}

static inline void bench_fini(struct bench *b)
{
	plan_free(b->plan);
	arena_fini(&b->arena);
}

#endif
