/* profile_yaml.h - a profile file as libcyaml reads it, before it is checked. */
#ifndef LW_PROFILE_YAML_H
#define LW_PROFILE_YAML_H

#include <cyaml/cyaml.h>
#include <stdbool.h>
#include <stdint.h>

struct yaml_row {
	char *metric;
	char *oid;
	char **plus, **minus, **states, **rules;
	unsigned plus_count, minus_count, states_count, rules_count;
	int64_t *sentinels;
	unsigned sentinels_count;
	char *percent_of;
	double *scale, *offset, *rescale;
	unsigned lines, line;
	char *extend, *key, *walk, *guard, *under, *count;
	bool total, mean, raw;
};

struct yaml_table {
	char *walk;
	char **keep;
	unsigned keep_count;
	char *used_if, *label, *label_oid;
	struct yaml_row *rows;
	unsigned rows_count;
};

struct yaml_identity {
	char *text;
	char *oid;
};

struct yaml_match {
	char **sysobjectid, **answers, **descr;
	unsigned sysobjectid_count, answers_count, descr_count;
	int priority;
};

struct yaml_profile {
	char *profile, *device_class, *vendor, *about, *base;
	struct yaml_match match;
	char **also, **quirks;
	unsigned also_count, quirks_count;
	struct yaml_identity *identity;
	unsigned identity_count;
	struct yaml_row *rows;
	unsigned rows_count;
	struct yaml_table *tables;
	unsigned tables_count;
};

extern const cyaml_schema_value_t profile_yaml_schema;

#endif
