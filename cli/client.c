/* client.c - libcurl's easy interface: connect, ask, read at most 64 MiB, parse.
 *
 * Failure: no connection, a time-out or an answer that is not JSON is "cannot be reached"; a problem
 * document (RFC 9457) is shown with its detail in the language asked for. */
#include "cli/client.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/say.h"
#include "common/core/tr.h"

enum {
	ANSWER_MAX = 64 << 20,
	URL_MAX_BYTES = 2048,
	TOKEN_MAX = 256,
	TIMEOUT_S = 20,
	CONNECT_S = 4
};

struct client {
	const struct cli *cli;
	CURL *curl;
	struct curl_slist *headers;
	char *buf;
	size_t len;
};

static size_t on_data(char *data, size_t size, size_t n, void *arg)
{
	struct client *c = arg;
	size_t bytes = size * n;
	char *buf;

	if (c->len + bytes > ANSWER_MAX)
		return 0;
	buf = realloc(c->buf, c->len + bytes + 1);
	if (buf == NULL)
		return 0;
	memcpy(buf + c->len, data, bytes);
	c->buf = buf;
	c->len += bytes;
	return bytes;
}

static void add_header(struct client *c, const char *line)
{
	struct curl_slist *more = curl_slist_append(c->headers, line);

	if (more != NULL)
		c->headers = more;
}

static void add_token(struct client *c)
{
	char token[TOKEN_MAX], line[TOKEN_MAX + 32];
	FILE *f = c->cli->token_file != NULL ? fopen(c->cli->token_file, "re") : NULL;

	if (f == NULL)
		return;
	if (fgets(token, sizeof token, f) != NULL) {
		token[strcspn(token, "\r\n")] = '\0';
		(void)snprintf(line, sizeof line, "Authorization: Bearer %s", token);
		add_header(c, line);
	}
	(void)fclose(f);
}

struct client *client_open(const struct cli *cli)
{
	struct client *c = calloc(1, sizeof *c);

	if (c != NULL)
		c->curl = curl_easy_init();
	if (c == NULL || c->curl == NULL) {
		say_error(cli, "cli.no_memory", NULL);
		free(c);
		return NULL;
	}
	c->cli = cli;
	add_header(c, "Content-Type: application/json");
	add_header(c, strcmp(cli->lang, "en") == 0 ? "Accept-Language: en" : "Accept-Language: vi");
	add_token(c);
	return c;
}

void client_close(struct client *c)
{
	if (c == NULL)
		return;
	curl_slist_free_all(c->headers);
	curl_easy_cleanup(c->curl);
	free(c->buf);
	free(c);
}

static int unreachable(const struct client *c, const char *why)
{
	say_error(c->cli, "cli.unreachable", "url", c->cli->url, "why", why, NULL);
	(void)fprintf(stderr, "%s\n", tr(c->cli->lang, "cli.unreachable_do"));
	return CLI_UNREACHABLE;
}

static void prepare(struct client *c, const char *method, const char *url, const char *body)
{
	CURL *h = c->curl;

	c->len = 0;
	curl_easy_reset(h);
	(void)curl_easy_setopt(h, CURLOPT_URL, url);
	(void)curl_easy_setopt(h, CURLOPT_PROTOCOLS_STR, "http,https");
	(void)curl_easy_setopt(h, CURLOPT_NOSIGNAL, 1L);
	(void)curl_easy_setopt(h, CURLOPT_CONNECTTIMEOUT, (long)CONNECT_S);
	(void)curl_easy_setopt(h, CURLOPT_TIMEOUT, (long)TIMEOUT_S);
	(void)curl_easy_setopt(h, CURLOPT_ACCEPT_ENCODING, "");
	(void)curl_easy_setopt(h, CURLOPT_HTTPHEADER, c->headers);
	(void)curl_easy_setopt(h, CURLOPT_WRITEFUNCTION, on_data);
	(void)curl_easy_setopt(h, CURLOPT_WRITEDATA, c);
	(void)curl_easy_setopt(h, CURLOPT_CUSTOMREQUEST, method);
	if (body != NULL)
		(void)curl_easy_setopt(h, CURLOPT_POSTFIELDS, body);
}

static int refused(const struct client *c, const json_t *problem, long status)
{
	char number[32];

	(void)snprintf(number, sizeof number, "HTTP %ld", status);
	say_error(c->cli, "cli.refused", "why",
		  j_text(problem, "detail", j_text(problem, "title", number)), NULL);
	if (status == 401)
		(void)fprintf(stderr, "%s\n", tr(c->cli->lang, "cli.token_hint"));
	return CLI_MISUSE;
}

static int perform(struct client *c, json_t **ret)
{
	CURLcode e = curl_easy_perform(c->curl);
	long status = 0;
	json_t *j;

	if (e != CURLE_OK)
		return unreachable(c, curl_easy_strerror(e));
	(void)curl_easy_getinfo(c->curl, CURLINFO_RESPONSE_CODE, &status);
	j = c->len == 0 ? json_null() : json_loadb(c->buf, c->len, JSON_DECODE_ANY, NULL);
	if (j == NULL || (status >= 400 && !json_is_object(j))) {
		json_decref(j);
		return unreachable(c, tr(c->cli->lang, "cli.not_json"));
	}
	if (status >= 400) {
		int r = refused(c, j, status);

		json_decref(j);
		return r;
	}
	*ret = j;
	return CLI_OK;
}

int client_ask(struct client *c, const char *method, const char *path, json_t *body, json_t **ret)
{
	char url[URL_MAX_BYTES];
	size_t base = strlen(c->cli->url);
	char *text = body != NULL ? json_dumps(body, JSON_COMPACT) : NULL;
	int r;

	while (base > 0 && c->cli->url[base - 1] == '/')
		base--;
	(void)snprintf(url, sizeof url, "%.*s%s", (int)base, c->cli->url, path);
	prepare(c, method, url, text);
	r = perform(c, ret);
	free(text);
	return r;
}

void url_add(char *buf, size_t size, const char *text)
{
	static const char hex[] = "0123456789ABCDEF";
	static const char plain[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~";
	size_t n = strlen(buf);

	for (const unsigned char *p = (const unsigned char *)text; *p != '\0' && n + 4 < size;
	     p++) {
		if (strchr(plain, *p) != NULL) {
			buf[n++] = (char)*p;
			continue;
		}
		buf[n++] = '%';
		buf[n++] = hex[*p >> 4];
		buf[n++] = hex[*p & 15];
	}
	buf[n] = '\0';
}

int client_list(struct client *c, const char *path, const char *member, json_t **ret)
{
	json_t *all = json_array();
	char next[URL_MAX_BYTES];

	(void)snprintf(next, sizeof next, "%s%climit=2000", path, strchr(path, '?') ? '&' : '?');
	for (;;) {
		json_t *page = NULL;
		const char *after;
		int r = client_ask(c, "GET", next, NULL, &page);

		if (r != CLI_OK) {
			json_decref(all);
			return r;
		}
		(void)json_array_extend(all, json_object_get(page, member));
		after = j_text(page, "next", NULL);
		if (after == NULL) {
			json_decref(page);
			*ret = all;
			return CLI_OK;
		}
		(void)snprintf(next, sizeof next, "%s%climit=2000&after=", path,
			       strchr(path, '?') ? '&' : '?');
		url_add(next, sizeof next, after);
		json_decref(page);
	}
}

int client_once(const struct cli *cli, const char *method, const char *path, json_t *body,
		json_t **ret)
{
	struct client *c = client_open(cli);
	int r = c != NULL ? client_ask(c, method, path, body, ret) : CLI_UNREACHABLE;

	client_close(c);
	return r;
}

int client_get(const struct cli *cli, const char *path, json_t **ret)
{
	return client_once(cli, "GET", path, NULL, ret);
}

void print_json(const json_t *j)
{
	(void)json_dumpf(j, stdout, JSON_INDENT(2) | JSON_ENCODE_ANY);
	(void)putchar('\n');
}

const char *j_text(const json_t *o, const char *name, const char *dflt)
{
	const char *s = json_string_value(json_object_get(o, name));

	return s != NULL ? s : dflt;
}

long long j_int(const json_t *o, const char *name, long long dflt)
{
	const json_t *v = json_object_get(o, name);

	return json_is_number(v) ? (long long)json_number_value(v) : dflt;
}
