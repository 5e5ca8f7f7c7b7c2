/* host_options.c - read without libcurl, unlike the addresses of other machines: most agents watch
 * their own host and nothing that needs it. */
#include "agent/io/host/host_options.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static const struct {
	const char *name;
	size_t offset;
} options[] = {
	{ "chrony", offsetof(struct host_options, chrony) },
	{ "timesync", offsetof(struct host_options, timesync) },
};

struct complaint {
	char *text;
	size_t size;
};

static int complain(const struct complaint *c, const char *what, const char *wants)
{
	(void)snprintf(c->text, c->size, "%s: %s", what, wants);
	return -EINVAL;
}

static int set(struct host_options *o, const char *name, const char *value,
	       const struct complaint *c)
{
	for (size_t i = 0; i < sizeof options / sizeof *options; i++) {
		if (strcmp(options[i].name, name) != 0)
			continue;
		int n = snprintf((char *)o + options[i].offset, HOST_OPTION_MAX, "%s", value);
		return n < HOST_OPTION_MAX ? 0 : complain(c, name, "is too long");
	}
	return complain(c, name, "no such option here; docs/SENSES.md lists them");
}

/* "name=value&name=value" */
static int read_fragment(struct host_options *o, const char *text, const struct complaint *c)
{
	char item[HOST_OPTION_MAX + 16];
	int r = 0;

	while (r == 0 && *text != '\0') {
		size_t n = strcspn(text, "&");

		(void)snprintf(item, sizeof item, "%.*s", (int)n, text);
		char *equals = strchr(item, '=');
		if (equals == NULL)
			return complain(c, item, "options are written name=value&name=value");
		*equals = '\0';
		r = set(o, item, equals + 1, c);
		text += n + (text[n] == '&');
	}
	return r;
}

static int read_json(struct host_options *o, const char *text, const struct complaint *c)
{
	json_t *all = json_loads(text, 0, NULL);
	const char *name;
	json_t *v;
	int r = 0;

	json_object_foreach(all, name, v)
	{
		const char *value = json_string_value(v);

		if (r == 0)
			r = set(o, name, value != NULL ? value : "", c);
	}
	json_decref(all);
	return r;
}

int host_options_parse(struct host_options *ret, const struct sense_target *t, char *reterr,
		       size_t reterr_size)
{
	const struct complaint c = { reterr, reterr_size };
	const char *root = strchr(t->url, ':') + 1;
	struct host_options o = { .root = "" };
	struct stat st;

	root += strncmp(root, "//", 2) == 0 ? 2 : 0;
	size_t n = strcspn(root, "#");
	if (n >= sizeof o.root)
		return complain(&c, "URL", "the folder's name is too long");
	(void)snprintf(o.root, sizeof o.root, "%.*s", (int)n, root);
	if (o.root[0] != '\0' && (stat(o.root, &st) < 0 || !S_ISDIR(st.st_mode)))
		return complain(&c, o.root, "is no folder");
	if (strcmp(o.root, "/") == 0)
		o.root[0] = '\0';
	int r = root[n] == '#' ? read_fragment(&o, root + n + 1, &c) : 0;
	if (r == 0 && t->options_json != NULL)
		r = read_json(&o, t->options_json, &c);
	if (r == 0)
		*ret = o;
	return r;
}
