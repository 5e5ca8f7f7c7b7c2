/* conf_raw.h - the collector's file as libcyaml loads it. Private. */
#ifndef LW_CONF_RAW_H
#define LW_CONF_RAW_H

#include <stdbool.h>
#include <stdint.h>

#include "collector/conf/collector_conf.h"
#include "collector/conf/conf_raw_people.h"
#include "common/io/conf.h"

struct raw_list {
	char **names;
	uint32_t n;
};

struct raw_device {
	char *id, *name, *class_name, *agent, *interval;
	char **depends_on;
	uint32_t n_depends_on;
	struct raw_list *any;
	uint32_t n_any;
	bool needed_for_seats;
};

struct raw_seat {
	char *id, *workstation, *headset, *phone;
};

struct raw_site {
	char *id, *name, *timezone, *uplink;
	uint32_t minimum_seats;
	char **power, **pbx;
	uint32_t n_power, n_pbx;
	struct raw_seat *seats;
	uint32_t n_seats;
	struct raw_device *devices;
	uint32_t n_devices;
	double *calls_per_hour;
	uint32_t n_calls_per_hour;
	double *location;
	uint32_t n_location;
};

struct raw_window {
	char *id, *target, *from, *until, *reason, *by;
};

struct raw_words {
	char *vi, *en;
};

struct raw_rule {
	char *code, *class_name, *metric, *severity, *hold, *clear_hold;
	double *above, *below, *clear;
	char **states;
	uint32_t n_states;
	bool down, fails;
	struct raw_words text, action;
};

struct raw_store {
	char *path, *key_file, *keep_readings, *keep_hourly, *keep_outbox, *keep_ranges;
};

struct raw_deadman {
	char *url, *every;
};

struct raw_conf {
	char *id;
	struct broker_conf *broker;
	struct raw_store *store;
	struct http_conf *http;
	struct raw_deadman *deadman;
	struct pages_conf *pages;
	struct agentx_conf *agentx;
	struct raw_site *sites;
	uint32_t n_sites;
	struct raw_device *services;
	uint32_t n_services;
	struct raw_person *people;
	uint32_t n_people;
	struct raw_oncall *oncall;
	struct raw_window *maintenance;
	uint32_t n_maintenance;
	struct raw_rule *rules;
	uint32_t n_rules;
	struct notifier_conf *notifiers;
	uint32_t n_notifiers;
};

extern const cyaml_schema_value_t collector_conf_schema;

#endif
