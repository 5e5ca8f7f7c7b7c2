#include "common/notify/notify_conf.h"

#include <stddef.h>
#include <string.h>

#define TEXT(member)                                                                               \
	CYAML_FIELD_STRING_PTR(#member, CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL,                  \
			       struct notifier_conf, member, 0, CYAML_UNLIMITED)
#define NEEDED(member)                                                                             \
	CYAML_FIELD_STRING_PTR(#member, CYAML_FLAG_POINTER, struct notifier_conf, member, 1,       \
			       CYAML_UNLIMITED)

static const cyaml_schema_field_t fields[] = {
	NEEDED(id),
	NEEDED(type),
	TEXT(url),
	TEXT(from),
	TEXT(user),
	TEXT(password_file),
	TEXT(token_file),
	TEXT(template_id),
	TEXT(body),
	TEXT(content_type),
	TEXT(config),
	TEXT(tls),
	TEXT(ca_file),
	TEXT(community),
	CYAML_FIELD_UINT("limit_per_minute", CYAML_FLAG_OPTIONAL, struct notifier_conf,
			 limit_per_minute),
	CYAML_FIELD_UINT("timeout_ms", CYAML_FLAG_OPTIONAL, struct notifier_conf, timeout_ms),
	CYAML_FIELD_END,
};

const cyaml_schema_value_t notifier_schema = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct notifier_conf, fields),
};

/* What each type needs, and which of a person's addresses it uses. */
static const struct {
	const char *type;
	size_t address; /* offset in struct person_address; SIZE_MAX: none, it talks to a machine */
	size_t needs;	/* offset in struct notifier_conf; SIZE_MAX: nothing */
	const char *problem;
} types[] = {
#define ADDRESS(member) offsetof(struct person_address, member)
#define NEEDS(member)	offsetof(struct notifier_conf, member)
	{ "email", ADDRESS(email), NEEDS(url),
	  "url: missing, wants smtp://host:port or smtps://host:port" },
	{ "telegram", ADDRESS(telegram), NEEDS(token_file),
	  "token_file: missing, wants the file with the bot's token" },
	{ "zalo", ADDRESS(zalo), NEEDS(template_id),
	  "template_id: missing, wants the number of the approved ZNS template" },
	{ "sms_gateway", ADDRESS(phone), NEEDS(url),
	  "url: missing, wants the gateway's http(s) address" },
	{ "gammu", ADDRESS(phone), NEEDS(config),
	  "config: missing, wants gammu-smsd's smsdrc file" },
	{ "slack", ADDRESS(slack), SIZE_MAX, "" },
	{ "webhook", ADDRESS(webhook), SIZE_MAX, "" },
	{ "alertmanager", SIZE_MAX, NEEDS(url),
	  "url: missing, wants the Alertmanager's http(s) address" },
	{ "snmp_trap", SIZE_MAX, NEEDS(url), "url: missing, wants udp://host:port of the manager" },
	{ "syslog", SIZE_MAX, NEEDS(url),
	  "url: missing, wants udp://host:port of the syslog server" },
};

static size_t type_at(const char *type)
{
	for (size_t i = 0; i < sizeof types / sizeof *types; i++)
		if (strcmp(types[i].type, type) == 0)
			return i;
	return SIZE_MAX;
}

const char *person_address_for(const struct person_address *a, const char *notifier_type)
{
	size_t i = type_at(notifier_type);

	if (i == SIZE_MAX || types[i].address == SIZE_MAX)
		return NULL;
	return *(char *const *)(const void *)((const char *)a + types[i].address);
}

const char *notifier_conf_problem(const struct notifier_conf *c)
{
	size_t i = type_at(c->type);

	if (i == SIZE_MAX)
		return "type: unknown, wants email, telegram, zalo, sms_gateway, gammu, slack, "
		       "webhook, "
		       "alertmanager, snmp_trap or syslog";
	if (types[i].needs == SIZE_MAX)
		return NULL;
	return *(char *const *)(const void *)((const char *)c + types[i].needs) != NULL
		       ? NULL
		       : types[i].problem;
}
