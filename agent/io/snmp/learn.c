/* learn.c - what is this device, and what does it have?
 *
 * system group and the probe objects of every profile -> the profile by evidence -> its tables
 * walked and their rows named -> every object that the profile can use asked once -> the plan of
 * what answered. From then on a round is that plan alone. A device that does not answer the system
 * group ends the round as unreachable; nothing that was known before is lost by it. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/io/snmp/sense_priv.h"

static const uint32_t sys_object_id[] = { 1, 3, 6, 1, 2, 1, 1, 2, 0 };
static const uint32_t sys_descr[] = { 1, 3, 6, 1, 2, 1, 1, 1, 0 };
static const uint32_t sys_uptime[] = { 1, 3, 6, 1, 2, 1, 1, 3, 0 };
static const struct oid system_oids[SYSTEM_OIDS] = {
	{ sys_object_id, 9 },
	{ sys_descr, 9 },
	{ sys_uptime, 9 },
};

static bool answered(const struct value *v)
{
	return v->type != VALUE_UNASKED && v->type != VALUE_MISSING;
}

void learn_fini(struct snmp_sense *s)
{
	if (s->probe.skip != NULL)
		gather_fini(&s->probe);
	if (s->label_gather.skip != NULL)
		gather_fini(&s->label_gather);
	layout_fini(&s->trial);
	free(s->questions);
	free(s->replies);
	free(s->tables);
	free(s->label_oids);
	free(s->labels);
	s->questions = NULL;
	s->replies = NULL;
	s->tables = NULL;
	s->label_oids = NULL;
	s->labels = NULL;
	arena_fini(&s->notes);
}

static void fail(struct snmp_sense *s, int status)
{
	learn_fini(s);
	sense_fail(s, status);
}

/* --- the last step: what answered --- */

static bool add_identity(struct snmp_sense *s, uint16_t metric, const char *text)
{
	for (unsigned k = 0; k < s->n_identity; k++)
		if (s->identity[k].metric == metric)
			return false;
	if (text[0] == '\0' || s->n_identity == SENSE_IDENTITY)
		return false;
	char *copy = strdup(text);
	if (copy == NULL)
		return false;
	s->identity_text[s->n_identity] = copy;
	s->identity[s->n_identity++] = (struct identity){ metric, copy };
	return true;
}

/* Several rows may tell the same; the first that says something counts. */
static void take_identity(struct snmp_sense *s, const struct plan_answers *a)
{
	char text[PLAN_TEXT_MAX + 1];
	uint16_t metric = 0;

	sense_forget_texts(s->identity_text, &s->n_identity);
	for (size_t i = 0; plan_identity(s->trial.plan, a, i, &metric, text) >= 0; i++)
		(void)add_identity(s, metric, text);
	(void)add_identity(s, M_DEVICE_VENDOR, s->profile->vendor);
}

static bool same_readings(const struct snmp_sense *s, const struct plan *p)
{
	if (s->settled.plan == NULL || s->settled.plan->n_slots != p->n_slots)
		return false;
	for (unsigned i = 0; i < p->n_slots; i++)
		if (s->settled.plan->slots[i].row->metric != p->slots[i].row->metric ||
		    s->settled.plan->slots[i].instance != p->slots[i].instance)
			return false;
	return true;
}

static int replace_plan(struct snmp_sense *s, struct plan *p)
{
	bool same = same_readings(s, p);
	struct layout next;
	int r = layout_init(&next, p, &s->link, &s->texts);

	if (r < 0) {
		layout_fini(&next);
		return r;
	}
	layout_fini(&s->settled);
	s->settled = next;
	if (same)
		return 0;
	free(s->readings);
	free(s->sanity);
	s->readings = calloc(p->n_slots + 1, sizeof *s->readings);
	s->sanity = calloc(p->n_slots + 1, sizeof *s->sanity);
	s->n_readings = p->n_slots;
	return s->readings == NULL || s->sanity == NULL ? -ENOMEM : 0;
}

/* The answers of the trial belong to the settled plan too: this round needs no more questions. */
static int carry_over(struct snmp_sense *s)
{
	struct layout *from = &s->trial, *to = &s->settled;
	bool *missing = calloc(to->plan->n_asks + 1, sizeof *missing);
	int r;

	if (missing == NULL)
		return -ENOMEM;
	for (unsigned i = 0; i < to->plan->n_asks; i++) {
		missing[i] = true;
		for (unsigned k = 0; k < from->plan->n_asks; k++) {
			if (!oid_equal(to->plan->asks[i], from->plan->asks[k]))
				continue;
			to->values[i] = from->values[k];
			missing[i] = !answered(&from->values[k]);
			break;
		}
	}
	for (unsigned w = 0; w < to->plan->n_walks; w++) {
		for (unsigned k = 0; k < from->plan->n_walks; k++) {
			if (!oid_equal(to->plan->walks[w].column, from->plan->walks[k].column))
				continue;
			struct value *values = to->walked_values + (size_t)w * GATHER_MAX_ROWS;
			to->walked[w] = from->walked[k];
			for (unsigned i = 0; i < from->walked[k].n; i++)
				values[i] = from->walked[k].values[i];
			to->walked[w].values = values;
		}
	}
	r = gather_skip(&to->gather, missing);
	free(missing);
	return r;
}

static int settle(struct snmp_sense *s)
{
	struct plan_answers a = layout_answers(&s->trial);
	struct plan *p = NULL;
	struct reading *readings = calloc(s->trial.plan->n_slots + 1, sizeof *readings);
	int r;

	if (readings == NULL)
		return -ENOMEM;
	(void)plan_decode(s->trial.plan, &a, readings);
	take_identity(s, &a);
	r = plan_settle(&p, s->trial.plan, &a, readings);
	free(readings);
	if (r < 0)
		return r;
	r = replace_plan(s, p);
	if (r == 0)
		r = carry_over(s);
	return r;
}

static void on_trial(void *arg, int status)
{
	struct snmp_sense *s = arg;

	if (status == 0)
		status = settle(s);
	if (status != 0) {
		fail(s, status);
		return;
	}
	s->learned_ms = uv_now(s->loop);
	s->n_learned += s->n_learned < 2;
	learn_fini(s);
	sense_deliver(s);
}

static int start_trial(struct snmp_sense *s)
{
	struct plan *p = NULL;
	int r = plan_new(&p, s->profile, s->tables);

	if (r < 0)
		return r;
	if (s->settled.plan != NULL)
		plan_inherit(p, s->settled.plan);
	r = layout_init(&s->trial, p, &s->link, &s->texts);
	if (r < 0)
		return r;
	s->trial.gather.patient = true;
	return layout_start(&s->trial, s, on_trial);
}

/* --- tables --- */

static int next_table(struct snmp_sense *s);

static bool kept(const struct profile_table *t, const struct value *v)
{
	double n = 0;

	if (t->n_keep == 0 && t->n_keep_numbers == 0)
		return true;
	for (unsigned i = 0; i < t->n_keep; i++)
		if (v->type == VALUE_OID && oid_equal(v->oid, t->keep[i]))
			return true;
	for (unsigned i = 0; i < t->n_keep_numbers; i++)
		if (value_number(v, &n) && n == (double)t->keep_numbers[i])
			return true;
	return false;
}

/* "{text}", "{1}" (first number of the index), "{ascii}" (the index as text). */
static size_t put_part(const char **format, const struct oid suffix, const struct value *text,
		       char *out, size_t size)
{
	const char *f = *format;
	size_t n = 0;

	if (strncmp(f, "{text}", 6) == 0) {
		*format += 6;
		return text->type == VALUE_TEXT ? text_clean(text->text, text->length, out, size)
						: 0;
	}
	if (strncmp(f, "{1}", 3) == 0) {
		*format += 3;
		return (size_t)snprintf(out, size, "%u", suffix.n > 0 ? suffix.id[0] : 0);
	}
	if (strncmp(f, "{ascii}", 7) == 0) {
		*format += 7;
		/* an index text may begin with its own length */
		unsigned from = suffix.n > 1 && suffix.id[0] == suffix.n - 1 ? 1 : 0;
		for (unsigned i = from; i < suffix.n && n + 1 < size; i++)
			out[n++] =
				suffix.id[i] >= 32 && suffix.id[i] < 127 ? (char)suffix.id[i] : '?';
		out[n] = '\0';
		return n;
	}
	*format += 1;
	out[0] = *f;
	out[1] = '\0';
	return 1;
}

static const char *make_label(struct snmp_sense *s, const struct profile_table *t,
			      struct oid suffix, const struct value *text)
{
	char buf[PLAN_LABEL_MAX + 1] = "";
	size_t n = 0;

	for (const char *f = t->label; *f != '\0' && n + 2 < sizeof buf;) {
		n += put_part(&f, suffix, text, buf + n, sizeof buf - n);
		if (n >= sizeof buf)
			n = sizeof buf - 1;
	}
	const char *label = arena_text(&s->notes, buf, n);
	return label != NULL ? label : "";
}

static struct plan_row *add_rows(struct snmp_sense *s, const struct profile_table *t, unsigned *ret)
{
	struct plan_row *rows = arena_alloc(&s->notes, (s->walk->n + 1) * sizeof *rows);

	*ret = 0;
	for (unsigned i = 0; rows != NULL && i < s->walk->n; i++) {
		struct oid suffix = s->walk->rows[i].suffix;
		uint32_t *ids = arena_alloc(&s->notes, suffix.n * sizeof *ids);

		if (!kept(t, &s->walk->rows[i].value) || ids == NULL)
			continue;
		memcpy(ids, suffix.id, suffix.n * sizeof *ids);
		rows[*ret].suffix = (struct oid){ ids, suffix.n };
		rows[(*ret)++].label = "";
	}
	return rows;
}

static void on_labels(void *arg, int status)
{
	struct snmp_sense *s = arg;
	const struct profile_table *t = plan_table_at(s->profile, s->table);
	struct plan_table *mine = &s->tables[s->table];
	struct plan_row *rows = (struct plan_row *)(uintptr_t)mine->rows;
	/* the only account of a phone is the phone */
	bool only = mine->n == 1 && strstr(t->label, "{1}") != NULL;

	if (status != 0) {
		fail(s, status);
		return;
	}
	for (unsigned i = 0; i < mine->n; i++) {
		const struct value *used = &s->labels[mine->n + i];

		rows[i].label = only ? "" : make_label(s, t, rows[i].suffix, &s->labels[i]);
		rows[i].unused = t->used_if.n > 0 && used->type == VALUE_TEXT && used->length == 0;
	}
	s->table++;
	int r = next_table(s);
	if (r < 0)
		fail(s, r);
}

static struct oid joined(struct snmp_sense *s, struct oid column, struct oid suffix)
{
	uint32_t *ids = arena_alloc(&s->notes, (column.n + suffix.n + 1) * sizeof *ids);

	if (ids == NULL)
		return (struct oid){ NULL, 0 };
	memcpy(ids, column.id, column.n * sizeof *ids);
	memcpy(ids + column.n, suffix.id, suffix.n * sizeof *ids);
	return (struct oid){ ids, column.n + suffix.n };
}

/* Labels first, then the columns that tell whether a row is in use; both may be absent. */
static int ask_labels(struct snmp_sense *s)
{
	const struct profile_table *t = plan_table_at(s->profile, s->table);
	const struct plan_table *mine = &s->tables[s->table];
	unsigned n = 2 * mine->n;
	bool skip[2 * GATHER_MAX_ROWS] = { false };
	int r;

	if (s->label_gather.skip != NULL)
		gather_fini(&s->label_gather);
	free(s->label_oids);
	free(s->labels);
	s->label_oids = calloc(n + 1, sizeof *s->label_oids);
	s->labels = calloc(n + 1, sizeof *s->labels);
	if (s->label_oids == NULL || s->labels == NULL)
		return -ENOMEM;
	for (unsigned i = 0; i < mine->n; i++) {
		skip[i] = t->label_oid.n == 0;
		skip[mine->n + i] = t->used_if.n == 0;
		if (!skip[i])
			s->label_oids[i] = joined(s, t->label_oid, mine->rows[i].suffix);
		if (!skip[mine->n + i])
			s->label_oids[mine->n + i] = joined(s, t->used_if, mine->rows[i].suffix);
	}
	r = gather_init(&s->label_gather, &s->link, &s->texts, s->label_oids, n, s->labels);
	if (r < 0)
		return r;
	(void)gather_skip(&s->label_gather, skip);
	r = gather_start(&s->label_gather, on_labels, s);
	if (r == -ENODATA) {
		on_labels(s, 0);
		return 0;
	}
	return r;
}

static void on_table_walked(void *arg, int status)
{
	struct snmp_sense *s = arg;
	const struct profile_table *t = plan_table_at(s->profile, s->table);
	struct plan_table *mine = &s->tables[s->table];
	int r;

	if (status != 0) {
		fail(s, status);
		return;
	}
	mine->rows = add_rows(s, t, &mine->n);
	if (s->walk->cut)
		sense_note(s, "a table has more than %d rows: the first are read", GATHER_MAX_ROWS);
	r = ask_labels(s);
	if (r < 0)
		fail(s, r);
}

static int next_table(struct snmp_sense *s)
{
	const struct profile_table *t = plan_table_at(s->profile, s->table);

	if (t == NULL)
		return start_trial(s);
	return sense_walk(s, t->walk, on_table_walked);
}

static int start_tables(struct snmp_sense *s)
{
	unsigned n = 0;

	while (plan_table_at(s->profile, n) != NULL)
		n++;
	s->tables = calloc(n + 1, sizeof *s->tables);
	if (s->tables == NULL)
		return -ENOMEM;
	s->n_tables = n;
	s->table = 0;
	return next_table(s);
}

/* --- which profile --- */

static void choose(struct snmp_sense *s)
{
	bool *told = calloc(s->n_questions + 1, sizeof *told);
	char descr[PLAN_TEXT_MAX + 1] = "";
	struct match_input in = { .descr = descr, .answered = told };
	struct match match = { 0 };

	if (s->replies[0].type == VALUE_OID)
		in.sysobjectid = s->replies[0].oid;
	if (s->replies[1].type == VALUE_TEXT)
		(void)text_clean(s->replies[1].text, s->replies[1].length, descr, sizeof descr);
	for (unsigned i = SYSTEM_OIDS; told != NULL && i < s->n_questions; i++)
		told[i - SYSTEM_OIDS] =
			answered(&s->replies[i]) && s->replies[i].type != VALUE_NULL;
	if (told != NULL && s->wanted == NULL)
		match_profiles(s->set, &in, &match);
	free(told);
	s->profile = s->wanted != NULL ? s->wanted : match.profile;
	sense_forget_texts(s->evidence, &s->n_evidence);
	if (s->wanted != NULL)
		sense_note(s, "the configuration says so");
	for (unsigned i = 0; i < match.n_evidence; i++)
		sense_note(s, "%s", match.evidence[i]);
	if (!s->access.version_told && s->link.version == SNMP_V1)
		sense_note(s, "speaks SNMP version 1 only");
}

static void on_probed(void *arg, int status)
{
	struct snmp_sense *s = arg;
	int r = status;

	char why[PROFILE_ERROR_MAX] = "";

	if (r == 0) {
		choose(s);
		r = s->profile != NULL ? 0 : -ENOENT;
	}
	if (r == 0)
		r = profiles_ready(s->set, s->profile, why, sizeof why);
	if (why[0] != '\0') {
		learn_fini(s);
		sense_fail_saying(s, why);
		return;
	}
	if (r == 0)
		r = start_tables(s);
	if (r != 0)
		fail(s, r);
}

/* The system group answered: now, with patience, what else does. */
static void on_system(void *arg, int status)
{
	struct snmp_sense *s = arg;
	bool *skip;
	int r;

	if (status != 0) {
		fail(s, status);
		return;
	}
	snmp_peer_guess_version(s->link.peer, false);
	if (s->n_questions == SYSTEM_OIDS) {
		on_probed(s, 0);
		return;
	}
	skip = calloc(s->n_questions + 1, sizeof *skip);
	if (skip == NULL) {
		fail(s, -ENOMEM);
		return;
	}
	struct value system[SYSTEM_OIDS];
	memcpy(system, s->replies, sizeof system);
	for (unsigned i = 0; i < SYSTEM_OIDS; i++)
		skip[i] = true;
	(void)gather_skip(&s->probe, skip);
	free(skip);
	s->probe.patient = true;
	r = gather_start(&s->probe, on_probed, s);
	memcpy(s->replies, system, sizeof system); /* the second part does not ask for these */
	if (r < 0)
		fail(s, r);
}

int learn_start(struct snmp_sense *s)
{
	unsigned n = SYSTEM_OIDS;
	bool *skip;
	int r;

	if (!s->access.version_told) {
		s->link.version = SNMP_V2C;
		snmp_peer_guess_version(s->link.peer, true);
	}
	while (s->wanted == NULL && match_probe(s->set, n - SYSTEM_OIDS).n > 0)
		n++;
	s->questions = calloc(n, sizeof *s->questions);
	s->replies = calloc(n, sizeof *s->replies);
	skip = calloc(n, sizeof *skip);
	r = s->questions == NULL || s->replies == NULL || skip == NULL ? -ENOMEM : 0;
	if (r == 0) {
		s->n_questions = n;
		for (unsigned i = 0; i < n; i++) {
			s->questions[i] = i < SYSTEM_OIDS ? system_oids[i]
							  : match_probe(s->set, i - SYSTEM_OIDS);
			skip[i] = i >= SYSTEM_OIDS;
		}
		r = gather_init(&s->probe, &s->link, &s->texts, s->questions, n, s->replies);
	}
	if (r == 0) {
		(void)gather_skip(&s->probe, skip);
		r = gather_start(&s->probe, on_system, s);
	}
	free(skip);
	if (r < 0)
		learn_fini(s);
	return r;
}
