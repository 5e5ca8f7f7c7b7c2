#include "common/io/broker_conf.h"

#define TEXT(key, field)                                                                           \
	CYAML_FIELD_STRING_PTR(key, CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct broker_conf,  \
			       field, 1, 255)

static const cyaml_schema_value_t host_value = {
	CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char, 1, 263),
};

const cyaml_schema_field_t broker_conf_fields[] = {
	TEXT("host", host),
	CYAML_FIELD_SEQUENCE_COUNT("hosts", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL,
				   struct broker_conf, hosts, n_hosts, &host_value, 1,
				   MQTT_HOSTS_MAX),
	CYAML_FIELD_BOOL("at_most_once", CYAML_FLAG_OPTIONAL, struct broker_conf, at_most_once),
	CYAML_FIELD_UINT("port", CYAML_FLAG_OPTIONAL, struct broker_conf, port),
	TEXT("ca", ca),
	TEXT("certificate", cert),
	TEXT("key", key),
	TEXT("user", user),
	TEXT("password_file", password_file),
	CYAML_FIELD_END,
};

static void check_host(struct conf *f, struct conf_where at, const char *text)
{
	struct mqtt_peer p;

	if (mqtt_peer_parse(&p, text, 1) < 0)
		conf_problem(f, at,
			     "'%s' is not right; it wants host or host:port, as "
			     "mqtt.example.vn:8883",
			     text);
}

static void check_hosts(const struct broker_conf *b, struct conf *f)
{
	if (b->host == NULL && b->n_hosts == 0)
		conf_problem(f, conf_at(f, "broker.host"),
			     "is missing; it wants the broker's host, or hosts: [a, b] of a "
			     "cluster");
	if (b->host != NULL && b->n_hosts > 0)
		conf_problem(f, conf_at(f, "broker.host"),
			     "stands beside hosts; keep one of the two");
	if (b->host != NULL)
		check_host(f, conf_at(f, "broker.host"), b->host);
	for (unsigned i = 0; i < b->n_hosts; i++)
		check_host(f, conf_at(f, "broker.hosts[%u]", i), b->hosts[i]);
}

void broker_conf_check(struct broker_conf *b, struct conf *f)
{
	check_hosts(b, f);
	if (b->port == 0)
		b->port = b->ca != NULL ? 8883 : 1883;
	if (b->port > 65535)
		conf_problem(f, conf_at(f, "broker.port"), "%u is not right; it wants 1 to 65535",
			     b->port);
	if ((b->cert == NULL) != (b->key == NULL))
		conf_problem(f, conf_at(f, "broker.%s", b->cert != NULL ? "certificate" : "key"),
			     "stands alone; it wants certificate and key together");
	if (b->cert != NULL && b->ca == NULL)
		conf_problem(f, conf_at(f, "broker.certificate"),
			     "is of no use without ca; it wants the broker's authority beside it");
}

void broker_conf_options(const struct broker_conf *b, struct mqtt_options *ret)
{
	*ret = (struct mqtt_options){ .hosts = (const char *const *)(b->n_hosts > 0 ? b->hosts
										    : &b->host),
				      .n_hosts = b->n_hosts > 0 ? b->n_hosts : 1,
				      .at_most_once = b->at_most_once,
				      .port = b->port,
				      .ca_file = b->ca,
				      .cert_file = b->cert,
				      .key_file = b->key,
				      .username = b->user };
}
