/* local_engine.c - the agent's own engine id, its boots and its clock. */
#include "agent/io/snmp/local_engine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "agent/io/snmp/packet.h"
#include "agent/io/snmp/usm_user.h"

enum { WINDOW_S = 150, PATH_ROOM = 1024, PREFIX = 5 };

/* Counted on disk; else minutes since 2020, which grow too. */
static uint32_t next_boots(void)
{
	const char *state = getenv("STATE_DIRECTORY");
	char path[PATH_ROOM];
	unsigned boots = 0;
	FILE *f;

	if (state == NULL || snprintf(path, sizeof path, "%s/snmp-boots", state) >= PATH_ROOM)
		return (uint32_t)((time(NULL) - 1577836800) / 60) & 0x7fffffff;
	f = fopen(path, "re");
	if (f != NULL) {
		char line[32] = "";

		if (fgets(line, sizeof line, f) != NULL)
			boots = (unsigned)strtoul(line, NULL, 10);
		(void)fclose(f);
	}
	boots = boots % 0x7ffffffe + 1;
	f = fopen(path, "we");
	if (f != NULL) {
		(void)fprintf(f, "%u\n", boots);
		(void)fclose(f);
	}
	return boots;
}

void local_engine_init(struct local_engine *l, int64_t now_ms)
{
	/* RFC 3411 SnmpEngineID: enterprise 8072, format 4 (text) */
	static const uint8_t prefix[PREFIX] = { 0x80, 0x00, 0x1f, 0x88, 0x04 };
	char name[64] = "";

	memset(l, 0, sizeof *l);
	if (gethostname(name, sizeof name - 1) < 0 || name[0] == '\0')
		(void)snprintf(name, sizeof name, "linewatch");
	memcpy(l->id, prefix, PREFIX);
	l->id_length =
		strlen(name) < USM_ENGINE_MAX - PREFIX ? strlen(name) : USM_ENGINE_MAX - PREFIX;
	memcpy(l->id + PREFIX, name, l->id_length);
	l->id_length += PREFIX;
	l->boots = next_boots();
	l->started_ms = now_ms;
}

bool local_engine_is(const struct local_engine *l, const uint8_t *id, size_t length)
{
	return length == l->id_length && memcmp(id, l->id, length) == 0;
}

static uint32_t time_of(const struct local_engine *l, int64_t now_ms)
{
	return (uint32_t)((now_ms - l->started_ms) / 1000);
}

void local_engine_clock(const struct local_engine *l, struct usm_engine *e, int64_t now_ms)
{
	e->boots = l->boots;
	e->time = time_of(l, now_ms);
	e->time_at_ms = now_ms;
}

bool local_engine_in_window(const struct local_engine *l, uint32_t boots, uint32_t time_s,
			    int64_t now_ms)
{
	int64_t difference = (int64_t)time_s - (int64_t)time_of(l, now_ms);

	return boots == l->boots && difference <= WINDOW_S && difference >= -WINDOW_S;
}

static size_t write_report_pdu(struct local_engine *l, enum local_report what, uint8_t *buf,
			       size_t size)
{
	uint32_t stats[] = { 1, 3, 6, 1, 6, 3, 15, 1, 1, 4, 0 };
	struct ber b = { buf, size, false };
	bool unknown = what == LOCAL_UNKNOWN_ENGINE;

	stats[9] = unknown ? 4 : 2;
	ber_integer(&b, 0x41, unknown ? ++l->unknown_engines : ++l->out_of_window);
	ber_oid(&b, (struct oid){ stats, sizeof stats / sizeof *stats });
	ber_wrap(&b, 0x30, size);
	ber_wrap(&b, 0x30, size);
	ber_integer(&b, 0x02, 0);
	ber_integer(&b, 0x02, 0);
	ber_integer(&b, 0x02, 0);
	ber_wrap(&b, PDU_REPORT, size);
	return b.at;
}

int local_engine_report(struct local_engine *l, struct usm_engine *e, const struct usm_user *u,
			uint32_t id, enum local_report what, uint8_t *ret, size_t size)
{
	static const struct usm_user nobody;
	uint8_t pdu[128];
	size_t at = write_report_pdu(l, what, pdu, sizeof pdu);
	struct usm_engine plain = { .boots = l->boots, .id_length = l->id_length };
	int64_t now_ms = l->started_ms;

	if (u == NULL) {
		memcpy(plain.id, l->id, l->id_length);
		e = &plain;
		u = &nobody;
	} else {
		now_ms = e->time_at_ms;
	}
	return usm_write(e, u, id, pdu + at, sizeof pdu - at, false, now_ms, ret, size);
}
