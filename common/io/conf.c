/* Load: read the file, index it (syntax, keys that stand twice), then let libcyaml fill the structs.
 * libcyaml stops at the first mistake. Where that is one plain value, the mistake is kept, something
 * harmless is put in the value's place and the file is loaded again, so that one look shows them all.
 * libcyaml reports a schema mistake as a message and a back-trace of log lines; the back-trace gives
 * the path and the index the line of the key itself, where libcyaml would name the token before it.
 * Files that cannot be read come back as errno; every mistake inside as text. */
#include "common/io/conf.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/io/conf_index.h"
#include "common/io/conf_schema.h"
#include "lazy_yaml.h"

struct problem {
	unsigned line;
	unsigned order;
	char *text; /* "key: what is wrong and what it wants" */
};

struct conf {
	char *name;
	struct conf_index *index;
	struct problem *problems;
	size_t n_problems;
	size_t n_of_values; /* the first ones: plain values that the load replaced */
};

static int problem_add(struct conf *c, unsigned line, const char *key, const char *text)
{
	struct problem *grown = realloc(c->problems, (c->n_problems + 1) * sizeof *grown);
	if (grown == NULL)
		return -ENOMEM;
	c->problems = grown;

	struct problem *p = &grown[c->n_problems];
	p->line = line;
	p->order = (unsigned)c->n_problems;
	if (asprintf(&p->text, "%s%s%s", key, *key != '\0' ? ": " : "", text) < 0)
		return -ENOMEM;
	c->n_problems++;
	return 0;
}

static int read_all(const char *path, char **ret, size_t *ret_len)
{
	struct stat st;
	size_t n = 0;
	ssize_t got = 1;
	int r = 0;
	char *text = NULL;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;

	if (fstat(fd, &st) < 0)
		r = -errno;
	else if (S_ISDIR(st.st_mode))
		r = -EISDIR;
	else if (st.st_size > CONF_MAX_BYTES)
		r = -EFBIG;
	while (r == 0 && got > 0) {
		char *grown = realloc(text, n + 65536);
		if (grown == NULL) {
			r = -ENOMEM;
			break;
		}
		text = grown;
		got = read(fd, text + n, 65536);
		n += got > 0 ? (size_t)got : 0;
		if (got < 0)
			r = -errno;
		else if (n > CONF_MAX_BYTES)
			r = -EFBIG;
	}
	(void)close(fd);
	if (r < 0) {
		free(text);
		return r;
	}
	*ret = text;
	*ret_len = n;
	return 0;
}

enum { VALUES_MAX = 100 }; /* wrong plain values that one load tells */

/* 0, CONF_INVALID with *reterr, or -ENOMEM. */
static int load_schema(const char *text, size_t len, const struct cyaml_schema_value *schema,
		       void **ret_data, struct conf_mistake *reterr)
{
	struct conf_trace t = { .message = "" };
	cyaml_config_t config = { .log_fn = conf_trace_log,
				  .log_ctx = &t,
				  .log_level = CYAML_LOG_ERROR,
				  .mem_fn = cyaml_mem };

	cyaml_err_t e =
		cyaml_load_data((const uint8_t *)text, len, &config, schema, ret_data, NULL);
	if (e == CYAML_OK)
		return 0;
	if (e == CYAML_ERR_OOM)
		return -ENOMEM;
	conf_mistake_from(reterr, &t, schema, cyaml_strerror(e));
	return CONF_INVALID;
}

/* *text with `instead` at the place of the value at `path`, newly allocated. CONF_INVALID: no plain
 * value stands there. */
static int replace_value(char **text, size_t *len, const char *path, const char *instead)
{
	struct conf_index_error err;
	struct conf_index *x;
	size_t start, end, n = strlen(instead);
	int r = conf_index_new(&x, *text, *len, &err);
	if (r != 0)
		return r;

	bool found = conf_index_value(x, path, &start, &end);
	conf_index_free(x);
	if (!found)
		return CONF_INVALID;
	char *other = malloc(*len - (end - start) + n + 1);
	if (other == NULL)
		return -ENOMEM;
	memcpy(other, *text, start);
	memcpy(other + start, instead, n);
	memcpy(other + start + n, *text + end, *len - end);
	explicit_bzero(*text, *len);
	free(*text);
	*len += n - (end - start);
	*text = other;
	return 0;
}

static int tell_odd_bool(void *arg, unsigned line, const char *key, const char *text, size_t len)
{
	char said[128];

	(void)snprintf(said, sizeof said, "'%.*s' is not right; it wants yes or no",
		       (int)(len < 64 ? len : 64), text);
	return problem_add(arg, line, key, said);
}

static int load_all(struct conf *c, char **text, size_t *len,
		    const struct cyaml_schema_value *schema, void **ret_data)
{
	struct conf_mistake m;

	for (unsigned i = 0;; i++) {
		int r = load_schema(*text, *len, schema, ret_data, &m);
		if (r < 0)
			return r;
		if (r == 0)
			return conf_index_odd_bools(c->index, schema, tell_odd_bool, c);
		r = problem_add(c, conf_index_line(c->index, m.path), m.key, m.text);
		if (r < 0)
			return r;
		if (m.instead == NULL || i == VALUES_MAX)
			return CONF_INVALID;
		r = replace_value(text, len, m.path, m.instead);
		if (r != 0)
			return r;
	}
}

int conf_load_text(struct conf **ret, const char *name, const char *text, size_t len,
		   const struct cyaml_schema_value *schema, void **ret_data)
{
	struct conf_index_error err;
	int r = -ENOMEM;
	char *own = NULL;
	size_t own_len = len;
	struct conf *c = calloc(1, sizeof *c);
	if (c == NULL)
		return -ENOMEM;

	c->name = strdup(name);
	own = malloc(len + 1);
	if (c->name == NULL || own == NULL)
		goto fail;
	memcpy(own, text, len);
	r = conf_index_new(&c->index, text, len, &err);
	if (r == CONF_INVALID && problem_add(c, err.line, err.key, err.text) < 0)
		r = -ENOMEM;
	if (r == 0)
		r = load_all(c, &own, &own_len, schema, ret_data);
	c->n_of_values = c->n_problems;
	if (r < 0)
		goto fail;
	explicit_bzero(own, own_len); /* it may hold credentials */
	free(own);
	*ret = c;
	return r;
fail:
	free(own);
	conf_close(c);
	return r;
}

int conf_load(struct conf **ret, const char *path, const struct cyaml_schema_value *schema,
	      void **ret_data)
{
	char *text = NULL; /* gcc -O2 does not see that success sets both */
	size_t len = 0;
	int r = read_all(path, &text, &len);
	if (r < 0)
		return r;

	r = conf_load_text(ret, path, text, len, schema, ret_data);
	explicit_bzero(text, len);
	free(text);
	return r;
}

void conf_data_free(const struct cyaml_schema_value *schema, void *data)
{
	cyaml_config_t config = { .log_level = CYAML_LOG_ERROR, .mem_fn = cyaml_mem };

	if (data != NULL)
		(void)cyaml_free(&config, schema, data, 0);
}

/* The last key of a path: "ids" of "sites[2].ids[0]". */
void conf_last_key(char *buf, size_t size, const char *path)
{
	const char *start = strrchr(path, '.');

	start = start == NULL ? path : start + 1;
	(void)snprintf(buf, size, "%.*s", (int)strcspn(start, "["), start);
}

struct conf_where conf_at(const struct conf *c, const char *path_fmt, ...)
{
	struct conf_where at = { 0 };
	char path[256];
	va_list args;

	va_start(args, path_fmt);
	(void)vsnprintf(path, sizeof path, path_fmt, args);
	va_end(args);
	conf_last_key(at.key, sizeof at.key, path);
	if (c != NULL && c->index != NULL)
		at.line = conf_index_line(c->index, path);
	return at;
}

/* What stands there is not the file's own any more; its mistake is told. */
static bool was_replaced(const struct conf *c, struct conf_where at)
{
	size_t n = strlen(at.key);

	for (size_t i = 0; i < c->n_of_values; i++) {
		const struct problem *p = &c->problems[i];
		if (p->line == at.line && strncmp(p->text, at.key, n) == 0 && p->text[n] == ':')
			return true;
	}
	return false;
}

void conf_problem(struct conf *c, struct conf_where at, const char *fmt, ...)
{
	char text[512];
	va_list args;

	if (was_replaced(c, at))
		return;
	va_start(args, fmt);
	(void)vsnprintf(text, sizeof text, fmt, args);
	va_end(args);
	(void)problem_add(c, at.line, at.key, text);
}

size_t conf_problems(const struct conf *c)
{
	return c->n_problems;
}

static int by_line(const void *a, const void *b)
{
	const struct problem *p = a, *q = b;

	if (p->line != q->line)
		return p->line < q->line ? -1 : 1;
	return p->order < q->order ? -1 : p->order > q->order;
}

void conf_print(const struct conf *c, FILE *out)
{
	if (c->n_problems > 0)
		qsort(c->problems, c->n_problems, sizeof *c->problems, by_line);
	for (size_t i = 0; i < c->n_problems; i++)
		(void)fprintf(out, "%s:%u: %s\n", c->name, c->problems[i].line,
			      c->problems[i].text);
}

void conf_close(struct conf *c)
{
	if (c == NULL)
		return;
	for (size_t i = 0; i < c->n_problems; i++)
		free(c->problems[i].text);
	free(c->problems);
	conf_index_free(c->index);
	free(c->name);
	free(c);
}
