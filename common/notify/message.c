#include "common/notify/message.h"

#include <errno.h>
#include <jansson.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

static const char *const kind_names[] = { "page", "alarm", "test" };

/* Each text member by its name in the JSON. */
static const struct {
	const char *name;
	size_t offset;
} texts[] = {
	{ "key", offsetof(struct message, key) },
	{ "subject", offsetof(struct message, subject) },
	{ "text", offsetof(struct message, text) },
	{ "mail", offsetof(struct message, mail) },
	{ "html", offsetof(struct message, html) },
	{ "sms", offsetof(struct message, sms) },
	{ "sms_unicode", offsetof(struct message, sms_unicode) },
	{ "link", offsetof(struct message, link) },
	{ "person", offsetof(struct message, person) },
	{ "language", offsetof(struct message, language) },
	{ "site", offsetof(struct message, site) },
	{ "entity", offsetof(struct message, entity) },
	{ "code", offsetof(struct message, code) },
	{ "severity", offsetof(struct message, severity) },
	{ "reason", offsetof(struct message, reason) },
};
enum { N_TEXTS = sizeof texts / sizeof *texts, N_KINDS = sizeof kind_names / sizeof *kind_names };

static char **text_at(struct message *m, size_t i)
{
	return (char **)(void *)((char *)m + texts[i].offset);
}

static const char *text_of(const struct message *m, size_t i)
{
	return *(char *const *)(const void *)((const char *)m + texts[i].offset);
}

const char *message_kind_name(enum message_kind k)
{
	return (unsigned)k < N_KINDS ? kind_names[k] : "page";
}

void message_fini(struct message *m)
{
	for (size_t i = 0; i < N_TEXTS; i++)
		free(*text_at(m, i));
	for (size_t i = 0; i < MESSAGE_MAX_CHANNELS; i++) {
		free(m->channels[i]);
		free(m->addresses[i]);
	}
	*m = (struct message){ 0 };
}

static json_t *channels_json(const struct message *m)
{
	json_t *list = json_array();

	for (uint32_t i = 0; i < m->n_channels; i++)
		(void)json_array_append_new(
			list, json_pack("{s:s, s:s}", "id", m->channels[i], "to",
					m->addresses[i] != NULL ? m->addresses[i] : ""));
	return list;
}

char *message_to_json(const struct message *m)
{
	json_t *o =
		json_pack("{s:s, s:I, s:i, s:b, s:I, s:o, s:{s:i, s:i, s:i, s:i}}", "kind",
			  message_kind_name(m->kind), "alarm", (json_int_t)m->alarm, "incident",
			  (int)m->incident, "wants_receipt", m->wants_receipt, "born",
			  (json_int_t)m->born_wall_ms, "channels", channels_json(m), "delivery",
			  "channel", (int)m->delivery.channel, "tries", (int)m->delivery.tries,
			  "failures", (int)m->delivery.failures, "taken", (int)m->delivery.taken);
	char *out;

	if (o == NULL)
		return NULL;
	for (size_t i = 0; i < N_TEXTS; i++)
		if (text_of(m, i) != NULL)
			(void)json_object_set_new(o, texts[i].name, json_string(text_of(m, i)));
	out = json_dumps(o, JSON_COMPACT);
	json_decref(o);
	return out;
}

static int copy_texts(struct message *m, json_t *o)
{
	for (size_t i = 0; i < N_TEXTS; i++) {
		const char *s = json_string_value(json_object_get(o, texts[i].name));

		if (s == NULL)
			continue;
		*text_at(m, i) = strdup(s);
		if (*text_at(m, i) == NULL)
			return -ENOMEM;
	}
	return 0;
}

static int copy_channels(struct message *m, json_t *list)
{
	json_t *row;
	size_t i;

	if (json_array_size(list) == 0 || json_array_size(list) > MESSAGE_MAX_CHANNELS)
		return -EBADMSG;
	json_array_foreach(list, i, row)
	{
		const char *id = json_string_value(json_object_get(row, "id"));
		const char *to = json_string_value(json_object_get(row, "to"));

		if (id == NULL || to == NULL)
			return -EBADMSG;
		m->channels[i] = strdup(id);
		m->addresses[i] = strdup(to);
		if (m->channels[i] == NULL || m->addresses[i] == NULL)
			return -ENOMEM;
		m->n_channels++;
	}
	return 0;
}

static int parse_kind(struct message *m, const char *kind)
{
	for (unsigned i = 0; kind != NULL && i < N_KINDS; i++) {
		if (strcmp(kind_names[i], kind) == 0) {
			m->kind = (enum message_kind)i;
			return 0;
		}
	}
	return -EBADMSG;
}

static uint32_t small(json_t *o, const char *key)
{
	json_int_t v = json_integer_value(json_object_get(o, key));

	return v > 0 && v < INT32_MAX ? (uint32_t)v : 0;
}

int message_from_json(struct message *ret, const char *json)
{
	struct message m = { 0 };
	json_t *o = json_loads(json, 0, NULL);
	json_t *d = json_object_get(o, "delivery");
	int r = parse_kind(&m, json_string_value(json_object_get(o, "kind")));

	if (r == 0)
		r = copy_channels(&m, json_object_get(o, "channels"));
	if (r == 0)
		r = copy_texts(&m, o);
	if (r == 0 && m.key == NULL)
		r = -EBADMSG;
	m.alarm = (uint64_t)json_integer_value(json_object_get(o, "alarm"));
	m.incident = small(o, "incident");
	m.wants_receipt = json_is_true(json_object_get(o, "wants_receipt"));
	m.born_wall_ms = json_integer_value(json_object_get(o, "born"));
	m.delivery = (struct delivery){ small(d, "channel"), small(d, "tries"),
					small(d, "failures"), small(d, "taken") };
	if (r == 0 && m.delivery.channel >= m.n_channels)
		r = -EBADMSG;
	json_decref(o);
	if (r < 0) {
		message_fini(&m);
		return r;
	}
	*ret = m;
	return 0;
}
