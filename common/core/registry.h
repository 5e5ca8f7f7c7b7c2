/* registry.h - the metrics that linewatch knows: number, name, unit, scale, range. Pure.
 *
 * The rows stand in metrics.def. Values are doubles in the metric's unit inside the programs and
 * scaled integers on the wire and in the store. */
#ifndef LW_REGISTRY_H
#define LW_REGISTRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum metric_kind {
	METRIC_GAUGE,
	METRIC_COUNTER,
	METRIC_STATE,
	METRIC_FLAG,
	METRIC_BITS,
	METRIC_TEXT
};

enum metric_id {
	METRIC_NONE = 0,
#define METRIC(number, symbol, ...) M_##symbol = (number),
#include "common/core/metrics.def"
#undef METRIC
	METRIC_ID_END /* one past the newest */
};

struct metric {
	uint16_t id;
	const char *name;
	enum metric_kind kind;
	const char *unit; /* UTF-8, "" for none */
	unsigned decimals;
	int64_t nominal; /* scaled */
	double min, max; /* in units, inclusive */
};

/* The words of METRIC_STATE metrics; the value on the wire is the number. */
enum ups_status {
	UPS_UNKNOWN = 0,
	UPS_ONLINE = 1,
	UPS_ON_BATTERY = 2,
	UPS_LOW_BATTERY = 3,
	UPS_BYPASS = 4,
	UPS_OFF = 5,
	UPS_FAULT = 6
};

/* RFC 4780 sipCommonCfgServiceOperStatus. */
enum pbx_status {
	PBX_UNKNOWN = 0,
	PBX_UP = 1,
	PBX_DOWN = 2,
	PBX_CONGESTED = 3,
	PBX_RESTARTING = 4,
	PBX_QUIESCING = 5,
	PBX_TESTING = 6
};

enum ivr_result {
	IVR_UNKNOWN = 0,
	IVR_OK = 1,
	IVR_NO_ANSWER = 2,
	IVR_BUSY = 3,
	IVR_SILENT = 4,
	IVR_WRONG_PROMPT = 5,
	IVR_ONE_WAY = 6
};

const struct metric *metric_by_id(unsigned id);	       /* NULL: no such number */
const struct metric *metric_by_name(const char *name); /* NULL: no such name */
const struct metric *metric_at(size_t i);	       /* NULL past the end: to list them all */
const char *metric_word(const struct metric *m, int64_t v); /* word of a state, NULL: none */
bool metric_parse_word(const struct metric *m, const char *word, int64_t *ret_v);

/* Is `value` (in units) one that the metric can have? NaN and infinities are not. */
bool metric_in_range(const struct metric *m, double value);

/* To and from scaled integers; metric_scale rounds half away from zero. */
int64_t metric_scale(const struct metric *m, double value);
double metric_unscale(const struct metric *m, int64_t scaled);

#endif
