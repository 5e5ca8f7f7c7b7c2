/* profile_compile.c - from the text of a profile file to rows, with a reason for each mistake. */
#include "agent/io/snmp/profile_compile.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct compiler {
	struct arena *arena;
	const char *row; /* name of the row at hand, for messages */
	struct oid base;
	char *err;
	size_t err_size;
	int r; /* the first mistake */
};

static void __attribute__((format(printf, 2, 3))) wrong(struct compiler *c, const char *format, ...)
{
	va_list args;
	int n = 0;

	if (c->r < 0)
		return;
	c->r = -EINVAL;
	if (c->row != NULL)
		n = snprintf(c->err, c->err_size, "%s: ", c->row);
	if (n < 0 || (size_t)n >= c->err_size)
		return;
	va_start(args, format);
	(void)vsnprintf(c->err + n, c->err_size - (size_t)n, format, args);
	va_end(args);
}

static void *get(struct compiler *c, size_t count, size_t size)
{
	static max_align_t nowhere[512];
	void *p = arena_alloc(c->arena, count * size);

	if (p != NULL)
		return p;
	c->r = -ENOMEM;
	return nowhere; /* nobody looks at it: c->r says so */
}

static const char *copy(struct compiler *c, const char *text)
{
	char *p = text != NULL ? arena_text(c->arena, text, strlen(text)) : NULL;

	return p != NULL ? p : "";
}

/* ".2.4.0" stands below the profile's base. */
static struct oid parse_oid(struct compiler *c, const char *text)
{
	uint32_t ids[OID_MAX];
	unsigned at = 0;
	int n;

	if (text[0] == '.') {
		if (c->base.n == 0)
			wrong(c, "%s: wants the profile's `base`", text);
		at = c->base.n;
	}
	n = oid_parse(text, ids);
	if (n < 0 || (unsigned)n + at > OID_MAX) {
		wrong(c, "'%s' is not an object identifier: numbers with dots between", text);
		return (struct oid){ NULL, 0 };
	}
	uint32_t *id = get(c, (unsigned)n + at, sizeof *id);
	if (c->r < 0)
		return (struct oid){ NULL, 0 };
	if (at > 0)
		memcpy(id, c->base.id, at * sizeof *id);
	memcpy(id + at, ids, (unsigned)n * sizeof *id);
	struct oid o = { id, (unsigned)n + at };
	if (oid_refused(o))
		wrong(c, "'%s' is in a table of calls or callers: never read", text);
	return o;
}

static struct oid optional_oid(struct compiler *c, const char *text)
{
	return text != NULL ? parse_oid(c, text) : (struct oid){ NULL, 0 };
}

static struct oid *parse_oids(struct compiler *c, char **texts, unsigned n)
{
	struct oid *o = get(c, n + 1, sizeof *o);

	for (unsigned i = 0; i < n && c->r == 0; i++)
		o[i] = parse_oid(c, texts[i]);
	return o;
}

/* nsExtendOutput of a script: 1.3.6.1.4.1.8072.1.3.2.COLUMN.LEN.NAME[.LINE] */
static struct oid extend_oid(struct compiler *c, const char *script, unsigned table, unsigned line)
{
	static const uint32_t prefix[] = { 1, 3, 6, 1, 4, 1, 8072, 1, 3, 2 };
	enum { N_PREFIX = sizeof prefix / sizeof *prefix };
	unsigned length = (unsigned)strlen(script);
	unsigned n = 0;

	if (length > 32) {
		wrong(c, "extend: '%s' is too long a name", script);
		return (struct oid){ NULL, 0 };
	}
	uint32_t *id = get(c, N_PREFIX + 5 + length, sizeof *id);
	if (c->r < 0)
		return (struct oid){ NULL, 0 };
	memcpy(id, prefix, sizeof prefix);
	n = N_PREFIX;
	id[n++] = table;
	id[n++] = 1;
	id[n++] = 2;
	id[n++] = length;
	for (unsigned i = 0; i < length; i++)
		id[n++] = (unsigned char)script[i];
	if (line > 0)
		id[n++] = line;
	return (struct oid){ id, n };
}

static bool word_value(struct compiler *c, const struct metric *m, const char *word, int64_t *ret)
{
	char *end = NULL;

	if (metric_parse_word(m, word, ret))
		return true;
	*ret = strtoll(word, &end, 10);
	if (end != word && *end == '\0' && metric_in_range(m, (double)*ret))
		return true;
	wrong(c, "'%s' is no state of %s", word, m->name);
	return false;
}

static char *trim(char *s)
{
	while (isspace((unsigned char)*s))
		s++;
	for (size_t n = strlen(s); n > 0 && isspace((unsigned char)s[n - 1]); n--)
		s[n - 1] = '\0';
	return s;
}

/* "3 6 7 = online" or "Not Registered = 0": adds one row_state per number, or one text. */
static unsigned parse_state(struct compiler *c, const struct metric *m, const char *text,
			    struct row_state *ret, unsigned room)
{
	char buf[200];
	char *equals, *end = NULL, *save = NULL;
	int64_t to = 0;
	unsigned n = 0;

	(void)snprintf(buf, sizeof buf, "%s", text);
	equals = strrchr(buf, '=');
	if (equals == NULL || strlen(text) >= sizeof buf) {
		wrong(c, "states: '%s' must read \"3 6 7 = word\"", text);
		return 0;
	}
	*equals = '\0';
	if (!word_value(c, m, trim(equals + 1), &to))
		return 0;
	if (strspn(buf, "-0123456789 ") < strlen(buf)) {
		ret[0] = (struct row_state){ .text = copy(c, trim(buf)), .to = to };
		return 1;
	}
	for (char *t = strtok_r(buf, " ", &save); t != NULL && n < room;
	     t = strtok_r(NULL, " ", &save))
		ret[n++] = (struct row_state){ .from = strtoll(t, &end, 10), .to = to };
	return n;
}

static void parse_states(struct compiler *c, const struct metric *m, const struct yaml_row *y,
			 struct profile_row *row)
{
	enum { ROOM = 64 };
	struct row_state s[ROOM] = { 0 };

	if (y->states_count == 0)
		return;
	for (unsigned i = 0; i < y->states_count && c->r == 0; i++) {
		if (row->n_states >= ROOM - PROFILE_MAX_VALUES) {
			wrong(c, "states: too many");
			return;
		}
		row->n_states +=
			parse_state(c, m, y->states[i], s + row->n_states, PROFILE_MAX_VALUES);
	}
	row->states = get(c, row->n_states, sizeof *s);
	if (c->r == 0)
		memcpy(row->states, s, row->n_states * sizeof *s);
}

/* "OID=1,2", "OID!=1", "OID>0", "OID lists OID" */
static void parse_cond(struct compiler *c, char *text, struct row_cond *ret)
{
	char *lists = strstr(text, " lists ");
	size_t n = strcspn(text, "=!>");
	char *save = NULL, *end = NULL, *values;

	if (lists != NULL) {
		*lists = '\0';
		ret->op = COND_LISTS;
		ret->oid = parse_oid(c, trim(text));
		ret->listed = parse_oid(c, trim(lists + 7));
		return;
	}
	if (text[n] == '\0') {
		wrong(c, "rules: '%s' must read OID=1,2 or OID!=1 or OID>0 or OID lists OID", text);
		return;
	}
	ret->op = text[n] == '!' ? COND_NOT_IN : text[n] == '>' ? COND_ABOVE : COND_IN;
	values = text + n + (text[n] == '!' ? 2 : 1);
	text[n] = '\0';
	ret->oid = parse_oid(c, trim(text));
	for (char *v = strtok_r(values, ", ", &save); v != NULL; v = strtok_r(NULL, ", ", &save)) {
		if (ret->n_values == PROFILE_MAX_VALUES) {
			wrong(c, "rules: more than %d values", PROFILE_MAX_VALUES);
			return;
		}
		ret->values[ret->n_values++] = strtoll(v, &end, 10);
		if (*end != '\0')
			wrong(c, "rules: '%s' is not a whole number", v);
	}
	if (ret->n_values == 0)
		wrong(c, "rules: a condition without a number");
}

/* "low_battery if OID=3 and OID=3,4" */
static void parse_rule(struct compiler *c, const struct metric *m, const char *text,
		       struct row_rule *ret)
{
	enum { MAX_CONDS = 6 };
	struct row_cond parsed[MAX_CONDS] = { 0 };
	char buf[500];
	char *conds, *next;

	(void)snprintf(buf, sizeof buf, "%s", text);
	conds = strstr(buf, " if ");
	if (conds == NULL || strlen(text) >= sizeof buf) {
		wrong(c, "rules: '%s' must read \"word if OID=1 and ...\"", text);
		return;
	}
	*conds = '\0';
	if (!word_value(c, m, trim(buf), &ret->becomes))
		return;
	for (conds += 4; conds != NULL && c->r == 0; conds = next) {
		next = strstr(conds, " and ");
		if (next != NULL) {
			*next = '\0';
			next += 5;
		}
		if (ret->n_conds == MAX_CONDS)
			wrong(c, "rules: more than %d conditions", MAX_CONDS);
		else
			parse_cond(c, conds, &parsed[ret->n_conds++]);
	}
	ret->conds = get(c, ret->n_conds, sizeof *parsed);
	if (c->r == 0)
		memcpy(ret->conds, parsed, ret->n_conds * sizeof *parsed);
}

static void parse_rules(struct compiler *c, const struct metric *m, const struct yaml_row *y,
			struct profile_row *row)
{
	row->kind = ROW_RULES;
	row->rules = get(c, y->rules_count, sizeof *row->rules);
	row->guard = optional_oid(c, y->guard);
	for (unsigned i = 0; i < y->rules_count && c->r == 0; i++)
		parse_rule(c, m, y->rules[i], &row->rules[row->n_rules++]);
}

/* ".3.3.1.3.N": the N goes, `lines` puts the numbers there. */
static struct oid main_oid(struct compiler *c, const struct yaml_row *y)
{
	char buf[300];
	size_t n = (size_t)snprintf(buf, sizeof buf, "%s", y->oid);

	if (y->lines > 0) {
		if (n < 3 || n >= sizeof buf || strcmp(buf + n - 2, ".N") != 0) {
			wrong(c, "'%s' must end in .N where `lines` is given", y->oid);
			return (struct oid){ NULL, 0 };
		}
		buf[n - 2] = '\0';
	}
	return parse_oid(c, buf);
}

static void parse_objects(struct compiler *c, const struct yaml_row *y, struct profile_row *row)
{
	struct oid *o = get(c, 2 + y->plus_count + y->minus_count, sizeof *o);
	unsigned n = 0;

	if (y->extend != NULL && y->key != NULL) {
		row->key = copy(c, y->key);
		o[0] = extend_oid(c, y->extend, 3, 0);
		o[1] = extend_oid(c, y->extend, 4, 0);
		n = 1;
	} else if (y->extend != NULL) {
		o[n++] = extend_oid(c, y->extend, 4, y->line);
	} else if (y->oid != NULL) {
		o[n++] = main_oid(c, y);
	}
	for (unsigned i = 0; i < y->plus_count && c->r == 0; i++)
		o[n++] = parse_oid(c, y->plus[i]);
	row->n_plus = n;
	for (unsigned i = 0; i < y->minus_count && c->r == 0; i++)
		o[n++] = parse_oid(c, y->minus[i]);
	row->n_minus = n - row->n_plus;
	row->oids = o;
	row->percent_of = optional_oid(c, y->percent_of);
	if (n == 0)
		wrong(c, "wants `oid`, `extend`, `rules` or `walk`");
	if (y->extend != NULL && y->key == NULL && y->line == 0)
		wrong(c, "`extend` wants `line` or `key`");
}

static void parse_numbers(struct compiler *c, const struct yaml_row *y, struct profile_row *row)
{
	row->scale = y->scale != NULL ? *y->scale : 1;
	row->offset = y->offset != NULL ? *y->offset : 0;
	row->rescale = y->rescale != NULL ? *y->rescale : 0;
	row->lines = y->lines;
	row->raw = y->raw || y->percent_of != NULL;
	if (y->lines > PROFILE_MAX_LINES)
		wrong(c, "lines must be at most %d", PROFILE_MAX_LINES);
	if (y->sentinels_count > PROFILE_MAX_SENTINELS)
		wrong(c, "at most %d sentinels", PROFILE_MAX_SENTINELS);
	for (unsigned i = 0; i < y->sentinels_count && c->r == 0; i++)
		row->sentinels[row->n_sentinels++] = y->sentinels[i];
}

static void parse_count(struct compiler *c, const struct yaml_row *y, struct profile_row *row)
{
	char *end = NULL;
	long long n = strtoll(y->count, &end, 10);

	row->kind = ROW_COUNT;
	row->equals = copy(c, y->count);
	if (end != y->count && *end == '\0')
		row->sentinels[row->n_sentinels++] = n; /* decode compares numbers with it */
}

static void compile_row(struct compiler *c, const struct yaml_row *y, int table,
			struct profile_row *row)
{
	const struct metric *m = metric_by_name(y->metric);

	c->row = y->metric;
	row->table = table;
	if (m == NULL || m->kind == METRIC_TEXT) {
		wrong(c, "no such metric");
		return;
	}
	row->metric = m->id;
	parse_numbers(c, y, row);
	if (y->rules_count > 0) {
		parse_rules(c, m, y, row);
	} else if (y->walk != NULL) {
		row->kind = ROW_BITS;
		row->walk = parse_oid(c, y->walk);
		row->guard = optional_oid(c, y->guard);
		row->under = optional_oid(c, y->under);
	} else {
		parse_objects(c, y, row);
		parse_states(c, m, y, row);
		row->mean = y->mean;
		if (y->total || y->mean)
			row->kind = ROW_TOTAL;
		if (y->count != NULL)
			parse_count(c, y, row);
		if (row->kind != ROW_NUMBER && table < 0)
			wrong(c, "`total`, `mean` and `count` stand in a table");
	}
}

static void compile_identity(struct compiler *c, const struct yaml_identity *y,
			     struct profile_row *row)
{
	const struct metric *m = metric_by_name(y->text);

	c->row = y->text;
	if (m == NULL || m->kind != METRIC_TEXT) {
		wrong(c, "no such identity");
		return;
	}
	row->metric = m->id;
	row->kind = ROW_TEXT;
	row->table = -1;
	row->scale = 1;
	row->n_plus = 1;
	row->oids = get(c, 1, sizeof *row->oids);
	if (c->r == 0)
		row->oids[0] = parse_oid(c, y->oid);
}

/* `keep:` is a list of OIDs, or of numbers. */
static void compile_keep(struct compiler *c, const struct yaml_table *y, struct profile_table *t)
{
	t->keep = get(c, y->keep_count + 1, sizeof *t->keep);
	for (unsigned i = 0; i < y->keep_count && c->r == 0; i++) {
		if (strchr(y->keep[i], '.') != NULL)
			t->keep[t->n_keep++] = parse_oid(c, y->keep[i]);
		else if (t->n_keep_numbers < PROFILE_MAX_VALUES)
			t->keep_numbers[t->n_keep_numbers++] = strtoll(y->keep[i], NULL, 10);
	}
}

static void compile_table(struct compiler *c, const struct yaml_table *y, struct profile_table *t)
{
	c->row = y->walk;
	t->walk = parse_oid(c, y->walk);
	t->used_if = optional_oid(c, y->used_if);
	t->label_oid = optional_oid(c, y->label_oid);
	t->label = copy(c, y->label);
	compile_keep(c, y, t);
}

static unsigned count_rows(const struct yaml_profile *y)
{
	unsigned n = y->identity_count + y->rows_count;

	for (unsigned i = 0; i < y->tables_count; i++)
		n += y->tables[i].rows_count;
	return n;
}

static void compile_rows(struct compiler *c, const struct yaml_profile *y, struct profile *p)
{
	p->rows = get(c, count_rows(y) + 1, sizeof *p->rows);
	p->tables = get(c, y->tables_count + 1, sizeof *p->tables);
	for (unsigned i = 0; i < y->identity_count && c->r == 0; i++)
		compile_identity(c, &y->identity[i], &p->rows[p->n_rows++]);
	for (unsigned i = 0; i < y->rows_count && c->r == 0; i++)
		compile_row(c, &y->rows[i], -1, &p->rows[p->n_rows++]);
	for (unsigned t = 0; t < y->tables_count && c->r == 0; t++) {
		const struct yaml_table *table = &y->tables[t];

		compile_table(c, table, &p->tables[p->n_tables]);
		for (unsigned i = 0; i < table->rows_count && c->r == 0; i++)
			compile_row(c, &table->rows[i], (int)p->n_tables, &p->rows[p->n_rows++]);
		p->n_tables++;
	}
	c->row = NULL;
}

/* "extend:NAME" is a script of net-snmp's: its whole output, or its first line. */
static void compile_answers(struct compiler *c, const struct yaml_match *y, struct profile *p)
{
	struct oid *o = get(c, 2 * (size_t)y->answers_count + 1, sizeof *o);

	for (unsigned i = 0; i < y->answers_count && c->r == 0; i++) {
		if (strncmp(y->answers[i], "extend:", 7) == 0) {
			o[p->n_answers++] = extend_oid(c, y->answers[i] + 7, 3, 0);
			o[p->n_answers++] = extend_oid(c, y->answers[i] + 7, 4, 1);
		} else {
			o[p->n_answers++] = parse_oid(c, y->answers[i]);
		}
	}
	p->answers = o;
}

static void compile_match(struct compiler *c, const struct yaml_profile *y, struct profile *p)
{
	c->row = "match";
	p->priority = y->match.priority;
	p->sysobjectid = parse_oids(c, y->match.sysobjectid, y->match.sysobjectid_count);
	p->n_sysobjectid = y->match.sysobjectid_count;
	compile_answers(c, &y->match, p);
	p->descr = get(c, y->match.descr_count + 1, sizeof *p->descr);
	for (unsigned i = 0; i < y->match.descr_count && c->r == 0; i++)
		p->descr[p->n_descr++] = copy(c, y->match.descr[i]);
	for (unsigned i = 0; i < y->quirks_count; i++) {
		if (strcmp(y->quirks[i], "repeats-lines") == 0)
			p->repeats_lines = true;
		else
			wrong(c, "no such quirk: %s", y->quirks[i]);
	}
	c->row = NULL;
}

int profile_compile(struct arena *head, struct arena *body, const struct yaml_profile *y,
		    struct profile **ret, char *reterr, size_t reterr_size)
{
	struct compiler c = { .arena = head, .err = reterr, .err_size = reterr_size };
	struct profile *p = get(&c, 1, sizeof *p);

	if (c.r < 0)
		return c.r;
	p->name = copy(&c, y->profile);
	p->device_class = copy(&c, y->device_class);
	p->vendor = copy(&c, y->vendor);
	if (y->base != NULL)
		c.base = parse_oid(&c, y->base[0] == '.' ? y->base + 1 : y->base);
	compile_match(&c, y, p);
	c.arena = body;
	compile_rows(&c, y, p);
	p->has_body = true;
	if (c.r == 0)
		*ret = p;
	return c.r;
}

void profile_drop_body(struct profile *p)
{
	p->has_body = false;
	p->n_rows = p->n_tables = 0;
	p->rows = NULL;
	p->tables = NULL;
}
