/* profile_yaml.c - the schema of a profile file: every key that may stand in one. */
#include "agent/io/snmp/profile_yaml.h"

enum { MAX_ITEMS = 512, MAX_TEXT = 1024 };

#define TEXT(key, type, field)                                                                     \
	CYAML_FIELD_STRING_PTR(key, CYAML_FLAG_POINTER, type, field, 1, MAX_TEXT)
#define OPT_TEXT(key, type, field)                                                                 \
	CYAML_FIELD_STRING_PTR(key, CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, type, field, 0,      \
			       MAX_TEXT)
#define OPT_LIST(key, type, field, item)                                                           \
	CYAML_FIELD_SEQUENCE(key, CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, type, field, item, 0,  \
			     MAX_ITEMS)
#define OPT_REAL(key, type, field)                                                                 \
	CYAML_FIELD_FLOAT_PTR(key, CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, type, field)
#define OPT_UINT(key, type, field) CYAML_FIELD_UINT(key, CYAML_FLAG_OPTIONAL, type, field)
#define OPT_BOOL(key, type, field) CYAML_FIELD_BOOL(key, CYAML_FLAG_OPTIONAL, type, field)

static const cyaml_schema_value_t text_item = {
	CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char, 0, MAX_TEXT),
};
static const cyaml_schema_value_t number_item = {
	CYAML_VALUE_INT(CYAML_FLAG_DEFAULT, int64_t),
};

static const cyaml_schema_field_t row_fields[] = {
	TEXT("metric", struct yaml_row, metric),
	OPT_TEXT("oid", struct yaml_row, oid),
	OPT_LIST("plus", struct yaml_row, plus, &text_item),
	OPT_LIST("minus", struct yaml_row, minus, &text_item),
	OPT_TEXT("percent_of", struct yaml_row, percent_of),
	OPT_REAL("scale", struct yaml_row, scale),
	OPT_REAL("offset", struct yaml_row, offset),
	OPT_REAL("rescale", struct yaml_row, rescale),
	OPT_UINT("lines", struct yaml_row, lines),
	OPT_LIST("sentinels", struct yaml_row, sentinels, &number_item),
	OPT_BOOL("raw", struct yaml_row, raw),
	OPT_LIST("states", struct yaml_row, states, &text_item),
	OPT_LIST("rules", struct yaml_row, rules, &text_item),
	OPT_TEXT("extend", struct yaml_row, extend),
	OPT_UINT("line", struct yaml_row, line),
	OPT_TEXT("key", struct yaml_row, key),
	OPT_TEXT("walk", struct yaml_row, walk),
	OPT_TEXT("guard", struct yaml_row, guard),
	OPT_TEXT("under", struct yaml_row, under),
	OPT_TEXT("count", struct yaml_row, count),
	OPT_BOOL("total", struct yaml_row, total),
	OPT_BOOL("mean", struct yaml_row, mean),
	CYAML_FIELD_END,
};
static const cyaml_schema_value_t row_item = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct yaml_row, row_fields),
};

static const cyaml_schema_field_t table_fields[] = {
	TEXT("walk", struct yaml_table, walk),
	OPT_LIST("keep", struct yaml_table, keep, &text_item),
	OPT_TEXT("used_if", struct yaml_table, used_if),
	OPT_TEXT("label", struct yaml_table, label),
	OPT_TEXT("label_oid", struct yaml_table, label_oid),
	OPT_LIST("rows", struct yaml_table, rows, &row_item),
	CYAML_FIELD_END,
};
static const cyaml_schema_value_t table_item = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct yaml_table, table_fields),
};

static const cyaml_schema_field_t identity_fields[] = {
	TEXT("text", struct yaml_identity, text),
	TEXT("oid", struct yaml_identity, oid),
	CYAML_FIELD_END,
};
static const cyaml_schema_value_t identity_item = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct yaml_identity, identity_fields),
};

static const cyaml_schema_field_t match_fields[] = {
	OPT_LIST("sysobjectid", struct yaml_match, sysobjectid, &text_item),
	OPT_LIST("answers", struct yaml_match, answers, &text_item),
	OPT_LIST("descr", struct yaml_match, descr, &text_item),
	CYAML_FIELD_INT("priority", CYAML_FLAG_OPTIONAL, struct yaml_match, priority),
	CYAML_FIELD_END,
};

static const cyaml_schema_field_t profile_fields[] = {
	TEXT("profile", struct yaml_profile, profile),
	TEXT("class", struct yaml_profile, device_class),
	OPT_TEXT("vendor", struct yaml_profile, vendor),
	OPT_TEXT("about", struct yaml_profile, about),
	OPT_TEXT("base", struct yaml_profile, base),
	CYAML_FIELD_MAPPING("match", CYAML_FLAG_DEFAULT, struct yaml_profile, match, match_fields),
	OPT_LIST("also", struct yaml_profile, also, &text_item),
	OPT_LIST("quirks", struct yaml_profile, quirks, &text_item),
	OPT_LIST("identity", struct yaml_profile, identity, &identity_item),
	OPT_LIST("rows", struct yaml_profile, rows, &row_item),
	OPT_LIST("tables", struct yaml_profile, tables, &table_item),
	CYAML_FIELD_END,
};

const cyaml_schema_value_t profile_yaml_schema = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct yaml_profile, profile_fields),
};
