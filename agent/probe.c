/* probe.c - one round of one sense, printed for people or as JSON.
 *
 * Happy path: open the sense, poll once, print in `done`, close, let the loop run dry. A sense that
 * cannot be opened or does not answer gives a line that says what to do and exit status 1. */
#include "agent/probe.h"

#include <jansson.h>
#include <math.h>
#include <string.h>

enum { PROBE_READ = 0, PROBE_UNREACHABLE = 1, PROBE_MISUSE = 2, TEXT_MAX = 256 };

struct probe {
	const char *url;
	bool json;
	FILE *out;
	struct sense *sense;
	int status;
};

static json_t *number(double v, unsigned decimals)
{
	double factor = pow(10, decimals > 4 ? decimals : 4);
	double rounded = round(v * factor) / factor;

	if (rounded == floor(rounded) && fabs(rounded) < 9e15)
		return json_integer((json_int_t)rounded);
	return json_real(rounded);
}

static json_t *value_of(const struct reading *r)
{
	const struct metric *m = metric_by_id(r->metric);
	const char *word = NULL;

	if (m->kind == METRIC_STATE)
		word = metric_word(m, (int64_t)r->value);
	return word != NULL ? json_string(word) : number(r->value, m->decimals);
}

static void add_readings(json_t *values, json_t *unknown, const struct sense_result *r)
{
	for (size_t i = 0; i < r->n_readings; i++) {
		const struct reading *rd = &r->readings[i];
		char name[READING_NAME_MAX];

		(void)reading_name(name, sizeof name, rd->metric, rd->instance, rd->label);
		if (rd->reason == REASON_GOOD)
			json_object_set_new(values, name, value_of(rd));
		else
			json_object_set_new(unknown, name,
					    json_string(reading_reason_name(rd->reason)));
	}
}

static const char *identity_text(const struct sense_result *r, uint16_t metric)
{
	for (size_t i = 0; i < r->n_identity; i++)
		if (r->identity[i].metric == metric)
			return r->identity[i].text;
	return "";
}

static const char *or_empty(const char *s)
{
	return s != NULL ? s : "";
}

json_t *probe_result_json(const char *url, const struct sense_result *r)
{
	json_t *o = json_object();
	json_t *values = json_object();
	json_t *unknown = json_object();
	json_t *evidence = json_array();

	if (url != NULL)
		json_object_set_new(o, "url", json_string(url));
	json_object_set_new(o, "reachable", json_boolean(r->reachable));
	json_object_set_new(o, "class", json_string(or_empty(r->device_class)));
	json_object_set_new(o, "profile", json_string(or_empty(r->profile)));
	json_object_set_new(o, "vendor", json_string(identity_text(r, M_DEVICE_VENDOR)));
	json_object_set_new(o, "model", json_string(identity_text(r, M_DEVICE_MODEL)));
	for (size_t i = 0; i < r->n_evidence; i++)
		json_array_append_new(evidence, json_string(r->evidence[i]));
	json_object_set_new(o, "evidence", evidence);
	for (size_t i = 0; i < r->n_identity; i++) {
		const struct metric *m = metric_by_id(r->identity[i].metric);
		json_object_set_new(values, m->name, json_string(r->identity[i].text));
	}
	add_readings(values, unknown, r);
	json_object_set_new(o, "values", values);
	json_object_set_new(o, "unknown", unknown);
	if (r->error != NULL)
		json_object_set_new(o, "error", json_string(r->error));
	return o;
}

static void print_json(const struct probe *p, const struct sense_result *r)
{
	json_t *o = probe_result_json(p->url, r);

	(void)json_dumpf(o, p->out, JSON_INDENT(2) | JSON_PRESERVE_ORDER | JSON_REAL_PRECISION(10));
	(void)fputc('\n', p->out);
	json_decref(o);
}

static void print_reading(FILE *out, const struct reading *r)
{
	const struct metric *m = metric_by_id(r->metric);
	char name[READING_NAME_MAX];
	const char *word = m->kind == METRIC_STATE ? metric_word(m, (int64_t)r->value) : NULL;

	(void)reading_name(name, sizeof name, r->metric, r->instance, r->label);
	if (r->reason != REASON_GOOD)
		(void)fprintf(out, "  %-36s ?          (%s)\n", name,
			      reading_reason_name(r->reason));
	else if (word != NULL)
		(void)fprintf(out, "  %-36s %s\n", name, word);
	else
		(void)fprintf(out, "  %-36s %.*f %s\n", name, (int)m->decimals, r->value, m->unit);
}

static void print_people(const struct probe *p, const struct sense_result *r)
{
	(void)fprintf(p->out, "%s\n", p->url);
	if (!r->reachable) {
		(void)fprintf(p->out, "  không trả lời / no answer: %s\n", or_empty(r->error));
		return;
	}
	(void)fprintf(p->out, "  loại / class: %s   hồ sơ / profile: %s\n",
		      or_empty(r->device_class), or_empty(r->profile));
	for (size_t i = 0; i < r->n_evidence; i++)
		(void)fprintf(p->out, "  vì / because: %s\n", r->evidence[i]);
	if (r->error != NULL)
		(void)fprintf(p->out, "  lỗi / trouble: %s\n", r->error);
	for (size_t i = 0; i < r->n_identity; i++)
		(void)fprintf(p->out, "  %-36s %s\n", metric_by_id(r->identity[i].metric)->name,
			      r->identity[i].text);
	for (size_t i = 0; i < r->n_readings; i++)
		print_reading(p->out, &r->readings[i]);
}

static void on_done(void *arg, const struct sense_result *r)
{
	struct probe *p = arg;

	if (p->json)
		print_json(p, r);
	else
		print_people(p, r);
	p->status = r->reachable ? PROBE_READ : PROBE_UNREACHABLE;
	p->sense->type->close(p->sense, NULL, NULL);
	p->sense = NULL;
}

int probe_run(uv_loop_t *loop, const char *url, const char *profile, bool json, FILE *out)
{
	struct probe p = { .url = url, .json = json, .out = out, .status = PROBE_UNREACHABLE };
	struct sense_target target = { .url = url, .profile = profile };
	const struct sense_type *type = sense_type_find(url);
	char why[TEXT_MAX] = "";
	int r;

	if (type == NULL) {
		(void)fprintf(stderr, "probe: nothing here speaks %s\n", url);
		return PROBE_MISUSE;
	}
	r = type->open(&p.sense, loop, &target, why, sizeof why);
	if (r < 0) {
		(void)fprintf(stderr, "probe: %s: %s\n", url,
			      why[0] != '\0' ? why : uv_strerror(r));
		return PROBE_MISUSE;
	}
	r = type->poll(p.sense, on_done, &p);
	if (r < 0) {
		(void)fprintf(stderr, "probe: %s: %s\n", url, uv_strerror(r));
		type->close(p.sense, NULL, NULL);
	}
	(void)uv_run(loop, UV_RUN_DEFAULT);
	return p.status;
}
