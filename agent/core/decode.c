/* decode.c - answers become readings: scale, states, sentinels, sums, phantom lines. */
#include <errno.h>
#include <math.h>
#include <string.h>

#include "agent/core/plan.h"

struct outcome {
	enum reading_reason reason;
	double value;
};

static struct outcome bad(enum reading_reason reason)
{
	return (struct outcome){ reason, 0 };
}

static bool answered(const struct value *v)
{
	return v->type != VALUE_UNASKED && v->type != VALUE_MISSING;
}

static bool empty(const struct value *v)
{
	return v->type == VALUE_NULL || (v->type == VALUE_TEXT && v->length == 0);
}

/* All ones in 16, 31 or 32 bits and their neighbours, and -1: "not available" in every MIB here. */
static bool default_sentinel(int64_t n)
{
	static const int64_t usual[] = { -1,	     65535,	 65534,	     655350,
					 2147483647, 4294967295, 4294967294, -2147483648LL };

	for (size_t i = 0; i < sizeof usual / sizeof *usual; i++)
		if (usual[i] == n)
			return true;
	return false;
}

static bool is_sentinel(const struct profile_row *row, double raw)
{
	int64_t n = (int64_t)raw;

	if (raw != floor(raw) || fabs(raw) > 9e15)
		return false;
	for (unsigned i = 0; i < row->n_sentinels; i++)
		if (row->sentinels[i] == n)
			return true;
	if (row->raw || metric_by_id(row->metric)->kind != METRIC_GAUGE)
		return false;
	return default_sentinel(n);
}

static enum reading_reason number_of(const struct profile_row *row, const struct value *v,
				     double *ret)
{
	if (!answered(v))
		return REASON_MISSING;
	if (empty(v))
		return REASON_SENTINEL;
	if (!value_number(v, ret))
		return REASON_TYPE;
	return is_sentinel(row, *ret) ? REASON_SENTINEL : REASON_GOOD;
}

static bool text_equals(const struct value *v, const char *text)
{
	char buf[PLAN_TEXT_MAX + 1];

	if (v->type != VALUE_TEXT)
		return false;
	(void)text_clean(v->text, v->length, buf, sizeof buf);
	return strcmp(buf, text) == 0;
}

static struct outcome decode_state(const struct profile_row *row, const struct value *v)
{
	double n = 0;
	bool number = answered(v) && value_number(v, &n);

	if (!answered(v))
		return bad(REASON_MISSING);
	for (unsigned i = 0; i < row->n_states; i++) {
		const struct row_state *s = &row->states[i];

		if (s->text != NULL ? text_equals(v, s->text) : number && n == (double)s->from)
			return (struct outcome){ REASON_GOOD, (double)s->to };
	}
	/* a number outside the enumeration, or a text that is none of the words */
	return bad(number || empty(v) ? REASON_SENTINEL : REASON_TYPE);
}

static struct outcome decode_sum(const struct profile_row *row, const struct value *const *v)
{
	unsigned n = row->n_plus + row->n_minus;
	double sum = 0, whole = 0, x = 0;

	for (unsigned i = 0; i < n; i++) {
		enum reading_reason why = number_of(row, v[i], &x);

		if (why != REASON_GOOD)
			return bad(why);
		sum += i < row->n_plus ? x : -x;
	}
	if (row->percent_of.n > 0) {
		if (!answered(v[n]))
			return bad(REASON_MISSING);
		if (!value_number(v[n], &whole) || whole <= 0)
			return bad(REASON_SENTINEL); /* an empty drive has size 0 */
		return (struct outcome){ REASON_GOOD, 100 * sum / whole };
	}
	return (struct outcome){ REASON_GOOD, sum * row->scale + row->offset };
}

static bool look_up(const struct value *const *v, uint32_t n, const char *key, size_t key_length,
		    double *ret)
{
	for (uint32_t i = 0; i < n; i++)
		if (v[i]->type == VALUE_TEXT &&
		    text_lookup(v[i]->text, v[i]->length, key, key_length, ret))
			return true;
	return false;
}

/* "a+b": every part must be there. */
static struct outcome decode_key(const struct profile_row *row, const struct value *const *v,
				 uint32_t n)
{
	double sum = 0, x = 0;
	const char *key = row->key;

	for (;;) {
		size_t length = strcspn(key, "+");

		if (!look_up(v, n, key, length, &x))
			return bad(REASON_MISSING);
		if (is_sentinel(row, x))
			return bad(REASON_SENTINEL);
		sum += x;
		if (key[length] == '\0')
			break;
		key += length + 1;
	}
	return (struct outcome){ REASON_GOOD, sum * row->scale + row->offset };
}

static bool lists(const struct plan_walked *w, struct oid o)
{
	for (unsigned i = 0; i < w->n; i++)
		if (w->values[i].type == VALUE_OID && oid_equal(w->values[i].oid, o))
			return true;
	return false;
}

static bool among(const struct row_cond *c, double x)
{
	for (unsigned i = 0; i < c->n_values; i++)
		if (x == (double)c->values[i])
			return true;
	return false;
}

static bool cond_holds(const struct row_cond *c, const struct value *v)
{
	double x = 0;

	if (!answered(v) || !value_number(v, &x))
		return false;
	if (c->op == COND_ABOVE)
		return x > (double)c->values[0] && !default_sentinel((int64_t)x);
	return among(c, x) == (c->op == COND_IN);
}

static struct outcome decode_rules(const struct plan *p, const struct plan_slot *s,
				   const struct plan_answers *a)
{
	const uint16_t *ref = &p->refs[s->first];
	bool any = false;

	for (unsigned r = 0; r < s->row->n_rules; r++) {
		const struct row_rule *rule = &s->row->rules[r];
		bool holds = true;

		for (unsigned c = 0; c < rule->n_conds; c++, ref++) {
			const struct row_cond *cond = &rule->conds[c];

			if (cond->op == COND_LISTS) {
				holds = holds && a->walked != NULL &&
					lists(&a->walked[*ref], cond->listed);
			} else {
				any = any ||
				      (answered(&a->values[*ref]) && !empty(&a->values[*ref]));
				holds = holds && cond_holds(cond, &a->values[*ref]);
			}
		}
		if (holds)
			return (struct outcome){ REASON_GOOD, (double)rule->becomes };
	}
	return bad(any ? REASON_SENTINEL : REASON_MISSING);
}

static struct outcome decode_bits(const struct plan *p, const struct plan_slot *s,
				  const struct plan_answers *a)
{
	const struct plan_walked *w = a->walked != NULL ? &a->walked[p->refs[s->first]] : NULL;
	uint64_t bits = 0;

	if (w == NULL || !w->done)
		return bad(REASON_MISSING);
	for (unsigned i = 0; i < w->n; i++) {
		const struct value *v = &w->values[i];

		if (v->type != VALUE_OID || v->oid.n != s->row->under.n + 1 ||
		    !oid_under(v->oid, s->row->under))
			continue;
		uint32_t number = v->oid.id[v->oid.n - 1];
		if (number >= 1 && number <= 24)
			bits |= UINT64_C(1) << (number - 1);
	}
	return (struct outcome){ REASON_GOOD, (double)bits };
}

/* A sum or a count is as good as the worst of its rows: part of it is no number at all. */
static struct outcome decode_table(const struct plan_slot *s, const struct value *const *v)
{
	double sum = 0, x = 0;

	for (uint32_t i = 0; i < s->n; i++) {
		if (!answered(v[i]))
			return bad(REASON_MISSING);
		if (empty(v[i]))
			return bad(REASON_SENTINEL);
		if (s->row->kind == ROW_COUNT) {
			sum += text_equals(v[i], s->row->equals) ||
			       (value_number(v[i], &x) && s->row->n_sentinels > 0 &&
				x == (double)s->row->sentinels[0]);
			continue;
		}
		enum reading_reason why = number_of(s->row, v[i], &x);
		if (why != REASON_GOOD)
			return bad(why);
		sum += x;
	}
	if (s->row->mean)
		sum /= s->n;
	return (struct outcome){ REASON_GOOD, sum * s->row->scale };
}

enum { MAX_GATHER = 80 };

static struct outcome decode_slot(const struct plan *p, const struct plan_slot *s,
				  const struct plan_answers *a)
{
	const struct value *v[MAX_GATHER];
	uint32_t n = s->n < MAX_GATHER ? s->n : MAX_GATHER;

	if (s->row->kind == ROW_RULES)
		return decode_rules(p, s, a);
	if (s->row->kind == ROW_BITS)
		return decode_bits(p, s, a);
	for (uint32_t i = 0; i < n; i++)
		v[i] = &a->values[p->refs[s->first + i]];
	if (s->row->kind == ROW_TEXT || n == 0)
		return bad(REASON_MISSING);
	if (s->row->kind == ROW_COUNT || s->row->kind == ROW_TOTAL)
		return decode_table(s, v);
	if (s->row->key != NULL)
		return decode_key(s->row, v, n);
	if (s->row->n_states > 0)
		return decode_state(s->row, v[0]);
	return decode_sum(s->row, v);
}

/* Some cards send tenths where the MIB says whole units: a value that cannot be, and whose tenth
 * can, is of such a card. Learned once, so that one lie does not change it. */
static struct outcome in_range(struct plan_slot *s, struct outcome o)
{
	const struct metric *m = metric_by_id(s->row->metric);
	bool can_rescale = s->row->rescale > 0 && (!s->decided || s->rescaled);

	if (o.reason != REASON_GOOD)
		return o;
	if (s->rescaled)
		o.value *= s->row->rescale;
	else if (can_rescale && !metric_in_range(m, o.value) &&
		 metric_in_range(m, o.value * s->row->rescale)) {
		o.value *= s->row->rescale;
		s->rescaled = true;
	}
	if (!metric_in_range(m, o.value))
		return bad(REASON_RANGE);
	s->decided = true;
	return o;
}

static const struct reading *find(const struct plan *p, const struct reading *r, uint16_t metric,
				  uint8_t line, const struct plan_slot **ret_slot)
{
	const struct reading *seen = NULL;

	for (unsigned i = 0; i < p->n_slots; i++) {
		if (r[i].metric != metric || p->slots[i].line != line)
			continue;
		if (seen == NULL || r[i].reason == REASON_GOOD) {
			seen = &r[i];
			*ret_slot = &p->slots[i];
		}
		if (r[i].reason == REASON_GOOD)
			break;
	}
	return seen;
}

static bool live(const struct plan *p, const struct reading *r, uint16_t metric, uint8_t line)
{
	const struct plan_slot *s = NULL;
	const struct reading *v = find(p, r, metric, line, &s);

	return v != NULL && ((v->reason == REASON_GOOD && v->value > 0) || s->alive);
}

static bool same(const struct plan *p, const struct reading *r, uint16_t metric, uint8_t line)
{
	const struct plan_slot *s = NULL;
	const struct reading *one = find(p, r, metric, 1, &s);
	const struct reading *other = find(p, r, metric, line, &s);

	return one == NULL || other == NULL || one->reason != other->reason ||
	       one->value == other->value;
}

/* Is line 2 or 3 of a group there at all? A voltage of 0 on the first line too may be an outage:
 * then the output tells how many lines there are. */
static bool line_is_phantom(const struct plan *p, const struct reading *r, uint16_t voltage,
			    uint8_t line)
{
	const struct plan_slot *s = NULL;

	if (find(p, r, voltage, line, &s) == NULL)
		return false; /* nothing to judge by */
	if (p->profile->repeats_lines && voltage == M_OUTPUT_VOLTAGE &&
	    !live(p, r, M_INPUT_VOLTAGE, line) && same(p, r, M_OUTPUT_VOLTAGE, line) &&
	    same(p, r, M_OUTPUT_LOAD, line))
		return true;
	if (live(p, r, voltage, line))
		return false;
	if (live(p, r, voltage, 1))
		return true;
	return !live(p, r, M_OUTPUT_VOLTAGE, line);
}

static const uint16_t groups[][6] = {
	{ M_INPUT_VOLTAGE, M_INPUT_FREQUENCY, M_INPUT_CURRENT },
	{ M_OUTPUT_VOLTAGE, M_OUTPUT_LOAD, M_OUTPUT_CURRENT, M_OUTPUT_POWER, M_OUTPUT_FREQUENCY },
	{ M_BYPASS_VOLTAGE },
};

static void hide_line(const struct plan *p, struct reading *r, const uint16_t *group, uint8_t line)
{
	for (unsigned i = 0; i < p->n_slots; i++)
		for (unsigned k = 0; k < 6 && group[k] != 0; k++)
			if (p->slots[i].line == line && r[i].metric == group[k])
				r[i].reason = REASON_PHANTOM;
}

static void hide_phantoms(struct plan *p, struct reading *r)
{
	bool phantom[sizeof groups / sizeof *groups][PROFILE_MAX_LINES + 1] = { { false } };

	for (unsigned g = 0; g < sizeof groups / sizeof *groups; g++)
		for (uint8_t line = 2; line <= PROFILE_MAX_LINES; line++)
			phantom[g][line] = line_is_phantom(p, r, groups[g][0], line);
	for (unsigned g = 0; g < sizeof groups / sizeof *groups; g++)
		for (uint8_t line = 2; line <= PROFILE_MAX_LINES; line++)
			if (phantom[g][line])
				hide_line(p, r, groups[g], line);
	for (unsigned i = 0; i < p->n_slots; i++)
		if (r[i].reason == REASON_GOOD && r[i].value > 0)
			p->slots[i].alive = true;
}

size_t plan_decode(struct plan *p, const struct plan_answers *a, struct reading *ret)
{
	for (unsigned i = 0; i < p->n_slots; i++) {
		struct plan_slot *s = &p->slots[i];
		struct outcome o = in_range(s, decode_slot(p, s, a));

		if (s->unused)
			o = bad(REASON_PHANTOM);
		ret[i] = (struct reading){ .metric = s->row->metric,
					   .instance = s->instance,
					   .reason = (uint8_t)o.reason,
					   .label = s->label,
					   .value = o.value };
	}
	hide_phantoms(p, ret);
	return p->n_slots;
}

static size_t identity_text(const struct plan *p, const struct plan_answers *a, unsigned slot,
			    char *ret)
{
	const struct plan_slot *s = &p->slots[slot];
	const struct value *v = s->n > 0 ? &a->values[p->refs[s->first]] : NULL;

	ret[0] = '\0';
	if (v == NULL || v->type != VALUE_TEXT)
		return 0;
	return text_clean(v->text, v->length, ret, PLAN_TEXT_MAX + 1);
}

int plan_identity(const struct plan *p, const struct plan_answers *a, size_t i,
		  uint16_t *ret_metric, char *ret_text)
{
	size_t seen = 0;

	for (unsigned s = 0; s < p->n_slots; s++) {
		if (p->slots[s].row->kind != ROW_TEXT || seen++ != i)
			continue;
		*ret_metric = p->slots[s].row->metric;
		return (int)identity_text(p, a, s, ret_text);
	}
	return -ENOENT;
}
