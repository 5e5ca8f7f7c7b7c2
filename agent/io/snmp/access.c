#include "agent/io/snmp/access.h"

#include <ctype.h>
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/io/secret.h"

static int refuse(char *reterr, size_t size, const char *what, const char *why)
{
	(void)snprintf(reterr, size, "%s: %s", what, why);
	return -EINVAL;
}

static int hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)tolower((unsigned char)c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Percent-decodes text[0..n). */
static int decode(const char *text, size_t n, char *ret, size_t size)
{
	size_t at = 0;

	for (size_t i = 0; i < n; i++) {
		char c = text[i];

		if (c == '%' && i + 2 < n && hex(text[i + 1]) >= 0 && hex(text[i + 2]) >= 0) {
			c = (char)(hex(text[i + 1]) * 16 + hex(text[i + 2]));
			i += 2;
		} else if (c == '%') {
			return -EINVAL;
		}
		if (c == '\0' || at + 1 >= size)
			return -EINVAL;
		ret[at++] = c;
	}
	ret[at] = '\0';
	return 0;
}

struct option {
	const char *key;
	size_t offset, size;
	bool file;   /* the value is in the file that is named */
	bool secret; /* not in a URL: other users of the machine could read it */
};

#define OPTION(k, field, f, s)                                                                     \
	{                                                                                          \
		k, offsetof(struct snmp_access, field), sizeof(((struct snmp_access *)0)->field),  \
			f, s                                                                       \
	}
static const struct option options[] = {
	OPTION("user", user, false, false),
	OPTION("context", context, false, false),
	OPTION("auth", auth, false, false),
	OPTION("priv", priv, false, false),
	OPTION("auth_password", auth_password, false, true),
	OPTION("auth_password_file", auth_password, true, false),
	OPTION("priv_password", priv_password, false, true),
	OPTION("priv_password_file", priv_password, true, false),
	OPTION("community", community, false, false),
	OPTION("community_file", community, true, false),
};

static int set_version(struct snmp_access *a, const char *value)
{
	static const struct {
		const char *word;
		enum snmp_version version;
	} words[] = { { "1", SNMP_V1 }, { "2c", SNMP_V2C }, { "2", SNMP_V2C }, { "3", SNMP_V3 } };
	bool v3 = a->version == SNMP_V3; /* as the URL has it: snmp3:// */

	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		if (strcmp(words[i].word, value) != 0 || (words[i].version == SNMP_V3) != v3)
			continue;
		a->version = words[i].version;
		a->version_told = true;
		return 0;
	}
	return -EINVAL;
}

static int set_option(struct snmp_access *a, const char *key, const char *value, bool in_url,
		      char *reterr, size_t size)
{
	if (strcmp(key, "version") == 0)
		return set_version(a, value) == 0
			       ? 0
			       : refuse(reterr, size, "version",
					"must be 1 or 2c; version 3 is snmp3://user@host");
	for (size_t i = 0; i < sizeof options / sizeof *options; i++) {
		const struct option *o = &options[i];
		char *field = (char *)a + o->offset;

		if (strcmp(o->key, key) != 0)
			continue;
		if (o->secret && in_url)
			return refuse(reterr, size, key, "belongs in a file, not in a URL");
		int r = o->file ? secret_read(value, field, o->size) : 0;
		if (r < 0)
			return refuse(reterr, size, value, secret_problem(r));
		if (!o->file && snprintf(field, o->size, "%s", value) >= (int)o->size)
			return refuse(reterr, size, key, "is too long");
		return 0;
	}
	return refuse(reterr, size, key, "no such option of SNMP");
}

static int parse_query(struct snmp_access *a, const char *query, char *reterr, size_t size)
{
	while (*query != '\0') {
		size_t n = strcspn(query, "&");
		size_t k = strcspn(query, "=&");
		char key[32], value[256];
		int r;

		if (k >= n || decode(query, k, key, sizeof key) < 0 ||
		    decode(query + k + 1, n - k - 1, value, sizeof value) < 0)
			return refuse(reterr, size, "the options of the URL", "must be key=value");
		r = set_option(a, key, value, true, reterr, size);
		if (r < 0)
			return r;
		query += n;
		query += *query == '&';
	}
	return 0;
}

static int parse_host(struct snmp_access *a, const char *text, size_t n)
{
	const char *end = text + n;
	const char *colon = NULL;

	if (n > 0 && text[0] == '[') { /* [::1]:161 */
		const char *close = memchr(text, ']', n);
		if (close == NULL)
			return -EINVAL;
		if (close + 1 < end && close[1] == ':')
			colon = close + 1;
		else if (close + 1 != end)
			return -EINVAL;
		text++;
		n = (size_t)(close - text);
	} else {
		colon = memchr(text, ':', n);
		n = colon != NULL ? (size_t)(colon - text) : n;
	}
	if (n == 0 || n >= sizeof a->host)
		return -EINVAL;
	memcpy(a->host, text, n);
	a->host[n] = '\0';
	if (colon == NULL)
		return 0;
	size_t digits = (size_t)(end - colon - 1);
	if (digits == 0 || digits > 5 || strspn(colon + 1, "0123456789") < digits)
		return -EINVAL;
	memcpy(a->port, colon + 1, digits);
	a->port[digits] = '\0';
	unsigned long port = strtoul(a->port, NULL, 10);
	return port >= 1 && port <= 65535 ? 0 : -EINVAL;
}

static int parse_url(struct snmp_access *a, const char *url, char *reterr, size_t size)
{
	const char *p = strstr(url, "://");
	size_t n;

	if (strncmp(url, "snmp://", 7) != 0 && strncmp(url, "snmp3://", 8) != 0)
		return refuse(reterr, size, "the URL",
			      "must read snmp://community@host:port or snmp3://user@host:port");
	a->version_told = strncmp(url, "snmp3:", 6) == 0;
	a->version = a->version_told ? SNMP_V3 : SNMP_V2C;
	p += 3;
	n = strcspn(p, "/?#");
	const char *at = NULL;
	for (size_t i = 0; i < n; i++)
		if (p[i] == '@')
			at = p + i;
	if (at != NULL) {
		char *who = a->version == SNMP_V3 ? a->user : a->community;

		if (decode(p, (size_t)(at - p), who, ACCESS_TEXT_MAX) < 0)
			return refuse(reterr, size, "community", "is too long or badly encoded");
		n -= (size_t)(at + 1 - p);
		p = at + 1;
	}
	if (parse_host(a, p, n) < 0)
		return refuse(reterr, size, "the URL", "wants a host and a port from 1 to 65535");
	p += n;
	p += *p == '/';
	return *p == '?' || *p == '#' ? parse_query(a, p + 1, reterr, size) : 0;
}

static int parse_json(struct snmp_access *a, const char *text, char *reterr, size_t size)
{
	json_t *o = json_loads(text, 0, NULL);
	const char *key;
	json_t *v;
	int r = 0;

	if (!json_is_object(o)) {
		json_decref(o);
		return refuse(reterr, size, "options", "must be a JSON object");
	}
	json_object_foreach(o, key, v)
	{
		if (r == 0 && json_is_string(v))
			r = set_option(a, key, json_string_value(v), false, reterr, size);
		else if (r == 0)
			r = refuse(reterr, size, key, "must be a text");
	}
	json_decref(o);
	return r;
}

int snmp_access_parse(struct snmp_access *ret, const struct sense_target *t, char *reterr,
		      size_t reterr_size)
{
	struct snmp_access a = { .port = "161", .community = "public" };
	int r = parse_url(&a, t->url, reterr, reterr_size);

	if (r == 0 && t->options_json != NULL)
		r = parse_json(&a, t->options_json, reterr, reterr_size);
	if (r == 0 && t->community != NULL && t->community[0] != '\0')
		(void)snprintf(a.community, sizeof a.community, "%s", t->community);
	if (r == 0)
		*ret = a;
	return r;
}
