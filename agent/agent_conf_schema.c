#include "agent/agent_conf_schema.h"

#include "agent/agent_conf.h"

#define TEXT(key, type, field)                                                                     \
	CYAML_FIELD_STRING_PTR(key, CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, type, field, 1, 255)
#define NEEDED(key, type, field)                                                                   \
	CYAML_FIELD_STRING_PTR(key, CYAML_FLAG_POINTER, type, field, 1, 255)
#define NUMBER(key, type, field) CYAML_FIELD_UINT(key, CYAML_FLAG_OPTIONAL, type, field)
#define FLAG(key, type, field)	 CYAML_FIELD_BOOL(key, CYAML_FLAG_OPTIONAL, type, field)
#define GROUP(key, type, field, fields)                                                            \
	CYAML_FIELD_MAPPING(key, CYAML_FLAG_OPTIONAL, type, field, fields)

static const cyaml_schema_field_t option_fields[] = {
#define OPTION(field, key, kind, wants) TEXT(key, struct agent_options, field),
#include "agent/options.def"
#undef OPTION
#define OPTION_TEXT(field, key)
#define OPTION_FILE(field, key)
#define OPTION_NUMBER(field, key)
#define OPTION_FLAG(field, key)
#define OPTION_SECRET(field, key)	TEXT(key "_file", struct agent_options, field##_file),
#define OPTION(field, key, kind, wants) OPTION_##kind(field, key)
#include "agent/options.def"
#undef OPTION
	CYAML_FIELD_END
};

static const cyaml_schema_field_t device_fields[] = {
	NEEDED("id", struct agent_device, id),
	TEXT("class", struct agent_device, device_class),
	NEEDED("url", struct agent_device, url),
	TEXT("profile", struct agent_device, profile),
	TEXT("community", struct agent_device, community),
	TEXT("community_file", struct agent_device, community_file),
	TEXT("interval", struct agent_device, interval),
	TEXT("timeout", struct agent_device, timeout),
	CYAML_FIELD_MAPPING_PTR("options", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL,
				struct agent_device, options, option_fields),
	CYAML_FIELD_END
};
static const cyaml_schema_value_t device_value = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct agent_device, device_fields),
};

static const cyaml_schema_field_t poll_fields[] = {
	TEXT("ups", struct agent_poll, ups),	 TEXT("pbx", struct agent_poll, pbx),
	TEXT("phone", struct agent_poll, phone), TEXT("other", struct agent_poll, other),
	TEXT("fast", struct agent_poll, fast),	 CYAML_FIELD_END
};

static const cyaml_schema_field_t journal_fields[] = {
	TEXT("path", struct agent_journal, path), NUMBER("max_mib", struct agent_journal, max_mib),
	NUMBER("history_kbit", struct agent_journal, history_kbit), CYAML_FIELD_END
};

static const cyaml_schema_field_t agentx_fields[] = { FLAG("enabled", struct agent_agentx, enabled),
						      TEXT("socket", struct agent_agentx, socket),
						      CYAML_FIELD_END };

static const cyaml_schema_field_t traps_fields[] = {
	NEEDED("listen", struct agent_traps, listen),
	TEXT("community", struct agent_traps, community),
	TEXT("community_file", struct agent_traps, community_file), CYAML_FIELD_END
};

static const cyaml_schema_field_t tell_fields[] = { NEEDED("notifier", struct agent_tell, notifier),
						    NEEDED("to", struct agent_tell, to),
						    CYAML_FIELD_END };
static const cyaml_schema_value_t tell_value = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct agent_tell, tell_fields),
};

static const cyaml_schema_field_t watcher_fields[] = {
	NUMBER("rank", struct agent_watcher, rank), TEXT("after", struct agent_watcher, after),
	CYAML_FIELD_SEQUENCE_COUNT("notifiers", CYAML_FLAG_POINTER, struct agent_watcher, notifiers,
				   n_notifiers, &notifier_schema, 1, 16),
	CYAML_FIELD_SEQUENCE_COUNT("tell", CYAML_FLAG_POINTER, struct agent_watcher, tell, n_tell,
				   &tell_value, 1, 64),
	CYAML_FIELD_END
};

static const cyaml_schema_field_t conf_fields[] = {
	NEEDED("name", struct agent_conf, name),
	CYAML_FIELD_MAPPING("broker", CYAML_FLAG_DEFAULT, struct agent_conf, broker,
			    broker_conf_fields),
	TEXT("collector", struct agent_conf, collector),
	TEXT("heartbeat", struct agent_conf, heartbeat),
	TEXT("profiles", struct agent_conf, profiles),
	GROUP("poll", struct agent_conf, poll, poll_fields),
	GROUP("journal", struct agent_conf, journal, journal_fields),
	GROUP("agentx", struct agent_conf, agentx, agentx_fields),
	GROUP("traps", struct agent_conf, traps, traps_fields),
	GROUP("watch_collector", struct agent_conf, watch_collector, watcher_fields),
	FLAG("workstation", struct agent_conf, workstation),
	FLAG("headsets", struct agent_conf, headsets),
	TEXT("workstation_id", struct agent_conf, workstation_id),
	TEXT("headset_id", struct agent_conf, headset_id),
	CYAML_FIELD_SEQUENCE_COUNT("devices", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL,
				   struct agent_conf, devices, n_devices, &device_value, 0, 4000),
	CYAML_FIELD_END
};

const struct cyaml_schema_value agent_conf_schema = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct agent_conf, conf_fields),
};
