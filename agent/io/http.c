/* http.c - a web service: http://, https://. Status, expected text, time, days of the certificate.
 *
 * Happy path: one GET through libcurl on the loop, a fresh connection each time so that every round
 * proves the whole way; the body is searched as it comes and thrown away. The certificate's end is
 * read in OpenSSL's verification, so that it is known also where the certificate is not trusted.
 * Failure paths: no connection leaves the service unreachable; a wrong status, a missing text, a
 * certificate that nobody trusts leave it reachable and down. Bodies are cut at BODY_MAX. */
#include "lazy_curl.h"
#include <errno.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/core/web.h"
#include "agent/io/ask/endpoint.h"
#include "agent/io/ask/round.h"
#include "agent/io/senses.h"
#include "common/curl/curl_loop.h"

enum { DEFAULT_TIMEOUT_MS = 8000, BODY_MAX = 4 << 20, REDIRECTS_MAX = 5 };

static const struct endpoint_option options[] = {
	{ .name = "expect", .kind = OPTION_TEXT, .max = WEB_TEXT_MAX - 1 },
	{ .name = "status", .kind = OPTION_TEXT, .max = 60 },
	{ .name = "verify", .kind = OPTION_FLAG, .dflt = 1 },
	{ .name = "ca", .kind = OPTION_TEXT, .max = 512 },
	{ .name = "follow", .kind = OPTION_FLAG, .dflt = 0 },
	{ .name = NULL },
};

struct http_sense {
	struct sense base;
	struct endpoint at;
	char *url;
	struct curl_loop *curl; /* its own: closing it ends the transfer */
	CURL *easy;		/* NULL: no transfer */
	struct round round;
	struct web_search search;
	unsigned timeout_ms;
	size_t n_body;
	bool has_certificate;
	int certificate_days;
	char trouble[CURL_ERROR_SIZE];
	uv_timer_t farewell; /* carries `closed` to the loop's next turn */
	void (*closed)(void *arg);
	void *closed_arg;
};

static const char *expected_text(const struct http_sense *s)
{
	return endpoint_text(&s->at, "expect");
}

static size_t on_body(char *data, size_t size, size_t n, void *arg)
{
	struct http_sense *s = arg;
	size_t len = size * n;

	if (expected_text(s) != NULL)
		web_search_feed(&s->search, data, len);
	s->n_body += len;
	return s->n_body <= BODY_MAX ? len : 0; /* 0 ends the transfer: CURLE_WRITE_ERROR */
}

static int context_slot(void)
{
	static int slot = -1;

	if (slot < 0)
		slot = SSL_CTX_get_ex_new_index(0, NULL, NULL, NULL, NULL);
	return slot;
}

/* Called for each certificate of the chain, and before any refusal: note the server's own. */
static int on_verify(int ok, X509_STORE_CTX *store)
{
	const SSL *ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
	struct http_sense *s = SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), context_slot());
	X509 *leaf = X509_STORE_CTX_get0_cert(store);
	int days, seconds;

	if (leaf != NULL && ASN1_TIME_diff(&days, &seconds, NULL, X509_get0_notAfter(leaf)) == 1) {
		s->has_certificate = true;
		s->certificate_days = seconds < 0 ? days - 1 : days;
	}
	return ok == 1 || !endpoint_flag(&s->at, "verify");
}

static CURLcode on_context(CURL *easy, void *context, void *arg)
{
	(void)easy;
	if (SSL_CTX_set_ex_data(context, context_slot(), arg) != 1)
		return CURLE_OUT_OF_MEMORY;
	SSL_CTX_set_verify(context, SSL_VERIFY_PEER, on_verify);
	return CURLE_OK;
}

/* Do these mean that nobody was reached, or that somebody is there and of no use? */
static bool is_reached(CURLcode code)
{
	static const CURLcode unreached[] = { CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_CONNECT,
					      CURLE_OPERATION_TIMEDOUT };

	for (size_t i = 0; i < sizeof unreached / sizeof *unreached; i++)
		if (unreached[i] == code)
			return false;
	return true;
}

static bool judge(struct http_sense *s, CURLcode code, long status)
{
	const char *spec = endpoint_text(&s->at, "status");
	char where[280];

	endpoint_show(&s->at, where, sizeof where);
	if (code != CURLE_OK)
		round_error(&s->round, "%s: %s", where,
			    s->trouble[0] != '\0' ? s->trouble : curl_easy_strerror(code));
	else if (!web_status_fits(spec != NULL ? spec : "", (unsigned)status))
		round_error(&s->round, "%s: answers %ld, expected %s", where, status,
			    spec != NULL ? spec : "200 to 399");
	else if (expected_text(s) != NULL && !s->search.found)
		round_error(&s->round, "%s: the expected text is not on the page", where);
	else
		return true;
	return false;
}

static void report(struct http_sense *s, CURLcode code)
{
	bool https = strcmp(s->at.scheme, "https") == 0;
	curl_off_t took_us = 0;
	long status = 0;

	(void)curl_easy_getinfo(s->easy, CURLINFO_RESPONSE_CODE, &status);
	(void)curl_easy_getinfo(s->easy, CURLINFO_TOTAL_TIME_T, &took_us);
	/* A transfer that timed out after its first words was reached all the same. */
	bool reachable = is_reached(code) || status > 0;
	bool up = judge(s, code, status);

	round_value(&s->round, M_SERVICE_UP, up);
	if (status > 0) {
		round_value(&s->round, M_HTTP_STATUS, (double)status);
		round_value(&s->round, M_SERVICE_LATENCY, (double)took_us / 1000);
		round_evidence(&s->round, "HTTP status %ld", status);
	} else {
		round_unknown(&s->round, M_SERVICE_LATENCY,
			      reachable ? REASON_MISSING : REASON_UNREACHABLE);
	}
	if (s->has_certificate)
		round_value(&s->round, M_TLS_DAYS_LEFT, s->certificate_days);
	else if (https)
		round_unknown(&s->round, M_TLS_DAYS_LEFT, REASON_UNREACHABLE);
	if (s->has_certificate)
		round_evidence(&s->round, "the certificate ends in %d days", s->certificate_days);
	curl_easy_cleanup(s->easy);
	s->easy = NULL;
	round_end(&s->round, reachable, "service", s->at.scheme);
}

static void on_done(void *arg, CURL *easy, CURLcode code)
{
	(void)easy;
	report(arg, code);
}

static void set_options(struct http_sense *s)
{
	const char *ca = endpoint_text(&s->at, "ca");
	CURL *e = s->easy;

	(void)curl_easy_setopt(e, CURLOPT_URL, s->url);
	(void)curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, "http,https");
	(void)curl_easy_setopt(e, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
	(void)curl_easy_setopt(e, CURLOPT_FOLLOWLOCATION, (long)endpoint_flag(&s->at, "follow"));
	(void)curl_easy_setopt(e, CURLOPT_MAXREDIRS, (long)REDIRECTS_MAX);
	(void)curl_easy_setopt(e, CURLOPT_TIMEOUT_MS, (long)s->timeout_ms);
	(void)curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
	(void)curl_easy_setopt(e, CURLOPT_QUICK_EXIT, 1L); /* no waiting for a slow resolver */
	(void)curl_easy_setopt(e, CURLOPT_FRESH_CONNECT, 1L);
	(void)curl_easy_setopt(e, CURLOPT_FORBID_REUSE, 1L);
	(void)curl_easy_setopt(e, CURLOPT_PROXY,
			       ""); /* the service itself, not the environment's */
	(void)curl_easy_setopt(e, CURLOPT_USERAGENT, "linewatch/" LW_VERSION);
	(void)curl_easy_setopt(e, CURLOPT_ERRORBUFFER, s->trouble);
	(void)curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, on_body);
	(void)curl_easy_setopt(e, CURLOPT_WRITEDATA, s);
	(void)curl_easy_setopt(e, CURLOPT_SSL_CTX_FUNCTION, on_context);
	(void)curl_easy_setopt(e, CURLOPT_SSL_CTX_DATA, s);
	if (!endpoint_flag(&s->at, "verify")) {
		(void)curl_easy_setopt(e, CURLOPT_SSL_VERIFYHOST, 0L);
		(void)curl_easy_setopt(e, CURLOPT_SSL_VERIFYPEER, 0L);
	}
	if (ca != NULL)
		(void)curl_easy_setopt(e, CURLOPT_CAINFO, ca);
}

static int http_poll(struct sense *base, sense_done_fn *done, void *arg)
{
	struct http_sense *s = (struct http_sense *)base;

	int r = round_start(&s->round, done, arg);
	if (r < 0)
		return r;
	s->n_body = 0;
	s->has_certificate = false;
	s->trouble[0] = '\0';
	if (expected_text(s) != NULL)
		(void)web_search_init(&s->search, expected_text(s));
	r = -ENOMEM;
	s->easy = curl_easy_init();
	if (s->easy == NULL)
		goto fail;
	set_options(s);
	r = curl_loop_add(s->curl, s->easy, on_done, s);
	if (r < 0)
		goto fail;
	return 0;
fail:
	curl_easy_cleanup(s->easy);
	s->easy = NULL;
	round_abandon(&s->round);
	return r;
}

static void on_farewell(uv_handle_t *h)
{
	struct http_sense *s = h->data;
	void (*closed)(void *) = s->closed;
	void *closed_arg = s->closed_arg;

	endpoint_fini(&s->at);
	free(s->url);
	free(s);
	if (closed != NULL)
		closed(closed_arg);
}

static void http_close(struct sense *base, void (*closed)(void *arg), void *arg)
{
	struct http_sense *s = (struct http_sense *)base;

	round_abandon(&s->round);
	if (s->easy != NULL) {
		curl_loop_cancel(s->curl, s->easy);
		curl_easy_cleanup(s->easy);
		s->easy = NULL;
	}
	curl_loop_close(&s->curl);
	s->closed = closed;
	s->closed_arg = arg;
	uv_close((uv_handle_t *)&s->farewell, on_farewell);
}

static int complain(char *reterr, size_t size, const char *text)
{
	(void)snprintf(reterr, size, "%s", text);
	return -EINVAL;
}

static int check(struct http_sense *s, char *reterr, size_t size)
{
	const char *status = endpoint_text(&s->at, "status");

	if (s->at.host[0] == '\0')
		return complain(reterr, size, "URL: must be https://host/path");
	if (status != NULL && !web_status_spec_valid(status))
		return complain(reterr, size, "status: must be codes such as 200,204,3xx");
	if (expected_text(s) != NULL && web_search_init(&s->search, expected_text(s)) < 0)
		return complain(reterr, size, "expect: must not be empty");
	return 0;
}

static int http_open(struct sense **ret, uv_loop_t *loop, const struct sense_target *t,
		     char *reterr, size_t reterr_size)
{
	struct http_sense *s = calloc(1, sizeof *s);
	if (s == NULL)
		return -ENOMEM;

	int r = endpoint_init(&s->at, t, options, reterr, reterr_size);
	if (r < 0)
		goto fail;
	r = check(s, reterr, reterr_size);
	if (r < 0)
		goto fail;
	r = -ENOMEM;
	s->url = strndup(t->url, strcspn(t->url, "#"));
	if (s->url == NULL)
		goto fail;
	r = curl_loop_open(&s->curl, loop);
	if (r < 0)
		goto fail;
	r = uv_timer_init(loop, &s->farewell);
	if (r < 0)
		goto fail;
	s->farewell.data = s;
	s->base.type = &sense_http;
	s->timeout_ms = t->timeout_ms > 0 ? t->timeout_ms : DEFAULT_TIMEOUT_MS;
	*ret = &s->base;
	return 0;
fail: /* of ours, nothing is on the loop yet */
	curl_loop_close(&s->curl);
	endpoint_fini(&s->at);
	free(s->url);
	free(s);
	return r;
}

static const char *const schemes[] = { "http", "https", NULL };

const struct sense_type sense_http = { schemes, http_open, http_poll, http_close };
