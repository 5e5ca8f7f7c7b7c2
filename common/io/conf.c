/* Load: read the file, make a tree of it (syntax, keys that stand twice), then fill the structs from
 * the tree. A mistake in one plain value is told and something harmless stands in its place, so that
 * one look shows them all; any other mistake ends the load. The tree stays, for the lines of what the
 * owner finds wrong. Files that cannot be read come back as errno; every mistake inside as text. */
#include "common/io/conf.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/io/conf_fill.h"
#include "common/io/conf_tree.h"
#include "lazy_yaml.h"

struct problem {
	unsigned line;
	unsigned order;
	char *text; /* "key: what is wrong and what it wants" */
};

struct conf {
	char *name;
	struct conf_tree *tree;
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
	size_t n = 0, room = 0;
	ssize_t got = 1;
	int r = 0;
	char *text = NULL;
	/* a FIFO that nobody writes to must not hold the program: it reads as empty */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return -errno;
	(void)fcntl(fd, F_SETFL, 0);

	if (fstat(fd, &st) < 0)
		r = -errno;
	else if (S_ISDIR(st.st_mode))
		r = -EISDIR;
	else if (st.st_size > CONF_MAX_BYTES)
		r = -EFBIG;
	while (r == 0 && got > 0) {
		char *grown = n < room ? text : realloc(text, room = room > 0 ? 2 * room : 65536);
		if (grown == NULL) {
			r = -ENOMEM;
			break;
		}
		text = grown;
		got = read(fd, text + n, room - n);
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

static int tell(void *arg, const struct conf_mistake *m)
{
	return problem_add(arg, m->line, m->key, m->text);
}

int conf_load_text(struct conf **ret, const char *name, const char *text, size_t len,
		   const struct cyaml_schema_value *schema, void **ret_data)
{
	struct conf_tree_error err;
	int r = -ENOMEM;
	struct conf *c = calloc(1, sizeof *c);
	if (c == NULL)
		return -ENOMEM;

	c->name = strdup(name);
	if (c->name == NULL)
		goto fail;
	r = conf_tree_new(&c->tree, text, len, &err);
	if (r == CONF_INVALID && problem_add(c, err.line, err.key, err.text) < 0)
		r = -ENOMEM;
	if (r == 0)
		r = conf_fill(ret_data, c->tree, schema, tell, c);
	c->n_of_values = c->n_problems;
	if (r < 0)
		goto fail;
	*ret = c;
	return r;
fail:
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
static void last_key(char *buf, size_t size, const char *path)
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
	last_key(at.key, sizeof at.key, path);
	if (c != NULL && c->tree != NULL)
		at.line = conf_tree_line(c->tree, path);
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
	conf_tree_free(c->tree);
	free(c->name);
	free(c);
}
