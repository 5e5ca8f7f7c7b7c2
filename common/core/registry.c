#include "common/core/registry.h"

#include <math.h>
#include <string.h>

static const struct metric metrics[] = {
#define METRIC(number, symbol, name, kind, unit, decimals, nominal, min, max)                      \
	{ number, name, METRIC_##kind, unit, decimals, nominal, min, max },
#include "common/core/metrics.def"
#undef METRIC
};

enum { N_METRICS = sizeof metrics / sizeof *metrics };

static const char *const ups_words[] = { "unknown", "online", "on_battery", "low_battery",
					 "bypass",  "off",    "fault" };
static const char *const pbx_words[] = { "unknown",    "up",	    "down",   "congested",
					 "restarting", "quiescing", "testing" };
static const char *const ivr_words[] = { "unknown", "ok",	    "no_answer", "busy",
					 "silent",  "wrong_prompt", "one_way" };
/* RFC 1628 upsTestResultsSummary */
static const char *const test_words[] = { "unknown", "passed",	    "warning", "error",
					  "aborted", "in_progress", "none" };

enum { N_WORDS = 7 };

static const struct {
	uint16_t id;
	const char *const *words;
} vocabularies[] = {
	{ M_UPS_STATUS, ups_words },
	{ M_PBX_STATUS, pbx_words },
	{ M_IVR_RESULT, ivr_words },
	{ M_UPS_TEST_RESULT, test_words },
};

static const char *const *words_of(const struct metric *m)
{
	for (size_t i = 0; i < sizeof vocabularies / sizeof *vocabularies; i++)
		if (vocabularies[i].id == m->id)
			return vocabularies[i].words;
	return NULL;
}

const struct metric *metric_at(size_t i)
{
	return i < N_METRICS ? &metrics[i] : NULL;
}

const struct metric *metric_by_id(unsigned id)
{
	static uint8_t index[METRIC_ID_END]; /* row + 1; filled alike by every thread */

	if (id == 0 || id >= METRIC_ID_END)
		return NULL;
	uint8_t row = __atomic_load_n(&index[id], __ATOMIC_RELAXED);
	if (row != 0)
		return &metrics[row - 1];
	for (size_t i = 0; i < N_METRICS; i++) {
		if (metrics[i].id != id)
			continue;
		__atomic_store_n(&index[id], (uint8_t)(i + 1), __ATOMIC_RELAXED);
		return &metrics[i];
	}
	return NULL;
}

const struct metric *metric_by_name(const char *name)
{
	for (size_t i = 0; i < N_METRICS; i++)
		if (strcmp(metrics[i].name, name) == 0)
			return &metrics[i];
	return NULL;
}

const char *metric_word(const struct metric *m, int64_t v)
{
	const char *const *words = words_of(m);

	return words != NULL && v >= 0 && v < N_WORDS ? words[v] : NULL;
}

bool metric_parse_word(const struct metric *m, const char *word, int64_t *ret_v)
{
	const char *const *words = words_of(m);

	for (int64_t i = 0; words != NULL && i < N_WORDS; i++) {
		if (strcmp(words[i], word) == 0) {
			*ret_v = i;
			return true;
		}
	}
	return false;
}

bool metric_in_range(const struct metric *m, double value)
{
	return isfinite(value) && value >= m->min && value <= m->max;
}

static double power_of_ten(unsigned n)
{
	static const double powers[] = { 1, 10, 100, 1000, 10000 };

	return powers[n < 4 ? n : 4];
}

int64_t metric_scale(const struct metric *m, double value)
{
	double scaled = round(value * power_of_ten(m->decimals));

	if (!(scaled > -9.2e18)) /* NaN too */
		return INT64_MIN;
	return scaled < 9.2e18 ? (int64_t)scaled : INT64_MAX;
}

double metric_unscale(const struct metric *m, int64_t scaled)
{
	return (double)scaled / power_of_ten(m->decimals);
}
