/* collector_conf.h - the collector's file as what the programs work with: topology, rota, rules,
 * maintenance, and where broker, store, pages and notifiers are. Blocks; for start-up only. */
#ifndef LW_COLLECTOR_CONF_H
#define LW_COLLECTOR_CONF_H

#include <stdio.h>

#include "collector/core/oncall.h"
#include "collector/core/rules.h"
#include "collector/core/topology.h"
#include "common/io/broker_conf.h"
#include "common/notify/notify_conf.h"

struct store_conf {
	char *path;
	char *key_file;
	int64_t keep_readings_ms, keep_hourly_ms, keep_outbox_ms, keep_ranges_ms; /* 0: for ever */
};

struct http_conf { /* NULL: not given */
	char *listen;
	char *web_root, *users, *anonymous;
	char *proxy_from, *proxy_header, *proxy_role;
	char *tls_cert, *tls_key;
	uint32_t max_connections;
};

struct deadman_conf {
	char *url; /* NULL: none */
	int64_t every_ms;
};

struct agentx_conf {
	bool enabled;
	char *socket; /* NULL: Debian's */
};

struct pages_conf {
	char *url;	/* what links in messages begin with: "https://lw.example.vn" */
	char *key_file; /* signs them */
};

struct maintenance_conf {
	char *id, *target, *reason, *by;
	int64_t from_wall_ms, until_wall_ms;
	uint32_t *entities; /* what the target means: a seat's parts, or one */
	uint32_t n_entities;
};

struct collector_conf {
	char *id; /* of the collector: "main" */
	struct broker_conf broker;
	struct store_conf store;
	struct http_conf http;
	struct deadman_conf deadman;
	struct pages_conf pages;
	struct agentx_conf agentx;
	struct topology topology;
	struct oncall_plan plan;
	struct person_address *addresses; /* one per person of the plan */
	struct ruleset *rules;
	struct maintenance_conf *maintenance;
	uint32_t n_maintenance;
	struct notifier_conf *notifiers;
	uint32_t n_notifiers;
	void *raw; /* what the strings above belong to */
};

enum { COLLECTOR_CONF_INVALID = 1 };

/* 0; COLLECTOR_CONF_INVALID: the mistakes are on `errors`, one "file:line: key: text" a line;
 * negative errno: the file cannot be read. */
int collector_conf_load(struct collector_conf **ret, const char *path, FILE *errors);
int collector_conf_load_text(struct collector_conf **ret, const char *name, const char *text,
			     size_t len, FILE *errors);
void collector_conf_free(struct collector_conf *c); /* accepts NULL */

#endif
