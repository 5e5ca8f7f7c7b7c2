/* sense_sip_open.c - a SIP sense's URL and options, checked once and made into the question.
 *
 * Failure path: one line that names the key and what it wants. Files (fingerprint, password) are
 * read here, at start-up, and never again. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/core/ivr.h"
#include "agent/io/sip/prompt.h"
#include "agent/io/sip/sense_sip.h"
#include "common/io/secret.h"

enum { DEFAULT_TIMEOUT_MS = 4000, PORT = 5060, TLS_PORT = 5061 };

static const struct endpoint_option options[] = {
	{ .name = "transport", .kind = OPTION_TEXT, .max = 3 },
	{ .name = "registrar", .kind = OPTION_FLAG, .dflt = 0 },
	{ .name = "proxy", .kind = OPTION_TEXT, .max = 255 },
	{ .name = "from", .kind = OPTION_TEXT, .max = 200 },
	{ .name = "user", .kind = OPTION_TEXT, .max = 63 },
	{ .name = "password_file", .kind = OPTION_TEXT, .max = 512 },
	{ .name = "verify", .kind = OPTION_FLAG, .dflt = 1 },
	{ .name = "ca", .kind = OPTION_TEXT, .max = 511 },
	{ .name = "prompt", .kind = OPTION_TEXT, .max = 512 },
	{ .name = "threshold",
	  .kind = OPTION_NUMBER,
	  .min = 1,
	  .max = 100,
	  .dflt = IVR_THRESHOLD_PERCENT },
	{ .name = "ring_ms", .kind = OPTION_NUMBER, .min = 1000, .max = 60000, .dflt = 15000 },
	{ .name = "listen_ms", .kind = OPTION_NUMBER, .min = 1000, .max = 35000, .dflt = 12000 },
	{ .name = "dtmf", .kind = OPTION_TEXT, .max = SIP_DIGITS_MAX },
	{ .name = "dtmf_after_ms", .kind = OPTION_NUMBER, .min = 0, .max = 20000, .dflt = 2000 },
	{ .name = NULL },
};

struct complaint {
	char *text;
	size_t size;
};

static int complain(const struct complaint *c, const char *text)
{
	(void)snprintf(c->text, c->size, "%s", text);
	return -EINVAL;
}

static int read_way(struct sip_sense *s, const struct complaint *c)
{
	static const struct {
		const char *name;
		enum sip_way way;
	} ways[] = { { "udp", SIP_WAY_UDP }, { "tcp", SIP_WAY_TCP }, { "tls", SIP_WAY_TLS } };
	const char *name = endpoint_text(&s->at, "transport");
	const char *param = strstr(s->at.params, "transport=");

	if (name == NULL && param != NULL)
		name = param + strlen("transport=");
	if (name == NULL)
		name = strcmp(s->at.scheme, "sips") == 0 ? "tls" : "udp";
	for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
		if (strncmp(ways[i].name, name, 3) != 0)
			continue;
		s->question.way = ways[i].way;
		return 0;
	}
	return complain(c, "transport: must be udp, tcp or tls");
}

/* "host", "host:port", "[::1]:port" */
static int read_proxy(struct sip_sense *s, const char *proxy, const struct complaint *c)
{
	const char *colon = strrchr(proxy, ':');
	bool brackets = proxy[0] == '[';
	const char *close = strchr(proxy, ']');
	size_t len = strlen(proxy);

	if (brackets && close == NULL)
		return complain(c, "proxy: must be host:port");
	if (brackets)
		len = (size_t)(close - proxy) - 1;
	else if (colon != NULL)
		len = (size_t)(colon - proxy);
	if (len == 0 || len >= sizeof s->hop)
		return complain(c, "proxy: must be host:port");
	memcpy(s->hop, proxy + brackets, len);
	s->hop[len] = '\0';
	if (colon != NULL && (!brackets || colon > close))
		(void)snprintf(s->service, sizeof s->service, "%.6s", colon + 1);
	return 0;
}

static int read_hop(struct sip_sense *s, const struct complaint *c)
{
	const char *proxy = endpoint_text(&s->at, "proxy");
	unsigned port = s->question.way == SIP_WAY_TLS ? TLS_PORT : PORT;

	(void)snprintf(s->service, sizeof s->service, "%u",
		       s->at.port > 0 && proxy == NULL ? s->at.port : port);
	s->question.route = proxy != NULL;
	if (proxy != NULL)
		return read_proxy(s, proxy, c);
	(void)snprintf(s->hop, sizeof s->hop, "%s", s->at.host);
	return 0;
}

static bool is_address(const char *host)
{
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;

	return uv_ip4_addr(host, 0, &v4) == 0 || uv_ip6_addr(host, 0, &v6) == 0;
}

/* What goes into a SIP header must not end it. */
static bool header_fine(const char *text)
{
	return text == NULL || strpbrk(text, "\r\n<>\"") == NULL;
}

static int write_uris(struct sip_sense *s, const struct complaint *c)
{
	static const char *const suffix[] = { "", ";transport=tcp", ";transport=tls" };
	struct sip_job *q = &s->question;
	const char *from = endpoint_text(&s->at, "from");
	char where[280];

	if (s->at.host[0] == '\0' || !header_fine(s->at.user) || !header_fine(s->at.host))
		return complain(c, "URL: must be sip:user@host:port");
	if (!header_fine(from) || (from != NULL && strncmp(from, "sip:", 4) != 0))
		return complain(c, "from: must be sip:name@domain");
	endpoint_show(&s->at, where, sizeof where);
	(void)snprintf(q->uri, sizeof q->uri, "sip:%s%s%s%s", s->at.user,
		       s->at.user[0] != '\0' ? "@" : "", where, suffix[q->way]);
	(void)snprintf(q->domain, sizeof q->domain, "sip:%s", where);
	(void)snprintf(q->from, sizeof q->from, "%s", from != NULL ? from : "");
	/* libre resolves nothing: a call to a name goes over the address that we found. */
	if (!is_address(s->at.host))
		q->route = true;
	return 0;
}

static int read_credentials(struct sip_sense *s, const struct complaint *c)
{
	const char *user = endpoint_text(&s->at, "user");
	const char *path = endpoint_text(&s->at, "password_file");
	struct sip_job *q = &s->question;

	if (user == NULL && path == NULL)
		return 0;
	if (user == NULL || path == NULL)
		return complain(c, "user: goes with password_file, and the other way round");
	(void)snprintf(q->user, sizeof q->user, "%s", user);
	int r = secret_read(path, q->password, sizeof q->password);
	if (r == 0)
		return 0;
	(void)snprintf(c->text, c->size, "password_file: %s", secret_problem(r));
	return -EINVAL;
}

static int read_call(struct sip_sense *s, const struct complaint *c)
{
	const char *prompt = endpoint_text(&s->at, "prompt");
	const char *digits = endpoint_text(&s->at, "dtmf");
	struct sip_job *q = &s->question;

	q->threshold_percent = (unsigned)endpoint_number(&s->at, "threshold");
	q->ring_ms = (unsigned)endpoint_number(&s->at, "ring_ms");
	q->listen_ms = (unsigned)endpoint_number(&s->at, "listen_ms");
	q->digits_after_ms = (unsigned)endpoint_number(&s->at, "dtmf_after_ms");
	if (digits != NULL && digits[strspn(digits, "0123456789*#ABCD")] != '\0')
		return complain(c, "dtmf: must be digits of 0-9 * # A-D");
	(void)snprintf(q->digits, sizeof q->digits, "%s", digits != NULL ? digits : "");
	if (prompt == NULL)
		return 0;
	s->prompt = calloc(1, sizeof *s->prompt);
	if (s->prompt == NULL)
		return -ENOMEM;
	q->reference = s->prompt;
	return prompt_load(s->prompt, prompt, c->text, c->size);
}

static enum sip_ask kind_of(const struct sip_sense *s)
{
	if (s->is_call)
		return SIP_ASK_CALL;
	return endpoint_flag(&s->at, "registrar") ? SIP_ASK_BINDINGS : SIP_ASK_OPTIONS;
}

int sip_sense_configure(struct sip_sense *s, const struct sense_target *t, char *reterr,
			size_t reterr_size)
{
	const struct complaint c = { reterr, reterr_size };
	const char *ca;
	int r = endpoint_init(&s->at, t, options, reterr, reterr_size);

	if (r < 0)
		return r;
	s->is_call = strcmp(s->at.scheme, "ivr") == 0;
	s->question.ask = kind_of(s);
	s->question.timeout_ms = t->timeout_ms > 0 ? t->timeout_ms : DEFAULT_TIMEOUT_MS;
	s->question.verify = endpoint_flag(&s->at, "verify");
	ca = endpoint_text(&s->at, "ca");
	(void)snprintf(s->question.ca, sizeof s->question.ca, "%s", ca != NULL ? ca : "");
	(void)snprintf(s->question.server_name, sizeof s->question.server_name, "%s", s->at.host);
	if (s->question.ask != SIP_ASK_OPTIONS && s->at.user[0] == '\0')
		return complain(&c, "URL: must name a user, as in sip:user@host:port");
	r = read_way(s, &c);
	if (r == 0)
		r = read_hop(s, &c);
	if (r == 0)
		r = write_uris(s, &c);
	if (r == 0)
		r = read_credentials(s, &c);
	if (r == 0)
		r = read_call(s, &c);
	return r;
}
