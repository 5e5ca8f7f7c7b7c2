/* Chats, SMS gateways, webhooks and Alertmanager: an HTTP POST each, that differ in address and
 * body. Happy path: the body is built by jansson (or from the configured template with every
 * value escaped for its content type), posted with the idempotency key as a header, and 2xx means
 * taken. Failure paths: 429 and 5xx and time-outs are tried again when the gateway asked for or
 * after a pause; other 4xx are this channel's end for the message. */
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/notify/sending.h"
#include "common/notify/template.h"

static int post(struct channel *c, const char *url, const char *content_type, char *body,
		const struct message *m, const char *bearer, channel_done_fn *done, void *arg)
{
	struct sending *s;
	char line[512];
	int r;

	if (body == NULL)
		return -ENOMEM;
	s = sending_new(c, url, "http,https", sending_judge_http);
	if (s == NULL) {
		free(body);
		return -ENOMEM;
	}
	sending_body(s, body);
	(void)snprintf(line, sizeof line, "Content-Type: %s", content_type);
	r = sending_header(s, line);
	(void)snprintf(line, sizeof line, "Idempotency-Key: %s", m->key);
	if (r == 0)
		r = sending_header(s, line);
	(void)snprintf(line, sizeof line, "Authorization: Bearer %s", bearer != NULL ? bearer : "");
	if (r == 0 && bearer != NULL)
		r = sending_header(s, line);
	if (r < 0) {
		sending_free(s);
		return r;
	}
	return sending_start(s, done, arg);
}

static char *dumps(json_t *o)
{
	char *out = o != NULL ? json_dumps(o, JSON_COMPACT) : NULL;

	json_decref(o);
	return out;
}

static const char *or_empty(const char *s)
{
	return s != NULL ? s : "";
}

static int no_setup(struct channel *c, char *reterr, size_t reterr_size)
{
	(void)c;
	(void)reterr;
	(void)reterr_size;
	return 0;
}

/* The bot's token is part of Telegram's path: it stays out of the configuration and the log. */
static int telegram_send(struct channel *c, const struct message *m, const char *address,
			 channel_done_fn *done, void *arg)
{
	const char *base = c->conf->url != NULL ? c->conf->url : "https://api.telegram.org";
	char url[768];
	char text[4096]; /* Telegram's limit */

	(void)snprintf(text, sizeof text, "%s\n%s", or_empty(m->text), or_empty(m->link));
	if (snprintf(url, sizeof url, "%s/bot%s/sendMessage", base, or_empty(c->secret)) >=
	    (int)sizeof url)
		return -EINVAL;
	return post(c, url, "application/json",
		    dumps(json_pack("{s:s, s:s, s:b}", "chat_id", address, "text", text,
				    "disable_web_page_preview", 1)),
		    m, NULL, done, arg);
}

static int zalo_send(struct channel *c, const struct message *m, const char *address,
		     channel_done_fn *done, void *arg)
{
	const char *url = c->conf->url != NULL
				  ? c->conf->url
				  : "https://business.openapi.zalo.me/message/template";
	struct sending *s = sending_new(c, url, "http,https", sending_judge_http);
	char line[512];
	char *body;
	int r;

	if (s == NULL)
		return -ENOMEM;
	body = dumps(json_pack("{s:s, s:s, s:s, s:{s:s, s:s, s:s}}", "phone", address,
			       "template_id", c->conf->template_id, "tracking_id", m->key,
			       "template_data", "su_co", or_empty(m->subject), "noi_dung",
			       or_empty(m->sms_unicode), "lien_ket", or_empty(m->link)));
	if (body == NULL) {
		sending_free(s);
		return -ENOMEM;
	}
	sending_body(s, body);
	(void)snprintf(line, sizeof line, "access_token: %s", or_empty(c->secret));
	r = sending_header(s, line);
	if (r == 0)
		r = sending_header(s, "Content-Type: application/json");
	if (r < 0) {
		sending_free(s);
		return r;
	}
	return sending_start(s, done, arg);
}

static int slack_send(struct channel *c, const struct message *m, const char *address,
		      channel_done_fn *done, void *arg)
{
	const char *url = address[0] != '\0' ? address : or_empty(c->conf->url);
	char text[4096];

	(void)snprintf(text, sizeof text, "%s\n%s", or_empty(m->text), or_empty(m->link));
	return post(c, url, "application/json", dumps(json_pack("{s:s}", "text", text)), m,
		    c->secret, done, arg);
}

static int sms_gateway_send(struct channel *c, const struct message *m, const char *address,
			    channel_done_fn *done, void *arg)
{
	const char *type =
		c->conf->content_type != NULL ? c->conf->content_type : "application/json";
	const char *body =
		c->conf->body != NULL ? c->conf->body : "{\"to\":{to},\"text\":{sms},\"id\":{key}}";

	return post(c, c->conf->url, type, template_fill(body, type, m, address), m, c->secret,
		    done, arg);
}

static json_t *webhook_json(const struct message *m)
{
	json_t *o = json_pack("{s:s, s:s, s:i, s:I, s:I}", "key", m->key, "kind",
			      message_kind_name(m->kind), "incident", (int)m->incident, "alarm",
			      (json_int_t)m->alarm, "decided_ms", (json_int_t)m->born_wall_ms);
	const struct {
		const char *name, *value;
	} members[] = {
		{ "reason", m->reason },
		{ "severity", m->severity },
		{ "site", m->site },
		{ "entity", m->entity },
		{ "code", m->code },
		{ "person", m->person },
		{ "language", m->language },
		{ "subject", m->subject },
		{ "text", m->text },
		{ "sms", m->sms },
		{ "sms_unicode", m->sms_unicode },
		{ "link", m->link },
	};

	for (size_t i = 0; o != NULL && i < sizeof members / sizeof *members; i++)
		if (members[i].value != NULL)
			(void)json_object_set_new(o, members[i].name,
						  json_string(members[i].value));
	return o;
}

static int webhook_send(struct channel *c, const struct message *m, const char *address,
			channel_done_fn *done, void *arg)
{
	const char *type =
		c->conf->content_type != NULL ? c->conf->content_type : "application/json";
	const char *url = address[0] != '\0' ? address : or_empty(c->conf->url);
	char *body = c->conf->body != NULL ? template_fill(c->conf->body, type, m, address)
					   : dumps(webhook_json(m));

	return post(c, url, type, body, m, c->secret, done, arg);
}

static void rfc3339(char *buf, size_t size, int64_t wall_ms)
{
	time_t t = (time_t)(wall_ms / 1000);
	struct tm tm;

	(void)gmtime_r(&t, &tm);
	(void)snprintf(buf, size, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", tm.tm_year + 1900,
		       tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec,
		       (int)(wall_ms % 1000));
}

/* Alertmanager v2: an alert stands until endsAt; a cleared one is sent with endsAt in the past. */
static json_t *alert_json(const struct message *m)
{
	bool cleared = m->reason != NULL && strcmp(m->reason, "cleared") == 0;
	char starts[40], ends[40];

	rfc3339(starts, sizeof starts, m->born_wall_ms - (cleared ? 1 : 0));
	rfc3339(ends, sizeof ends, m->born_wall_ms + (cleared ? 0 : DELIVERY_MAX_AGE_MS));
	return json_pack("[{s:{s:s, s:s, s:s, s:s}, s:{s:s, s:s}, s:s, s:s, s:s}]", "labels",
			 "alertname", or_empty(m->code), "entity", or_empty(m->entity), "site",
			 or_empty(m->site), "severity", or_empty(m->severity), "annotations",
			 "summary", or_empty(m->subject), "description", or_empty(m->text),
			 "startsAt", starts, "endsAt", ends, "generatorURL", or_empty(m->link));
}

static int alertmanager_send(struct channel *c, const struct message *m, const char *address,
			     channel_done_fn *done, void *arg)
{
	char url[512];

	(void)address;
	if (snprintf(url, sizeof url, "%s/api/v2/alerts", c->conf->url) >= (int)sizeof url)
		return -EINVAL;
	return post(c, url, "application/json", dumps(alert_json(m)), m, c->secret, done, arg);
}

const struct channel_type channel_telegram = { "telegram",    true, no_setup,
					       telegram_send, NULL, sending_cancel_all };
const struct channel_type channel_zalo = { "zalo",    true, no_setup,
					   zalo_send, NULL, sending_cancel_all };
const struct channel_type channel_slack = { "slack",	true, no_setup,
					    slack_send, NULL, sending_cancel_all };
const struct channel_type channel_sms_gateway = { "sms_gateway",    true, no_setup,
						  sms_gateway_send, NULL, sending_cancel_all };
const struct channel_type channel_webhook = { "webhook",    true, no_setup,
					      webhook_send, NULL, sending_cancel_all };
const struct channel_type channel_alertmanager = { "alertmanager",    false, no_setup,
						   alertmanager_send, NULL,  sending_cancel_all };
