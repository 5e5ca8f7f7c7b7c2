/* plan.c - a profile laid out over one device: which objects to ask for, and which of them stay. */
#include "agent/core/plan.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_ASKS = 4096, MAX_SLOTS = 4096, MAX_REFS = 16384, MAX_WALKS = 8, EXTEND_LINES = 24 };

/* A plan under construction: growing arrays, with an index to find equal objects. */
struct builder {
	struct plan *p;
	const struct plan_table *tables;
	uint16_t index[MAX_ASKS * 2]; /* ask + 1 by hash */
	int error;
};

static void *grown(struct builder *b, void *array, unsigned n, size_t item)
{
	void *bigger = array;

	if (n == 0 || (n >= 16 && (n & (n - 1)) == 0)) {
		bigger = realloc(array, (n == 0 ? 16 : (size_t)n * 2) * item);
		if (bigger == NULL)
			b->error = -ENOMEM;
	}
	return bigger != NULL ? bigger : array;
}

static uint32_t hash_of(struct oid o)
{
	uint32_t h = 2166136261u;

	for (unsigned i = 0; i < o.n; i++)
		h = (h ^ o.id[i]) * 16777619u;
	return h ^ (h >> 15);
}

/* The number of the ask for `o`, made when it is new. */
static uint16_t ask_for(struct builder *b, struct oid o)
{
	struct plan *p = b->p;
	uint32_t mask = MAX_ASKS * 2 - 1;
	uint32_t h = hash_of(o) & mask;

	while (b->index[h] != 0) {
		if (oid_equal(p->asks[b->index[h] - 1], o))
			return (uint16_t)(b->index[h] - 1);
		h = (h + 1) & mask;
	}
	uint32_t *ids = arena_alloc(&p->arena, (o.n > 0 ? o.n : 1) * sizeof *ids);
	p->asks = grown(b, p->asks, p->n_asks, sizeof *p->asks);
	if (ids == NULL)
		b->error = -ENOMEM;
	else if (p->n_asks == MAX_ASKS)
		b->error = -E2BIG;
	if (b->error < 0)
		return 0;
	if (o.n > 0)
		memcpy(ids, o.id, o.n * sizeof *ids);
	p->asks[p->n_asks] = (struct oid){ ids, o.n };
	b->index[h] = (uint16_t)(p->n_asks + 1);
	return (uint16_t)p->n_asks++;
}

static void ref(struct builder *b, uint16_t ask)
{
	struct plan *p = b->p;

	if (b->error < 0)
		return;
	p->refs = grown(b, p->refs, p->n_refs, sizeof *p->refs);
	if (p->n_refs == MAX_REFS)
		b->error = -E2BIG;
	if (b->error == 0)
		p->refs[p->n_refs++] = ask;
}

/* `base` with up to two suffixes, as an ask; an absent base (n == 0) is no object. */
static void ref_object(struct builder *b, struct oid base, struct oid suffix, bool dot_zero)
{
	uint32_t ids[OID_MAX];
	unsigned n = base.n;

	if (base.n + suffix.n + 1 > OID_MAX) {
		b->error = -E2BIG;
		return;
	}
	memcpy(ids, base.id, base.n * sizeof *ids);
	if (suffix.n > 0)
		memcpy(ids + n, suffix.id, suffix.n * sizeof *ids);
	n += suffix.n;
	if (dot_zero)
		ids[n++] = 0;
	struct oid o = { ids, n };
	if (oid_refused(o))
		b->error = -EACCES;
	else
		ref(b, ask_for(b, o));
}

static struct plan_slot *slot_new(struct builder *b, const struct profile_row *row)
{
	static struct plan_slot nowhere;
	struct plan *p = b->p;

	p->slots = grown(b, p->slots, p->n_slots, sizeof *p->slots);
	if (p->n_slots == MAX_SLOTS)
		b->error = -E2BIG;
	if (b->error < 0)
		return &nowhere;
	struct plan_slot *s = &p->slots[p->n_slots++];
	memset(s, 0, sizeof *s);
	s->row = row;
	s->first = p->n_refs;
	return s;
}

static void slot_end(struct builder *b, struct plan_slot *s)
{
	if (b->error == 0)
		s->n = b->p->n_refs - s->first;
}

/* The objects of a number row, with the same suffix each. */
static void ref_row(struct builder *b, const struct profile_row *row, struct oid suffix, bool zero)
{
	for (unsigned i = 0; i < row->n_plus + row->n_minus; i++)
		ref_object(b, row->oids[i], suffix, zero);
	if (row->percent_of.n > 0)
		ref_object(b, row->percent_of, suffix, zero);
}

static void add_lines(struct builder *b, const struct profile_row *row)
{
	for (uint32_t line = 1; line <= row->lines; line++) {
		struct oid suffix = { &line, 1 };

		for (int zero = 0; zero <= 1; zero++) {
			struct plan_slot *s = slot_new(b, row);
			s->line = (uint8_t)line;
			s->instance = (uint16_t)(line - 1);
			ref_row(b, row, suffix, zero == 1);
			slot_end(b, s);
		}
	}
}

static void add_each_table_row(struct builder *b, const struct profile_row *row)
{
	const struct plan_table *t = &b->tables[row->table];

	for (unsigned i = 0; i < t->n; i++) {
		struct plan_slot *s = slot_new(b, row);
		const char *label = t->rows[i].label;

		s->instance = (uint16_t)i;
		s->unused = t->rows[i].unused;
		if (label[0] != '\0')
			s->label = arena_text(&b->p->arena, label, strlen(label));
		ref_row(b, row, t->rows[i].suffix, false);
		slot_end(b, s);
	}
}

/* Counting and adding up take all rows of the table into one slot. */
static void add_whole_table(struct builder *b, const struct profile_row *row)
{
	const struct plan_table *t = &b->tables[row->table];

	if (t->n == 0)
		return;
	struct plan_slot *s = slot_new(b, row);
	for (unsigned i = 0; i < t->n; i++)
		ref_object(b, row->oids[0], t->rows[i].suffix, false);
	slot_end(b, s);
}

/* Text of an extend script: the whole output, then its lines one by one where there is no such. */
static void add_extend(struct builder *b, const struct profile_row *row)
{
	struct plan_slot *s = slot_new(b, row);
	struct oid none = { NULL, 0 };

	ref_object(b, row->oids[0], none, false);
	for (uint32_t line = 1; line <= EXTEND_LINES; line++)
		ref_object(b, row->oids[1], (struct oid){ &line, 1 }, false);
	slot_end(b, s);
}

static uint16_t walk_for(struct builder *b, struct oid column, struct oid guard)
{
	struct plan *p = b->p;
	uint16_t guard_ask = guard.n > 0 ? ask_for(b, guard) : PLAN_NO_ASK;

	for (unsigned i = 0; i < p->n_walks; i++)
		if (oid_equal(p->walks[i].column, column))
			return (uint16_t)i;
	p->walks = grown(b, p->walks, p->n_walks, sizeof *p->walks);
	if (p->n_walks == MAX_WALKS || oid_refused(column))
		b->error = -E2BIG;
	if (b->error < 0)
		return 0;
	p->walks[p->n_walks] = (struct plan_walk){ column, guard_ask };
	return (uint16_t)p->n_walks++;
}

static void add_rules(struct builder *b, const struct profile_row *row)
{
	struct plan_slot *s = slot_new(b, row);
	struct oid none = { NULL, 0 };

	for (unsigned r = 0; r < row->n_rules; r++) {
		for (unsigned c = 0; c < row->rules[r].n_conds; c++) {
			const struct row_cond *cond = &row->rules[r].conds[c];

			if (cond->op == COND_LISTS)
				ref(b, walk_for(b, cond->oid, row->guard));
			else
				ref_object(b, cond->oid, none, false);
		}
	}
	slot_end(b, s);
}

static void add_bits(struct builder *b, const struct profile_row *row)
{
	struct plan_slot *s = slot_new(b, row);

	ref(b, walk_for(b, row->walk, row->guard));
	slot_end(b, s);
}

static void add_plain(struct builder *b, const struct profile_row *row)
{
	struct plan_slot *s = slot_new(b, row);

	ref_row(b, row, (struct oid){ NULL, 0 }, false);
	slot_end(b, s);
}

static void add_row(struct builder *b, const struct profile_row *row)
{
	if (row->kind == ROW_RULES)
		add_rules(b, row);
	else if (row->kind == ROW_BITS)
		add_bits(b, row);
	else if (row->kind == ROW_COUNT || row->kind == ROW_TOTAL)
		add_whole_table(b, row);
	else if (row->table >= 0)
		add_each_table_row(b, row);
	else if (row->lines > 0)
		add_lines(b, row);
	else if (row->key != NULL)
		add_extend(b, row);
	else
		add_plain(b, row);
}

const struct profile_table *plan_table_at(const struct profile *p, size_t i)
{
	if (i < p->n_tables)
		return &p->tables[i];
	i -= p->n_tables;
	for (unsigned k = 0; k < p->n_also; k++) {
		if (i < p->also[k]->n_tables)
			return &p->also[k]->tables[i];
		i -= p->also[k]->n_tables;
	}
	return NULL;
}

static void add_profile(struct builder *b, const struct profile *p)
{
	for (unsigned i = 0; i < p->n_rows && b->error == 0; i++)
		add_row(b, &p->rows[i]);
	b->tables += p->n_tables;
}

int plan_new(struct plan **ret, const struct profile *p, const struct plan_table *tables)
{
	struct builder *b = calloc(1, sizeof *b);
	int r;

	if (b == NULL)
		return -ENOMEM;
	b->tables = tables;
	b->p = calloc(1, sizeof *b->p);
	if (b->p == NULL) {
		free(b);
		return -ENOMEM;
	}
	b->p->profile = p;
	add_profile(b, p);
	for (unsigned k = 0; k < p->n_also && b->error == 0; k++)
		add_profile(b, p->also[k]);
	r = b->error;
	if (r < 0)
		plan_free(b->p);
	else
		*ret = b->p;
	free(b);
	return r;
}

void plan_free(struct plan *p)
{
	if (p == NULL)
		return;
	free(p->asks);
	free(p->refs);
	free(p->slots);
	free(p->walks);
	arena_fini(&p->arena);
	free(p);
}

static bool answered(const struct value *v)
{
	return v->type != VALUE_UNASKED && v->type != VALUE_MISSING;
}

/* Does any slot of this row tell something, and how much? 2: a good value, 1: a known defect. */
static int row_worth(const struct plan *p, const struct profile_row *row,
		     const struct reading *readings)
{
	int worth = 0;

	for (unsigned i = 0; i < p->n_slots; i++) {
		if (p->slots[i].row != row)
			continue;
		if (readings[i].reason == REASON_GOOD)
			return 2;
		if (readings[i].reason != REASON_MISSING && readings[i].reason != REASON_PHANTOM)
			worth = 1;
	}
	return worth;
}

/* The row that speaks for a metric: the first with a good value, else the first with any. */
static const struct profile_row *winner(const struct plan *p, uint16_t metric,
					const struct reading *readings)
{
	const struct profile_row *best = NULL, *last = NULL;
	int best_worth = 0;

	for (unsigned i = 0; i < p->n_slots && best_worth < 2; i++) {
		const struct profile_row *row = p->slots[i].row;

		if (row->metric != metric || row == last)
			continue;
		last = row;
		int worth = row_worth(p, row, readings);
		if (worth > best_worth) {
			best = row;
			best_worth = worth;
		}
	}
	return best;
}

static bool slot_stays(const struct plan *p, unsigned i, const struct reading *readings)
{
	const struct plan_slot *s = &p->slots[i];

	if (s->row->kind == ROW_TEXT)
		return false; /* identities are told once */
	if (readings[i].reason == REASON_MISSING || readings[i].reason == REASON_PHANTOM)
		return s->unused;
	return winner(p, s->row->metric, readings) == s->row;
}

/* Of an extend script keep the whole text, or else the lines that are there. */
static bool ref_stays(const struct plan *p, const struct plan_slot *s, uint32_t k,
		      const struct plan_answers *a)
{
	const struct value *first = &a->values[p->refs[s->first]];

	if (s->row->kind != ROW_NUMBER || s->row->key == NULL || s->row->table >= 0)
		return true;
	if (answered(first))
		return k == 0;
	return answered(&a->values[p->refs[s->first + k]]);
}

static void copy_slot(struct builder *b, const struct plan *p, unsigned i,
		      const struct plan_answers *a)
{
	const struct plan_slot *from = &p->slots[i];
	bool walks = from->row->kind == ROW_BITS;
	struct plan_slot *s = slot_new(b, from->row);
	uint32_t first = s->first;

	if (b->error < 0)
		return;
	*s = *from;
	s->first = first;
	if (from->label != NULL)
		s->label = arena_text(&b->p->arena, from->label, strlen(from->label));
	unsigned slot = b->p->n_slots - 1;
	if (walks) {
		ref(b, walk_for(b, from->row->walk, from->row->guard));
	} else if (from->row->kind == ROW_RULES) {
		b->p->n_slots--; /* its references are of two kinds: laid out anew */
		bool alive = from->alive;
		add_rules(b, from->row);
		b->p->slots[slot].alive = alive;
		return;
	} else {
		for (uint32_t k = 0; k < from->n; k++)
			if (ref_stays(p, from, k, a))
				ref(b, ask_for(b, p->asks[p->refs[from->first + k]]));
	}
	slot_end(b, &b->p->slots[slot]);
}

int plan_settle(struct plan **ret, const struct plan *p, const struct plan_answers *a,
		const struct reading *readings)
{
	struct builder *b = calloc(1, sizeof *b);
	int r;

	if (b == NULL)
		return -ENOMEM;
	b->p = calloc(1, sizeof *b->p);
	if (b->p == NULL) {
		free(b);
		return -ENOMEM;
	}
	b->p->profile = p->profile;
	for (unsigned i = 0; i < p->n_slots && b->error == 0; i++)
		if (slot_stays(p, i, readings))
			copy_slot(b, p, i, a);
	r = b->error;
	if (r < 0)
		plan_free(b->p);
	else
		*ret = b->p;
	free(b);
	return r;
}

void plan_inherit(struct plan *p, const struct plan *earlier)
{
	for (unsigned i = 0; i < p->n_slots; i++) {
		struct plan_slot *s = &p->slots[i];

		for (unsigned k = 0; k < earlier->n_slots; k++) {
			const struct plan_slot *e = &earlier->slots[k];

			if (e->row != s->row || e->line != s->line || e->instance != s->instance)
				continue;
			s->alive = e->alive;
			s->decided = e->decided;
			s->rescaled = e->rescaled;
			break;
		}
	}
}
