/* endpoint.c - libcurl's URL parser cuts the URL; jansson holds the options.
 *
 * Happy path: the fragment is taken off and becomes options, a SIP URL gets the "//" that generic
 * parsers want, curl cuts the rest, then every option is checked against the sense's table. Failure
 * path: one line that names the part and what it wants; nothing is kept. */
#include "agent/io/ask/endpoint.h"

#include "lazy_curl.h"
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { URL_MAX = 1024 };

struct complaint {
	char *text;
	size_t size;
};

static int complain(const struct complaint *c, const char *what, const char *wants)
{
	(void)snprintf(c->text, c->size, "%s: %s", what, wants);
	return -EINVAL;
}

/* One "name=value" of the fragment. */
static int add_option(json_t *options, const char *item, size_t len)
{
	const char *equals = memchr(item, '=', len);
	char name[64];
	int n;

	if (equals == NULL || (size_t)(equals - item) >= sizeof name)
		return -EINVAL;
	memcpy(name, item, (size_t)(equals - item));
	name[equals - item] = '\0';
	char *value =
		curl_easy_unescape(NULL, equals + 1, (int)(len - (size_t)(equals + 1 - item)), &n);
	if (value == NULL)
		return -ENOMEM;
	json_t *text = strlen(value) == (size_t)n ? json_string(value) : NULL;
	curl_free(value);
	return json_object_set_new(options, name, text) < 0 ? -EINVAL : 0; /* not UTF-8 too */
}

static int read_fragment(json_t *options, const char *fragment, const struct complaint *c)
{
	while (*fragment != '\0') {
		size_t len = strcspn(fragment, "&");

		if (add_option(options, fragment, len) < 0)
			return complain(c, fragment, "options are written name=value&name=value");
		fragment += len + (fragment[len] == '&');
	}
	return 0;
}

static bool number_of(const json_t *v, long *ret)
{
	char *end;

	if (json_is_integer(v)) {
		json_int_t n = json_integer_value(v);
		*ret = n > LONG_MAX ? LONG_MAX : (long)n;
		return true;
	}
	if (!json_is_string(v) || json_string_length(v) == 0)
		return false;
	*ret = strtol(json_string_value(v), &end, 10);
	return *end == '\0';
}

static bool flag_of(const json_t *v, bool *ret)
{
	static const struct {
		const char *word;
		bool value;
	} words[] = { { "yes", true }, { "true", true },   { "1", true },
		      { "no", false }, { "false", false }, { "0", false } };

	if (json_is_boolean(v)) {
		*ret = json_is_true(v);
		return true;
	}
	for (size_t i = 0; json_is_string(v) && i < sizeof words / sizeof *words; i++) {
		if (strcmp(words[i].word, json_string_value(v)) == 0) {
			*ret = words[i].value;
			return true;
		}
	}
	return false;
}

static int check_number(const struct endpoint_option *o, const json_t *v, const struct complaint *c)
{
	char wants[64];
	long n;

	if (number_of(v, &n) && n >= o->min && n <= o->max)
		return 0;
	(void)snprintf(wants, sizeof wants, "must be a number from %ld to %ld", o->min, o->max);
	return complain(c, o->name, wants);
}

static int check_option(const struct endpoint_option *o, const json_t *v, const struct complaint *c)
{
	bool flag;

	if (o->kind == OPTION_NUMBER)
		return check_number(o, v, c);
	if (o->kind == OPTION_FLAG)
		return flag_of(v, &flag) ? 0 : complain(c, o->name, "must be yes or no");
	if (json_is_string(v) && json_string_length(v) <= (size_t)o->max)
		return 0;
	return complain(c, o->name, "must be a text, and not so long");
}

static const struct endpoint_option *option_find(const struct endpoint_option *known,
						 const char *name)
{
	while (known->name != NULL && strcmp(known->name, name) != 0)
		known++;
	return known->name != NULL ? known : NULL;
}

static int check_options(const struct endpoint *e, const struct complaint *c)
{
	const char *name;
	json_t *v;

	json_object_foreach(e->options, name, v)
	{
		const struct endpoint_option *o = option_find(e->known, name);

		if (o == NULL)
			return complain(c, name, "no such option here; docs/SENSES.md lists them");
		int r = check_option(o, v, c);
		if (r < 0)
			return r;
	}
	return 0;
}

/* "sip:user@host;transport=tcp" -> "sip://user@host" and the params. */
static int normalise(struct endpoint *e, char url[URL_MAX], const char *text)
{
	const char *colon = strchr(text, ':');
	size_t scheme = colon != NULL ? (size_t)(colon - text) : 0;

	if (colon == NULL || scheme == 0 || scheme >= sizeof e->scheme)
		return -EINVAL;
	memcpy(e->scheme, text, scheme);
	if (strncmp(colon, "://", 3) == 0)
		return snprintf(url, URL_MAX, "%s", text) < URL_MAX ? 0 : -EINVAL;
	if (snprintf(url, URL_MAX, "%s://%s", e->scheme, colon + 1) >= URL_MAX)
		return -EINVAL;
	char *params = strchr(url, ';');
	if (params == NULL)
		return 0;
	*params++ = '\0';
	return snprintf(e->params, sizeof e->params, "%s", params) < (int)sizeof e->params
		       ? 0
		       : -EINVAL;
}

static int take_part(CURLU *u, CURLUPart part, unsigned flags, char *buf, size_t size)
{
	char *text = NULL;
	CURLUcode rc = curl_url_get(u, part, &text, flags);

	if (rc == CURLUE_NO_USER || rc == CURLUE_NO_HOST || rc == CURLUE_NO_PORT)
		return 0;    /* a part that is not there stays "" */
	if (rc != CURLUE_OK) /* a control character behind a percent sign, for one */
		return -EINVAL;
	int n = snprintf(buf, size, "%s", text);
	curl_free(text);
	return n < (int)size ? 0 : -EINVAL;
}

static int cut(struct endpoint *e, const char *url)
{
	char port[8] = "";
	CURLU *u = curl_url();
	int r = -ENOMEM;

	if (u == NULL)
		return r;
	r = -EINVAL;
	if (curl_url_set(u, CURLUPART_URL, url,
			 CURLU_NON_SUPPORT_SCHEME | CURLU_NO_AUTHORITY | CURLU_PATH_AS_IS) !=
	    CURLUE_OK)
		goto out;
	if (take_part(u, CURLUPART_USER, CURLU_URLDECODE, e->user, sizeof e->user) < 0 ||
	    take_part(u, CURLUPART_HOST, 0, e->host, sizeof e->host) < 0 ||
	    take_part(u, CURLUPART_PATH, CURLU_URLDECODE, e->path, sizeof e->path) < 0 ||
	    take_part(u, CURLUPART_PORT, 0, port, sizeof port) < 0)
		goto out;
	e->port = (unsigned)strtoul(port, NULL, 10);
	r = 0;
out:
	curl_url_cleanup(u);
	return r;
}

/* "[::1]" as URLs write it -> "::1" as resolvers want it. */
static void strip_brackets(char *host)
{
	size_t len = strlen(host);

	if (len < 2 || host[0] != '[' || host[len - 1] != ']')
		return;
	memmove(host, host + 1, len - 2);
	host[len - 2] = '\0';
}

int endpoint_init(struct endpoint *ret, const struct sense_target *t,
		  const struct endpoint_option *known, char *reterr, size_t reterr_size)
{
	const struct complaint c = { reterr, reterr_size };
	struct endpoint e = { .known = known };
	char url[URL_MAX], text[URL_MAX];
	int r = -EINVAL;

	e.options = t->options_json != NULL ? json_loads(t->options_json, 0, NULL) : json_object();
	if (!json_is_object(e.options)) {
		(void)complain(&c, "options", "must be a mapping");
		goto fail;
	}
	(void)complain(&c, "URL", "must be scheme://host:port, as docs/SENSES.md shows");
	if (snprintf(text, sizeof text, "%s", t->url) >= (int)sizeof text)
		goto fail;
	/* a web address keeps its query: it is asked for */
	char *fragment = strpbrk(text, strncmp(text, "http", 4) == 0 ? "#" : "#?");
	if (fragment != NULL)
		*fragment++ = '\0';
	if (normalise(&e, url, text) < 0 || cut(&e, url) < 0)
		goto fail;
	strip_brackets(e.host);
	if (fragment != NULL && read_fragment(e.options, fragment, &c) < 0)
		goto fail;
	if (check_options(&e, &c) < 0)
		goto fail;
	*ret = e;
	return 0;
fail:
	endpoint_fini(&e);
	return r;
}

void endpoint_fini(struct endpoint *e)
{
	json_decref(e->options);
	e->options = NULL;
}

const char *endpoint_text(const struct endpoint *e, const char *option)
{
	return json_string_value(json_object_get(e->options, option));
}

long endpoint_number(const struct endpoint *e, const char *option)
{
	long n;

	if (number_of(json_object_get(e->options, option), &n))
		return n;
	return option_find(e->known, option)->dflt;
}

bool endpoint_flag(const struct endpoint *e, const char *option)
{
	bool flag;

	if (flag_of(json_object_get(e->options, option), &flag))
		return flag;
	return option_find(e->known, option)->dflt != 0;
}

void endpoint_show(const struct endpoint *e, char *buf, size_t size)
{
	bool ipv6 = strchr(e->host, ':') != NULL;

	if (e->port > 0)
		(void)snprintf(buf, size, ipv6 ? "[%s]:%u" : "%s:%u", e->host, e->port);
	else
		(void)snprintf(buf, size, "%s", e->host);
}
