/* request.c - what a request asked and what it is answered: parameters, JSON, problem documents
 * (RFC 9457), ETag, gzip, and the headers that every answer carries. */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "collector/io/http/request.h"
#include "common/core/rfc3339.h"
#include "common/core/tr.h"

enum { GZIP_FROM = 1024, GZIP_LEVEL = 2, ETAG_BYTES = 12, PROBLEM_MAX = 512 };

static const struct {
	const char *name, *value;
} always[] = {
	{ "Content-Security-Policy",
	  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
	  "connect-src 'self'; manifest-src 'self'; worker-src 'self'; media-src 'self'; "
	  "base-uri 'none'; form-action 'self'; frame-ancestors 'none'" },
	{ "X-Content-Type-Options", "nosniff" },
	{ "X-Frame-Options", "DENY" },
	{ "Referrer-Policy", "no-referrer" },
	{ "Cross-Origin-Opener-Policy", "same-origin" },
	{ "Cross-Origin-Resource-Policy", "same-origin" },
	{ "Permissions-Policy", "camera=(), geolocation=(), microphone=()" },
	{ "Vary", "Accept-Encoding, Accept-Language, Cookie" },
};

/* A page made here, such as a report: complete in itself, it runs nothing and loads nothing. */
static const char report_policy[] =
	"default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; "
	"frame-ancestors 'none'";

void response_headers(struct MHD_Response *r)
{
	for (size_t i = 0; i < sizeof always / sizeof *always; i++)
		(void)MHD_add_response_header(r, always[i].name, always[i].value);
}

const char *request_param(const struct request *q, const char *name)
{
	return MHD_lookup_connection_value(q->conn, MHD_GET_ARGUMENT_KIND, name);
}

const char *request_header(const struct request *q, const char *name)
{
	return MHD_lookup_connection_value(q->conn, MHD_HEADER_KIND, name);
}

const char *request_lang(const struct request *q)
{
	const char *lang = request_param(q, "lang");

	if (lang == NULL)
		lang = request_header(q, MHD_HTTP_HEADER_ACCEPT_LANGUAGE);
	return lang != NULL && strncmp(lang, "en", 2) == 0 ? "en" : "vi";
}

int reply(struct request *q, int status, json_t *j)
{
	if (j == NULL)
		return problem(q, MHD_HTTP_INTERNAL_SERVER_ERROR, "internal", NULL);
	json_decref(q->out);
	q->out = j;
	q->status = status;
	return 0;
}

int reply_nothing(struct request *q, int status)
{
	json_decref(q->out);
	q->out = NULL;
	q->status = status;
	return 0;
}

int reply_text(struct request *q, int status, char *text, const char *type)
{
	if (text == NULL)
		return problem(q, MHD_HTTP_INTERNAL_SERVER_ERROR, "internal", NULL);
	free(q->text);
	q->text = text;
	q->text_type = type;
	q->status = status;
	return 0;
}

static const char *filled(char *buf, size_t size, const char *lang, const char *prefix,
			  const char *key, const char *what)
{
	const struct tr_arg args[] = { { "what", what != NULL ? what : "" }, { NULL, NULL } };

	(void)tr_fill(buf, size, tr_word(lang, prefix, key), args);
	return buf;
}

int problem(struct request *q, int status, const char *key, const char *what)
{
	const char *lang = request_lang(q);
	char title[PROBLEM_MAX], detail[PROBLEM_MAX], vi[PROBLEM_MAX], en[PROBLEM_MAX];

	json_decref(q->out);
	q->out = json_pack("{s:o,s:s,s:i,s:s,s:{s:s,s:s}}", "type",
			   json_sprintf("urn:linewatch:problem:%s", key), "title",
			   filled(title, sizeof title, lang, "problem.", key, what), "status",
			   status, "detail",
			   filled(detail, sizeof detail, lang, "advice.", key, what), "text", "vi",
			   filled(vi, sizeof vi, "vi", "advice.", key, what), "en",
			   filled(en, sizeof en, "en", "advice.", key, what));
	if (q->out == NULL) /* `what` was not UTF-8 */
		q->out = json_pack("{s:s,s:s,s:i,s:s,s:{s:s,s:s}}", "type",
				   "urn:linewatch:problem:bad_request", "title", "?", "status",
				   status, "detail", "?", "text", "vi", "?", "en", "?");
	q->status = status;
	return 0;
}

static bool wants_gzip(const struct request *q)
{
	const char *accept = request_header(q, MHD_HTTP_HEADER_ACCEPT_ENCODING);

	return accept != NULL && strstr(accept, "gzip") != NULL &&
	       strstr(accept, "gzip;q=0") == NULL;
}

/* malloc'ed; NULL: no memory, or not worth it. */
static char *gzipped(const char *text, size_t n, size_t *ret_n)
{
	z_stream z = { 0 };
	size_t bound;
	char *out;
	int r;

	if (deflateInit2(&z, GZIP_LEVEL, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK)
		return NULL;
	bound = deflateBound(&z, n);
	out = malloc(bound);
	if (out == NULL) {
		(void)deflateEnd(&z);
		return NULL;
	}
	z.next_in = (Bytef *)(uintptr_t)text;
	z.avail_in = (uInt)n;
	z.next_out = (Bytef *)out;
	z.avail_out = (uInt)bound;
	r = deflate(&z, Z_FINISH);
	*ret_n = z.total_out;
	(void)deflateEnd(&z);
	if (r == Z_STREAM_END && *ret_n < n)
		return out;
	free(out);
	return NULL;
}

static void make_etag(char ret[ETAG_BYTES * 2 + 5], const char *text, size_t n)
{
	unsigned char hash[crypto_generichash_BYTES_MIN];
	char hex[ETAG_BYTES * 2 + 1];

	(void)crypto_generichash(hash, sizeof hash, (const unsigned char *)text, n, NULL, 0);
	(void)sodium_bin2hex(hex, sizeof hex, hash, ETAG_BYTES);
	(void)snprintf(ret, ETAG_BYTES * 2 + 5, "W/\"%s\"", hex);
}

static bool is_unchanged(const struct request *q, const char *etag)
{
	const char *known = request_header(q, MHD_HTTP_HEADER_IF_NONE_MATCH);

	return known != NULL && q->status == MHD_HTTP_OK && strstr(known, etag + 2) != NULL;
}

static struct MHD_Response *body_of(struct request *q, const char *etag, char *text, size_t n)
{
	size_t small_n = 0;
	char *small;
	struct MHD_Response *r;

	if (is_unchanged(q, etag)) {
		q->status = MHD_HTTP_NOT_MODIFIED;
		free(text);
		return MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT);
	}
	small = n >= GZIP_FROM && wants_gzip(q) ? gzipped(text, n, &small_n) : NULL;
	if (small == NULL)
		return MHD_create_response_from_buffer(n, text, MHD_RESPMEM_MUST_FREE);
	free(text);
	r = MHD_create_response_from_buffer(small_n, small, MHD_RESPMEM_MUST_FREE);
	if (r != NULL)
		(void)MHD_add_response_header(r, MHD_HTTP_HEADER_CONTENT_ENCODING, "gzip");
	return r;
}

static struct MHD_Response *response_of(struct request *q)
{
	char *text = q->text;
	char etag[ETAG_BYTES * 2 + 5];
	struct MHD_Response *r;

	q->text = NULL;
	if (text == NULL && q->out == NULL)
		return MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT);
	if (text == NULL)
		text = json_dumps(q->out, JSON_COMPACT | JSON_REAL_PRECISION(15));
	if (text == NULL)
		return NULL;
	make_etag(etag, text, strlen(text));
	r = body_of(q, etag, text, strlen(text));
	if (r == NULL)
		return NULL;
	(void)MHD_add_response_header(r, MHD_HTTP_HEADER_ETAG, etag);
	(void)MHD_add_response_header(r, MHD_HTTP_HEADER_CONTENT_TYPE,
				      q->text_type != NULL ? q->text_type
				      : q->status >= 400   ? "application/problem+json"
							   : "application/json; charset=utf-8");
	return r;
}

enum MHD_Result request_send(struct request *q)
{
	struct MHD_Response *r = response_of(q);
	enum MHD_Result ok;

	if (r == NULL)
		return MHD_NO;
	response_headers(r);
	if (q->text_type != NULL && strncmp(q->text_type, "text/html", 9) == 0) {
		(void)MHD_del_response_header(r, always[0].name, always[0].value);
		(void)MHD_add_response_header(r, always[0].name, report_policy);
	}
	(void)MHD_add_response_header(r, MHD_HTTP_HEADER_CACHE_CONTROL, "private, no-cache");
	if (q->set_cookie[0] != '\0')
		(void)MHD_add_response_header(r, MHD_HTTP_HEADER_SET_COOKIE, q->set_cookie);
	if (q->status == MHD_HTTP_UNAUTHORIZED)
		(void)MHD_add_response_header(r, MHD_HTTP_HEADER_WWW_AUTHENTICATE,
					      "Bearer realm=\"linewatch\"");
	ok = MHD_queue_response(q->conn, (unsigned)q->status, r);
	MHD_destroy_response(r);
	q->http->answered[q->status / 100 % 6]++;
	return ok;
}

void request_free(struct request *q)
{
	if (q == NULL)
		return;
	sodium_memzero(q->who.token, sizeof q->who.token);
	json_decref(q->in);
	json_decref(q->out);
	free(q->text);
	free(q->body);
	free(q->data);
	free(q);
}

bool param_limit(struct request *q, size_t *ret)
{
	const char *text = request_param(q, "limit");
	char *end;
	long n;

	*ret = PAGE_DEFAULT;
	if (text == NULL)
		return true;
	n = strtol(text, &end, 10);
	if (end == text || *end != '\0' || n < 1 || n > PAGE_MAX) {
		(void)problem(q, MHD_HTTP_BAD_REQUEST, "bad_parameter", "limit");
		return false;
	}
	*ret = (size_t)n;
	return true;
}

bool param_time(struct request *q, const char *name, int64_t dflt_ms, int64_t *ret_ms)
{
	const char *text = request_param(q, name);
	char *end;
	double seconds;

	*ret_ms = dflt_ms;
	if (text == NULL || rfc3339_parse(text, ret_ms))
		return true;
	seconds = strtod(text, &end);
	if (end == text || *end != '\0' || !(seconds >= 0) || seconds > 253402300799.0) {
		(void)problem(q, MHD_HTTP_BAD_REQUEST, "bad_parameter", name);
		return false;
	}
	*ret_ms = (int64_t)(seconds * 1000);
	return true;
}

bool body_text(struct request *q, const char *name, size_t max, const char **ret)
{
	const json_t *v = json_object_get(q->in, name);
	size_t n = json_string_length(v);

	*ret = NULL;
	if (v == NULL || json_is_null(v))
		return true;
	if (!json_is_string(v) || n == 0 || n > max || strlen(json_string_value(v)) != n) {
		(void)problem(q, MHD_HTTP_BAD_REQUEST, "bad_member", name);
		return false;
	}
	*ret = json_string_value(v);
	return true;
}

bool body_int(struct request *q, const char *name, int64_t least, int64_t most, int64_t *ret)
{
	const json_t *v = json_object_get(q->in, name);

	*ret = 0;
	if (v == NULL || json_is_null(v))
		return true;
	if (!json_is_integer(v) || json_integer_value(v) < least || json_integer_value(v) > most) {
		(void)problem(q, MHD_HTTP_BAD_REQUEST, "bad_member", name);
		return false;
	}
	*ret = json_integer_value(v);
	return true;
}
