/* status_text.c - how a question over SNMP ended, with what to look at. */
#include <errno.h>
#include <stdio.h>

#include "agent/io/ask/trouble.h"
#include "agent/io/snmp/engine.h"

static const struct {
	int status;
	const char *text;
} texts[] = {
	{ SNMP_BAD_USER, "the device does not know this SNMPv3 user: check the user name" },
	{ SNMP_BAD_KEY, "the device refuses the authentication password or its algorithm" },
	{ SNMP_BAD_CLOCK,
	  "the device's SNMPv3 clock does not hold: engine boots or time are wrong there" },
	{ SNMP_BAD_PRIV,
	  "the device refuses the security level: check privacy password and algorithm" },
	{ -ENOENT, "no profile fits this device" },
};

void snmp_status_text(char *buf, size_t size, int status, enum snmp_version version,
		      unsigned try_ms)
{
	const char *text = status < 0 ? trouble_text(status) : "not understood";

	if (status == -ETIMEDOUT) {
		(void)snprintf(buf, size, "no answer within %g s: check address, port, firewall %s",
			       snmp_patience_ms(try_ms) / 1000.0,
			       version == SNMP_V3 ? "and privacy password" : "and community");
		return;
	}
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		if (texts[i].status == status)
			text = texts[i].text;
	(void)snprintf(buf, size, "%s", text);
}
