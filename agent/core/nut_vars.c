/* nut_vars.c - NUT's variables to readings, by table. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "agent/core/nut.h"

/* "%" in a name stands for a line or sensor number from 1 on. Where several rows give the same
 * metric, the first good one that the UPS lists stays. */
static const struct variable {
	const char *name;
	uint16_t metric;
} variables[] = {
	{ "battery.charge", M_BATTERY_CHARGE },
	{ "battery.runtime", M_BATTERY_RUNTIME },
	{ "battery.runtime.low", M_BATTERY_LOW_RUNTIME },
	{ "battery.voltage", M_BATTERY_VOLTAGE },
	{ "battery.current", M_BATTERY_CURRENT },
	{ "battery.temperature", M_BATTERY_TEMPERATURE },
	{ "input.voltage", M_INPUT_VOLTAGE },
	{ "input.L%-N.voltage", M_INPUT_VOLTAGE },
	{ "input.L%.voltage", M_INPUT_VOLTAGE },
	{ "input.frequency", M_INPUT_FREQUENCY },
	{ "input.current", M_INPUT_CURRENT },
	{ "input.L%.current", M_INPUT_CURRENT },
	{ "input.bypass.voltage", M_BYPASS_VOLTAGE },
	{ "input.bypass.L%-N.voltage", M_BYPASS_VOLTAGE },
	{ "output.voltage", M_OUTPUT_VOLTAGE },
	{ "output.L%-N.voltage", M_OUTPUT_VOLTAGE },
	{ "output.L%.voltage", M_OUTPUT_VOLTAGE },
	{ "output.frequency", M_OUTPUT_FREQUENCY },
	{ "output.current", M_OUTPUT_CURRENT },
	{ "output.L%.current", M_OUTPUT_CURRENT },
	{ "ups.load", M_OUTPUT_LOAD },
	{ "output.L%.power.percent", M_OUTPUT_LOAD },
	{ "ups.realpower", M_OUTPUT_POWER },
	{ "output.realpower", M_OUTPUT_POWER },
	{ "ambient.temperature", M_AMBIENT_TEMPERATURE },
	{ "ambient.%.temperature", M_AMBIENT_TEMPERATURE },
	{ "ambient.humidity", M_AMBIENT_HUMIDITY },
	{ "ambient.%.humidity", M_AMBIENT_HUMIDITY },
};

/* Drivers copy ups.* to device.* and escape it twice on the way: the original replaces the copy. */
static const struct {
	const char *name;
	size_t offset;
	bool copy;
} texts[] = {
	{ "device.mfr", offsetof(struct nut_state, vendor), true },
	{ "ups.mfr", offsetof(struct nut_state, vendor), false },
	{ "device.model", offsetof(struct nut_state, model), true },
	{ "ups.model", offsetof(struct nut_state, model), false },
	{ "device.serial", offsetof(struct nut_state, serial), true },
	{ "ups.serial", offsetof(struct nut_state, serial), false },
	{ "ups.firmware", offsetof(struct nut_state, version), false },
	{ "driver.name", offsetof(struct nut_state, driver), false },
};

/* ups.test.result is free text of the driver: what it begins with or holds. */
static const struct {
	const char *part;
	double result; /* RFC 1628 upsTestResultsSummary */
} test_results[] = {
	{ "No test", 6 },     { "In progress", 5 }, { "progress", 5 }, { "Aborted", 4 },
	{ "and warning", 2 }, { "and error", 3 },   { "fail", 3 },     { "Bad", 3 },
	{ "passed", 1 },      { "OK", 1 },
};

void nut_state_init(struct nut_state *s)
{
	memset(s, 0, sizeof *s);
}

/* Does `name` fit `pattern`? The number that '%' stood for goes to *ret_line. */
static bool name_fits(const char *pattern, const char *name, unsigned *ret_line)
{
	unsigned line = 0;

	for (; *pattern != '\0'; pattern++) {
		if (*pattern != '%') {
			if (*pattern != *name++)
				return false;
			continue;
		}
		if (*name < '1' || *name > '9')
			return false;
		line = (unsigned)(*name++ - '0');
	}
	if (*name != '\0')
		return false;
	*ret_line = line;
	return true;
}

static struct reading *slot_of(struct nut_state *s, uint16_t metric, uint16_t instance)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->readings[i].metric == metric && s->readings[i].instance == instance)
			return &s->readings[i];
	if (s->n == NUT_READINGS_MAX) {
		s->n_refused++;
		return NULL;
	}
	s->readings[s->n] = (struct reading){ .metric = metric,
					      .instance = instance,
					      .reason = REASON_NOT_MEASURED };
	return &s->readings[s->n++];
}

static void put(struct nut_state *s, uint16_t metric, uint16_t instance, double value,
		enum reading_reason reason)
{
	struct reading *r = slot_of(s, metric, instance);

	if (r == NULL || r->reason == REASON_GOOD)
		return; /* the better spelling of the same thing was there before */
	r->value = reason == REASON_GOOD ? value : 0;
	r->reason = (uint8_t)reason;
}

static void put_number(struct nut_state *s, uint16_t metric, uint16_t instance, const char *text)
{
	char *end;
	double v = strtod(text, &end);

	if (end == text || *end != '\0' || !isfinite(v))
		put(s, metric, instance, 0, REASON_TYPE);
	else if (!metric_in_range(metric_by_id(metric), v))
		put(s, metric, instance, 0, REASON_RANGE);
	else
		put(s, metric, instance, v, REASON_GOOD);
}

static void put_status(struct nut_state *s, const char *flags)
{
	enum ups_status status = nut_status(flags);
	unsigned bits = nut_alarm_bits(flags);

	(void)strncpy(s->flags, flags, sizeof s->flags - 1);
	put(s, M_UPS_STATUS, 0, status, status == UPS_UNKNOWN ? REASON_MISSING : REASON_GOOD);
	if (status == UPS_UNKNOWN && bits == 0)
		return; /* "WAIT", "": the driver does not know yet */
	put(s, M_UPS_ALARMS, 0, bits, REASON_GOOD);
	put(s, M_BATTERY_REPLACE, 0, bits & 1U, REASON_GOOD);
}

static void put_test_result(struct nut_state *s, const char *text)
{
	for (size_t i = 0; i < sizeof test_results / sizeof *test_results; i++) {
		if (strstr(text, test_results[i].part) != NULL) {
			put(s, M_UPS_TEST_RESULT, 0, test_results[i].result, REASON_GOOD);
			return;
		}
	}
	put(s, M_UPS_TEST_RESULT, 0, 0, REASON_TYPE);
}

static bool put_text(struct nut_state *s, const char *name, const char *value)
{
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		if (strcmp(texts[i].name, name) != 0)
			continue;
		char *field = (char *)s + texts[i].offset;
		if (value[0] == '\0' || (texts[i].copy && field[0] != '\0'))
			return true;
		memset(field, 0, NUT_TEXT_MAX);
		(void)strncpy(field, value, NUT_TEXT_MAX - 1);
		return true;
	}
	return false;
}

void nut_state_var(struct nut_state *s, const char *name, const char *value)
{
	unsigned line;

	if (strcmp(name, "ups.status") == 0) {
		put_status(s, value);
		return;
	}
	if (strcmp(name, "ups.test.result") == 0) {
		put_test_result(s, value);
		return;
	}
	if (put_text(s, name, value))
		return;
	for (size_t i = 0; i < sizeof variables / sizeof *variables; i++) {
		if (!name_fits(variables[i].name, name, &line))
			continue;
		put_number(s, variables[i].metric, (uint16_t)(line > 0 ? line - 1 : 0), value);
		return;
	}
}
