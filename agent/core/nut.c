#include "agent/core/nut.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* One quoted word: \" and \\ are the only escapes. Returns the place after it, NULL: never closed. */
static char *take_quoted(char *in, char *out)
{
	while (*in != '"') {
		if (*in == '\\')
			in++;
		if (*in == '\0')
			return NULL;
		*out++ = *in++;
	}
	*out = '\0';
	return in + 1;
}

static bool has_control(const char *line)
{
	for (; *line != '\0'; line++)
		if ((unsigned char)*line < ' ' && *line != '\t')
			return true;
	return false;
}

int nut_line_split(struct nut_line *ret, char *line)
{
	struct nut_line l = { .n = 0 };

	if (has_control(line))
		return -EINVAL;
	for (char *p = line + strspn(line, " \t"); *p != '\0'; p += strspn(p, " \t")) {
		if (l.n == NUT_WORDS_MAX)
			return -EINVAL;
		if (*p == '"') {
			l.words[l.n++] = p;
			p = take_quoted(p + 1, p);
			if (p == NULL || (*p != '\0' && *p != ' ' && *p != '\t'))
				return -EINVAL;
			continue;
		}
		l.words[l.n++] = p;
		p += strcspn(p, " \t");
		if (*p != '\0')
			*p++ = '\0';
	}
	*ret = l;
	return 0;
}

/* What each flag says. `rank` orders the flags that decide ups.status: the highest wins. */
static const struct flag {
	const char *name;
	enum ups_status status;
	unsigned rank;
	unsigned alarm; /* upsWellKnownAlarm, 0: none */
} flag_rows[] = {
	{ "OL", UPS_ONLINE, 2, 0 },	     { "CHRG", UPS_ONLINE, 1, 0 },
	{ "TRIM", UPS_ONLINE, 1, 0 },	     { "BOOST", UPS_ONLINE, 1, 0 },
	{ "DISCHRG", UPS_ON_BATTERY, 1, 0 }, { "BYPASS", UPS_BYPASS, 3, 9 },
	{ "OB", UPS_ON_BATTERY, 4, 2 },	     { "OFF", UPS_OFF, 5, 14 },
	{ "FSD", UPS_LOW_BATTERY, 6, 23 },   { "LB", UPS_UNKNOWN, 0, 3 },
	{ "RB", UPS_UNKNOWN, 0, 1 },	     { "OVER", UPS_UNKNOWN, 0, 8 },
	{ "CAL", UPS_UNKNOWN, 0, 24 },	     { "ALARM", UPS_UNKNOWN, 0, 18 },
};

static const struct flag *flag_find(const char *p, size_t len)
{
	for (size_t i = 0; i < sizeof flag_rows / sizeof *flag_rows; i++)
		if (strlen(flag_rows[i].name) == len && strncmp(flag_rows[i].name, p, len) == 0)
			return &flag_rows[i];
	return NULL;
}

static bool flag_present(const char *flags, const char *name)
{
	for (const char *p = flags + strspn(flags, " "); *p != '\0'; p += strspn(p, " ")) {
		size_t len = strcspn(p, " ");

		if (strlen(name) == len && strncmp(name, p, len) == 0)
			return true;
		p += len;
	}
	return false;
}

enum ups_status nut_status(const char *flags)
{
	enum ups_status status = UPS_UNKNOWN;
	unsigned rank = 0;

	for (const char *p = flags + strspn(flags, " "); *p != '\0'; p += strspn(p, " ")) {
		size_t len = strcspn(p, " ");
		const struct flag *f = flag_find(p, len);

		if (f != NULL && f->rank > rank) {
			rank = f->rank;
			status = f->status;
		}
		p += len;
	}
	/* On mains a low battery is one that charges: ups.alarms tells, the status stays online. */
	if (status == UPS_ON_BATTERY && flag_present(flags, "LB"))
		return UPS_LOW_BATTERY;
	return status;
}

unsigned nut_alarm_bits(const char *flags)
{
	unsigned bits = 0;

	for (const char *p = flags + strspn(flags, " "); *p != '\0'; p += strspn(p, " ")) {
		size_t len = strcspn(p, " ");
		const struct flag *f = flag_find(p, len);

		if (f != NULL && f->alarm > 0)
			bits |= 1U << (f->alarm - 1);
		p += len;
	}
	return bits;
}

static const struct nut_error errors[] = {
	{ "DATA-STALE", REASON_STALE,
	  "upsd has no fresh data of this UPS: look at its driver and the cable" },
	{ "DRIVER-NOT-CONNECTED", REASON_UNREACHABLE,
	  "the UPS driver is not running on that host: start nut-driver" },
	{ "UNKNOWN-UPS", REASON_UNREACHABLE,
	  "upsd knows no UPS of this name: compare with `upsc -l` on that host" },
	{ "ACCESS-DENIED", REASON_UNREACHABLE, "upsd refuses this host: look at LISTEN and ACL" },
	{ "TLS-NOT-ENABLED", REASON_UNREACHABLE,
	  "upsd has no certificate: set CERTFILE or tls=no" },
	{ "FEATURE-NOT-CONFIGURED", REASON_UNREACHABLE,
	  "upsd has no certificate: set CERTFILE or tls=no" },
	{ "FEATURE-NOT-SUPPORTED", REASON_UNREACHABLE,
	  "this upsd was built without TLS: set tls=no" },
	{ "", REASON_UNREACHABLE, "upsd refused the question" },
};

const struct nut_error *nut_error_find(const char *code)
{
	const struct nut_error *e = errors;

	while (e->code[0] != '\0' && strcmp(e->code, code) != 0)
		e++;
	return e;
}
