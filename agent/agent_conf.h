/* agent_conf.h - the agent's file: who it is, its broker, what it watches. See docs/AGENT.md. */
#ifndef LW_AGENT_CONF_H
#define LW_AGENT_CONF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "common/io/broker_conf.h"
#include "common/notify/notify_conf.h"

struct agent_options {
#define OPTION(field, key, kind, wants) char *field;
#include "agent/options.def"
#undef OPTION
#define OPTION_TEXT(field, key)
#define OPTION_FILE(field, key)
#define OPTION_NUMBER(field, key)
#define OPTION_FLAG(field, key)
#define OPTION_SECRET(field, key)	char *field##_file;
#define OPTION(field, key, kind, wants) OPTION_##kind(field, key)
#include "agent/options.def"
#undef OPTION
#undef OPTION_TEXT
#undef OPTION_FILE
#undef OPTION_NUMBER
#undef OPTION_FLAG
#undef OPTION_SECRET
};

struct agent_device {
	char *id, *device_class, *url, *profile; /* id within the site */
	char *community, *community_file;
	char *interval, *timeout;
	struct agent_options *options;
	/* derived */
	uint32_t interval_ms, timeout_ms;
	char *secret_community; /* from either */
	char *options_json;	/* NULL: none */
};

struct agent_poll { /* as written, then in ms */
	char *ups, *pbx, *phone, *other, *fast;
	uint32_t ups_ms, pbx_ms, phone_ms, other_ms, fast_ms;
};

struct agent_journal {
	char *path;
	unsigned max_mib, history_kbit;
};

struct agent_agentx {
	bool enabled;
	char *socket;
};

struct agent_traps {
	char *listen; /* "0.0.0.0:1162"; NULL: no traps */
	char *community, *community_file;
	char *secret_community; /* derived */
};

struct agent_tell {
	char *notifier, *to; /* an address as the notifier's type wants it */
};

struct agent_watcher { /* gateways: who is told when the collector is silent */
	unsigned rank; /* 0 pages first */
	char *after;   /* of silence; default 60s */
	uint32_t after_ms;
	struct notifier_conf *notifiers;
	unsigned n_notifiers;
	struct agent_tell *tell;
	unsigned n_tell; /* 0: nobody is told by this agent */
};

struct agent_conf {
	char *name; /* "danang/gw" */
	char *collector, *heartbeat, *profiles;
	struct broker_conf broker;
	struct agent_poll poll;
	struct agent_journal journal;
	struct agent_agentx agentx;
	struct agent_traps traps;
	struct agent_watcher watch_collector;
	bool workstation, headsets;
	char *workstation_id, *headset_id; /* default: the agent's own, and that with "-headset" */
	struct agent_device *devices;
	unsigned n_devices;
	/* derived */
	char *broker_password;
	char site[65], agent[65];
	uint32_t heartbeat_ms;
};

/* 0; CONF_INVALID: every mistake was written to `out` as "file:line: key: …"; negative errno. */
int agent_conf_load(struct agent_conf **ret, const char *path, FILE *out);
/* --check: also lets each kind of sense judge its URL and options, with a line for each mistake. */
int agent_conf_check(const char *path, FILE *out);
void agent_conf_free(struct agent_conf *c); /* accepts NULL */

#endif
