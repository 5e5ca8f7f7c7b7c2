#include "common/notify/sending.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct sending {
	struct channel *channel;
	struct sending *next;
	CURL *easy;
	struct curl_slist *headers, *recipients;
	curl_mime *mime;
	char *body;
	sending_judge_fn *judge;
	channel_done_fn *done;
	void *arg;
};

void sending_free(struct sending *s)
{
	if (s == NULL)
		return;
	if (s->easy != NULL)
		curl_easy_cleanup(s->easy);
	curl_mime_free(s->mime);
	curl_slist_free_all(s->headers);
	curl_slist_free_all(s->recipients);
	free(s->body);
	free(s);
}

static size_t swallow(char *p, size_t size, size_t n, void *arg)
{
	(void)p;
	(void)arg;
	return size * n; /* what a gateway says beyond its status is of no use to anybody */
}

struct sending *sending_new(struct channel *c, const char *url, const char *protocols,
			    sending_judge_fn *judge)
{
	struct sending *s = calloc(1, sizeof *s);
	long timeout = c->conf->timeout_ms != 0 ? (long)c->conf->timeout_ms : 10000;

	if (s == NULL)
		return NULL;
	s->easy = curl_easy_init();
	if (s->easy == NULL) {
		free(s);
		return NULL;
	}
	s->channel = c;
	s->judge = judge;
	(void)curl_easy_setopt(s->easy, CURLOPT_URL, url);
	(void)curl_easy_setopt(s->easy, CURLOPT_PROTOCOLS_STR, protocols);
	(void)curl_easy_setopt(s->easy, CURLOPT_TIMEOUT_MS, timeout);
	(void)curl_easy_setopt(s->easy, CURLOPT_CONNECTTIMEOUT_MS, timeout / 2);
	(void)curl_easy_setopt(s->easy, CURLOPT_WRITEFUNCTION, swallow);
	(void)curl_easy_setopt(s->easy, CURLOPT_USERAGENT, "linewatch/" LW_VERSION);
	if (c->conf->ca_file != NULL)
		(void)curl_easy_setopt(s->easy, CURLOPT_CAINFO, c->conf->ca_file);
	return s;
}

CURL *sending_easy(struct sending *s)
{
	return s->easy;
}

static int append(struct curl_slist **list, const char *line)
{
	struct curl_slist *longer;

	if (strpbrk(line, "\r\n") != NULL)
		return -EINVAL; /* nobody writes headers through an address or a subject */
	longer = curl_slist_append(*list, line);
	if (longer == NULL)
		return -ENOMEM;
	*list = longer;
	return 0;
}

int sending_header(struct sending *s, const char *line)
{
	return append(&s->headers, line);
}

int sending_recipient(struct sending *s, const char *address)
{
	return append(&s->recipients, address);
}

void sending_body(struct sending *s, char *body)
{
	free(s->body);
	s->body = body;
	(void)curl_easy_setopt(s->easy, CURLOPT_POSTFIELDS, body);
	(void)curl_easy_setopt(s->easy, CURLOPT_POSTFIELDSIZE, (long)strlen(body));
}

curl_mime *sending_mime(struct sending *s)
{
	if (s->mime == NULL)
		s->mime = curl_mime_init(s->easy);
	if (s->mime != NULL)
		(void)curl_easy_setopt(s->easy, CURLOPT_MIMEPOST, s->mime);
	return s->mime;
}

static struct sending **sendings_of(struct channel *c)
{
	return (struct sending **)(void *)&c->state;
}

static void unlink_sending(struct sending *s)
{
	for (struct sending **p = sendings_of(s->channel); *p != NULL; p = &(*p)->next) {
		if (*p == s) {
			*p = s->next;
			return;
		}
	}
}

static void on_done(void *arg, CURL *easy, CURLcode result)
{
	struct sending *s = arg;
	struct channel_outcome o = { .result = DELIVERY_TEMPORARY };
	channel_done_fn *done = s->done;
	void *done_arg = s->arg;

	s->judge(&o, easy, result);
	unlink_sending(s);
	sending_free(s);
	done(done_arg, &o);
}

int sending_start(struct sending *s, channel_done_fn *done, void *arg)
{
	int r;

	if (s->headers != NULL)
		(void)curl_easy_setopt(s->easy, CURLOPT_HTTPHEADER, s->headers);
	if (s->recipients != NULL)
		(void)curl_easy_setopt(s->easy, CURLOPT_MAIL_RCPT, s->recipients);
	s->done = done;
	s->arg = arg;
	r = curl_loop_add(s->channel->curl, s->easy, on_done, s);
	if (r < 0) {
		sending_free(s);
		return r;
	}
	s->next = *sendings_of(s->channel);
	*sendings_of(s->channel) = s;
	return 0;
}

void sending_cancel_all(struct channel *c)
{
	struct sending *s = *sendings_of(c);

	while (s != NULL) {
		struct sending *next = s->next;

		curl_loop_cancel(c->curl, s->easy);
		sending_free(s);
		s = next;
	}
	c->state = NULL;
}

static void judge_transport(struct channel_outcome *o, CURLcode result)
{
	(void)snprintf(o->detail, sizeof o->detail, "%s", curl_easy_strerror(result));
	o->result = DELIVERY_TEMPORARY;
}

void sending_judge_http(struct channel_outcome *o, CURL *easy, CURLcode result)
{
	curl_off_t retry_after = 0;
	long status = 0;

	if (result != CURLE_OK) {
		judge_transport(o, result);
		return;
	}
	(void)curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
	(void)curl_easy_getinfo(easy, CURLINFO_RETRY_AFTER, &retry_after);
	(void)snprintf(o->detail, sizeof o->detail, "HTTP %ld", status);
	if (status >= 200 && status < 300)
		o->result = DELIVERY_TAKEN;
	else if (status == 408 || status == 425 || status == 429 || status >= 500)
		o->result = DELIVERY_TEMPORARY;
	else
		o->result = DELIVERY_PERMANENT;
	o->retry_after_ms =
		retry_after > 0 && retry_after < 86400 ? (int64_t)retry_after * 1000 : 0;
}

void sending_judge_smtp(struct channel_outcome *o, CURL *easy, CURLcode result)
{
	long reply = 0;

	(void)curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &reply);
	if (result == CURLE_OK) {
		o->result = DELIVERY_TAKEN;
		(void)snprintf(o->detail, sizeof o->detail, "SMTP %ld", reply);
		return;
	}
	judge_transport(o, result);
	if (reply >= 500 && reply < 600)
		o->result = DELIVERY_PERMANENT;
	if (reply >= 400)
		(void)snprintf(o->detail, sizeof o->detail, "SMTP %ld: %s", reply,
			       curl_easy_strerror(result));
}
