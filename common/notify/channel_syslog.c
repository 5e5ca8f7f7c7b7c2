/* Alarms to a syslog server: RFC 5424 over UDP (RFC 5426), with the alarm's structured data of
 * RFC 5674. UDP gives no receipt: what the kernel took counts as taken. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/notify/channel.h"
#include "common/notify/datagram.h"

/* X.733 severity -> RFC 5674 section 2: syslog severity and perceivedSeverity. */
static const struct {
	const char *severity;
	int syslog;
} severities[] = {
	{ "critical", 1 }, { "major", 3 }, { "minor", 3 }, { "warning", 4 }, { "cleared", 5 },
};

static int syslog_severity(const char *severity)
{
	for (size_t i = 0; severity != NULL && i < sizeof severities / sizeof *severities; i++)
		if (strcmp(severities[i].severity, severity) == 0)
			return severities[i].syslog;
	return 5;
}

/* SD-PARAM values escape ", \ and ]. */
static void put_param(FILE *out, const char *name, const char *value)
{
	(void)fprintf(out, " %s=\"", name);
	for (; value != NULL && *value != '\0'; value++) {
		if (strchr("\"\\]", *value) != NULL)
			(void)fputc('\\', out);
		(void)fputc(*value, out);
	}
	(void)fputc('"', out);
}

static void put_header(FILE *out, const struct message *m, bool cleared)
{
	enum { LOCAL0 = 16 };
	char host[256] = "-", stamp[40];
	time_t t = (time_t)(m->born_wall_ms / 1000);
	struct tm tm;

	(void)gethostname(host, sizeof host - 1);
	(void)gmtime_r(&t, &tm);
	(void)strftime(stamp, sizeof stamp, "%Y-%m-%dT%H:%M:%S", &tm);
	(void)fprintf(out, "<%d>1 %s.%03dZ %s linewatch - alarm",
		      LOCAL0 * 8 + syslog_severity(cleared ? "cleared" : m->severity), stamp,
		      (int)(m->born_wall_ms % 1000), host);
}

static char *format(const struct message *m)
{
	bool cleared = m->reason != NULL && strcmp(m->reason, "cleared") == 0;
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	if (out == NULL)
		return NULL;
	put_header(out, m, cleared);
	(void)fputs(" [alarm", out);
	put_param(out, "resource", m->entity);
	put_param(out, "probableCause", m->code);
	put_param(out, "perceivedSeverity", cleared ? "cleared" : m->severity);
	put_param(out, "eventType", "equipmentAlarm");
	(void)fprintf(out, "] \xef\xbb\xbf%s", m->subject != NULL ? m->subject : "");
	if (fclose(out) != 0) {
		free(text);
		return NULL;
	}
	return text;
}

static int syslog_open(struct channel *c, char *reterr, size_t reterr_size)
{
	struct datagram_target *t = malloc(sizeof *t);
	int r = t != NULL ? datagram_open(t, c->conf->url) : -ENOMEM;

	if (r < 0) {
		(void)snprintf(reterr, reterr_size, "url: wants udp://IP:port");
		free(t);
		return r;
	}
	c->state = t;
	return 0;
}

static void syslog_tell(struct channel *c, const struct message *m, struct channel_outcome *ret)
{
	char *text = format(m);
	int r = text != NULL ? datagram_send(c->state, text, strlen(text)) : -ENOMEM;

	free(text);
	ret->result = r == 0 ? DELIVERY_TAKEN : DELIVERY_TEMPORARY;
	(void)snprintf(ret->detail, sizeof ret->detail, "%s",
		       r == 0 ? "datagram sent" : strerror(-r));
}

static void syslog_close(struct channel *c)
{
	datagram_close(c->state);
	free(c->state);
	c->state = NULL;
}

const struct channel_type channel_syslog = { "syslog", false,	    syslog_open,
					     NULL,     syslog_tell, syslog_close };
