/* plan.h - what one device is asked in a round, and what its answers mean. Pure.
 *
 * A plan starts with every object that a profile can use (plan_new), is filled once, and is then cut
 * down to what this device has (plan_settle): from there on one small request is a round. */
#ifndef LW_PLAN_H
#define LW_PLAN_H

#include "agent/core/arena.h"
#include "agent/core/profile.h"
#include "agent/core/value.h"
#include "common/core/reading.h"

enum { PLAN_LABEL_MAX = 63, PLAN_TEXT_MAX = 255, PLAN_NO_ASK = 0xffff };

/* A row of a profile's table as found on the device. */
struct plan_row {
	struct oid suffix;
	const char *label; /* "" : none */
	bool unused;	   /* listed, but nobody uses it */
};
struct plan_table {
	unsigned n;
	const struct plan_row *rows;
};

struct plan_slot {
	const struct profile_row *row;
	uint8_t line;  /* 1..3 of a row with lines, else 0 */
	bool unused;   /* its table row is listed but unused */
	bool alive;    /* was once good and above zero */
	bool rescaled; /* its factor was learned to be row->rescale */
	bool decided;  /* the factor is learned */
	uint16_t instance;
	const char *label; /* NULL: none */
	uint32_t first, n; /* its objects: plan->refs[first..first+n), numbers of asks */
};

/* A column that is walked in every round, because its rows come and go. */
struct plan_walk {
	struct oid column;
	uint16_t guard; /* ask; PLAN_NO_ASK: none */
};

struct plan {
	const struct profile *profile;
	struct arena arena;
	unsigned n_asks;
	struct oid *asks;
	unsigned n_refs;
	uint16_t *refs;
	unsigned n_slots;
	struct plan_slot *slots;
	unsigned n_walks;
	struct plan_walk *walks;
};

/* One round's answers: values[i] answers asks[i]; walked[w] holds walk w's values. */
struct plan_walked {
	bool done; /* the walk was made, or its guard says that there is nothing */
	unsigned n;
	const struct value *values;
};
struct plan_answers {
	const struct value *values;
	const struct plan_walked *walked;
};

/* `tables`: one per table of the profile and then of each that it names in `also`, in order.
 * Returns -ENOMEM, or -E2BIG when the device has more objects than a plan takes. */
int plan_new(struct plan **ret, const struct profile *p, const struct plan_table *tables);
void plan_free(struct plan *p); /* accepts NULL */

/* Calls for each table in the order that plan_new wants. NULL: no more. */
const struct profile_table *plan_table_at(const struct profile *p, size_t i);

/* Every slot as a reading; returns how many were written (plan->n_slots). Texts are left out: those
 * come from plan_identity. `ret` has room for n_slots. */
size_t plan_decode(struct plan *p, const struct plan_answers *a, struct reading *ret);

/* The i-th text of the profile. Returns its length (0: the device does not tell), -ENOENT past the
 * last. Bounded, UTF-8, without blanks around it. */
int plan_identity(const struct plan *p, const struct plan_answers *a, size_t i,
		  uint16_t *ret_metric, char *ret_text);

/* The plan of what the device has: `readings` are plan_decode's of the same answers. */
int plan_settle(struct plan **ret, const struct plan *p, const struct plan_answers *a,
		const struct reading *readings);

/* Takes over what an earlier plan of the same device has learned: which lines live, whose tenths. */
void plan_inherit(struct plan *p, const struct plan *earlier);

/* Makes a bounded, trimmed UTF-8 text of what a device sent. Returns its length. */
size_t text_clean(const char *in, size_t length, char *out, size_t size);

/* Looks "key" up among the lines "key=value" of a text. */
bool text_lookup(const char *text, size_t length, const char *key, size_t key_length, double *ret);

#endif
