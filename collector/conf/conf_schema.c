/* The collector's file as a table: every section, every key. */
#include "collector/conf/conf_raw.h"

#define TEXT(type, key, member)                                                                    \
	CYAML_FIELD_STRING_PTR(key, CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, type, member, 0,     \
			       CYAML_UNLIMITED)
#define NEEDED(type, key, member)                                                                  \
	CYAML_FIELD_STRING_PTR(key, CYAML_FLAG_POINTER, type, member, 1, CYAML_UNLIMITED)
#define LIST(type, key, member, count, entry)                                                      \
	CYAML_FIELD_SEQUENCE_COUNT(key, CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, type, member,    \
				   count, entry, 0, CYAML_UNLIMITED)
#define FLAG(type, key, member) CYAML_FIELD_BOOL(key, CYAML_FLAG_OPTIONAL, type, member)
#define SECTION(type, key, member, fields)                                                         \
	CYAML_FIELD_MAPPING_PTR(key, CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, type, member, fields)
#define NUMBER(type, key, member)                                                                  \
	CYAML_FIELD_FLOAT_PTR(key, CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, type, member)

static const cyaml_schema_value_t name_entry = {
	CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char, 1, CYAML_UNLIMITED),
};
static const cyaml_schema_value_t number_entry = {
	CYAML_VALUE_FLOAT(CYAML_FLAG_DEFAULT, double),
};

/* libcyaml keeps the count of a sequence beside it only for fields of a mapping: a group of
 * alternatives is therefore a mapping of its own, {any: [a, b]}. */
static const cyaml_schema_field_t any_fields[] = {
	CYAML_FIELD_SEQUENCE_COUNT("any", CYAML_FLAG_POINTER, struct raw_list, names, n,
				   &name_entry, 1, CYAML_UNLIMITED),
	CYAML_FIELD_END,
};
static const cyaml_schema_value_t any_entry = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct raw_list, any_fields),
};

static const cyaml_schema_field_t device_fields[] = {
	NEEDED(struct raw_device, "id", id),
	TEXT(struct raw_device, "name", name),
	NEEDED(struct raw_device, "class", class_name),
	TEXT(struct raw_device, "agent", agent),
	TEXT(struct raw_device, "interval", interval),
	LIST(struct raw_device, "depends_on", depends_on, n_depends_on, &name_entry),
	LIST(struct raw_device, "depends_on_any", any, n_any, &any_entry),
	FLAG(struct raw_device, "needed_for_seats", needed_for_seats),
	CYAML_FIELD_END,
};
static const cyaml_schema_value_t device_entry = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct raw_device, device_fields),
};

static const cyaml_schema_field_t seat_fields[] = {
	NEEDED(struct raw_seat, "id", id),
	TEXT(struct raw_seat, "workstation", workstation),
	TEXT(struct raw_seat, "headset", headset),
	TEXT(struct raw_seat, "phone", phone),
	CYAML_FIELD_END,
};
static const cyaml_schema_value_t seat_entry = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct raw_seat, seat_fields),
};

static const cyaml_schema_field_t site_fields[] = {
	NEEDED(struct raw_site, "id", id),
	TEXT(struct raw_site, "name", name),
	TEXT(struct raw_site, "timezone", timezone),
	CYAML_FIELD_UINT("minimum_seats", CYAML_FLAG_OPTIONAL, struct raw_site, minimum_seats),
	LIST(struct raw_site, "power", power, n_power, &name_entry),
	TEXT(struct raw_site, "uplink", uplink),
	LIST(struct raw_site, "pbx", pbx, n_pbx, &name_entry),
	LIST(struct raw_site, "seats", seats, n_seats, &seat_entry),
	LIST(struct raw_site, "devices", devices, n_devices, &device_entry),
	LIST(struct raw_site, "calls_per_hour", calls_per_hour, n_calls_per_hour, &number_entry),
	LIST(struct raw_site, "location", location, n_location, &number_entry),
	CYAML_FIELD_END,
};
static const cyaml_schema_value_t site_entry = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct raw_site, site_fields),
};

static const cyaml_schema_field_t person_fields[] = {
	NEEDED(struct raw_person, "id", id),
	TEXT(struct raw_person, "name", name),
	TEXT(struct raw_person, "language", language),
	LIST(struct raw_person, "channels", channels, n_channels, &name_entry),
	TEXT(struct raw_person, "email", address.email),
	TEXT(struct raw_person, "phone", address.phone),
	TEXT(struct raw_person, "telegram", address.telegram),
	TEXT(struct raw_person, "zalo", address.zalo),
	TEXT(struct raw_person, "webhook", address.webhook),
	TEXT(struct raw_person, "slack", address.slack),
	CYAML_FIELD_END,
};
static const cyaml_schema_value_t person_entry = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct raw_person, person_fields),
};

static const cyaml_schema_field_t rotation_fields[] = {
	LIST(struct raw_rotation, "people", people, n_people, &name_entry),
	TEXT(struct raw_rotation, "shift", shift),
	TEXT(struct raw_rotation, "starts", starts),
	CYAML_FIELD_END,
};
static const cyaml_schema_field_t swap_fields[] = {
	NEEDED(struct raw_swap, "from", from),
	NEEDED(struct raw_swap, "until", until),
	NEEDED(struct raw_swap, "person", person),
	TEXT(struct raw_swap, "reason", reason),
	CYAML_FIELD_END,
};
static const cyaml_schema_value_t swap_entry = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct raw_swap, swap_fields),
};
static const cyaml_schema_field_t holiday_fields[] = {
	NEEDED(struct raw_holiday, "name", name),
	NEEDED(struct raw_holiday, "from", from),
	NEEDED(struct raw_holiday, "until", until),
	LIST(struct raw_holiday, "people", people, n_people, &name_entry),
	TEXT(struct raw_holiday, "shift", shift),
	CYAML_FIELD_END,
};
static const cyaml_schema_value_t holiday_entry = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct raw_holiday, holiday_fields),
};
static const cyaml_schema_field_t step_fields[] = {
	NEEDED(struct raw_step, "after", after),
	NEEDED(struct raw_step, "to", to),
	CYAML_FIELD_END,
};
static const cyaml_schema_value_t step_entry = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct raw_step, step_fields),
};
static const cyaml_schema_field_t oncall_fields[] = {
	CYAML_FIELD_MAPPING("rotation", CYAML_FLAG_OPTIONAL, struct raw_oncall, rotation,
			    rotation_fields),
	LIST(struct raw_oncall, "swaps", swaps, n_swaps, &swap_entry),
	LIST(struct raw_oncall, "holidays", holidays, n_holidays, &holiday_entry),
	LIST(struct raw_oncall, "escalate", escalate, n_escalate, &step_entry),
	CYAML_FIELD_END,
};

static const cyaml_schema_field_t window_fields[] = {
	NEEDED(struct raw_window, "id", id),
	NEEDED(struct raw_window, "target", target),
	NEEDED(struct raw_window, "from", from),
	NEEDED(struct raw_window, "until", until),
	TEXT(struct raw_window, "reason", reason),
	TEXT(struct raw_window, "by", by),
	CYAML_FIELD_END,
};
static const cyaml_schema_value_t window_entry = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct raw_window, window_fields),
};

static const cyaml_schema_field_t words_fields[] = {
	TEXT(struct raw_words, "vi", vi),
	TEXT(struct raw_words, "en", en),
	CYAML_FIELD_END,
};
static const cyaml_schema_field_t rule_fields[] = {
	NEEDED(struct raw_rule, "code", code),
	NEEDED(struct raw_rule, "class", class_name),
	TEXT(struct raw_rule, "metric", metric),
	NUMBER(struct raw_rule, "above", above),
	NUMBER(struct raw_rule, "below", below),
	NUMBER(struct raw_rule, "clear", clear),
	LIST(struct raw_rule, "states", states, n_states, &name_entry),
	TEXT(struct raw_rule, "severity", severity),
	TEXT(struct raw_rule, "hold", hold),
	TEXT(struct raw_rule, "clear_hold", clear_hold),
	FLAG(struct raw_rule, "down", down),
	FLAG(struct raw_rule, "fails_dependents", fails),
	CYAML_FIELD_MAPPING("text", CYAML_FLAG_OPTIONAL, struct raw_rule, text, words_fields),
	CYAML_FIELD_MAPPING("action", CYAML_FLAG_OPTIONAL, struct raw_rule, action, words_fields),
	CYAML_FIELD_END,
};
static const cyaml_schema_value_t rule_entry = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct raw_rule, rule_fields),
};

static const cyaml_schema_field_t store_fields[] = {
	NEEDED(struct raw_store, "path", path),
	TEXT(struct raw_store, "key_file", key_file),
	TEXT(struct raw_store, "keep_readings", keep_readings),
	TEXT(struct raw_store, "keep_hourly", keep_hourly),
	TEXT(struct raw_store, "keep_outbox", keep_outbox),
	TEXT(struct raw_store, "keep_ranges", keep_ranges),
	CYAML_FIELD_END,
};
static const cyaml_schema_field_t http_fields[] = {
	TEXT(struct http_conf, "listen", listen),
	TEXT(struct http_conf, "web_root", web_root),
	TEXT(struct http_conf, "users", users),
	TEXT(struct http_conf, "anonymous", anonymous),
	TEXT(struct http_conf, "proxy_from", proxy_from),
	TEXT(struct http_conf, "proxy_header", proxy_header),
	TEXT(struct http_conf, "proxy_role", proxy_role),
	TEXT(struct http_conf, "tls_cert", tls_cert),
	TEXT(struct http_conf, "tls_key", tls_key),
	CYAML_FIELD_UINT("max_connections", CYAML_FLAG_OPTIONAL, struct http_conf, max_connections),
	CYAML_FIELD_END,
};
static const cyaml_schema_field_t deadman_fields[] = {
	NEEDED(struct raw_deadman, "url", url),
	TEXT(struct raw_deadman, "every", every),
	CYAML_FIELD_END,
};
static const cyaml_schema_field_t agentx_fields[] = {
	FLAG(struct agentx_conf, "enabled", enabled),
	TEXT(struct agentx_conf, "socket", socket),
	CYAML_FIELD_END,
};
static const cyaml_schema_field_t pages_fields[] = {
	NEEDED(struct pages_conf, "url", url),
	TEXT(struct pages_conf, "key_file", key_file),
	CYAML_FIELD_END,
};

static const cyaml_schema_field_t top_fields[] = {
	TEXT(struct raw_conf, "id", id),
	SECTION(struct raw_conf, "broker", broker, broker_conf_fields),
	SECTION(struct raw_conf, "store", store, store_fields),
	SECTION(struct raw_conf, "http", http, http_fields),
	SECTION(struct raw_conf, "deadman", deadman, deadman_fields),
	SECTION(struct raw_conf, "pages", pages, pages_fields),
	SECTION(struct raw_conf, "agentx", agentx, agentx_fields),
	CYAML_FIELD_SEQUENCE_COUNT("sites", CYAML_FLAG_POINTER, struct raw_conf, sites, n_sites,
				   &site_entry, 1, CYAML_UNLIMITED),
	LIST(struct raw_conf, "services", services, n_services, &device_entry),
	LIST(struct raw_conf, "people", people, n_people, &person_entry),
	SECTION(struct raw_conf, "oncall", oncall, oncall_fields),
	LIST(struct raw_conf, "maintenance", maintenance, n_maintenance, &window_entry),
	LIST(struct raw_conf, "rules", rules, n_rules, &rule_entry),
	LIST(struct raw_conf, "notifiers", notifiers, n_notifiers, &notifier_schema),
	CYAML_FIELD_END,
};

const cyaml_schema_value_t collector_conf_schema = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct raw_conf, top_fields),
};
