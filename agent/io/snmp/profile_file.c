/* profile_file.c - the folder of profiles, read once at start.
 *
 * Each file is loaded by libcyaml against one schema and compiled; `also` is resolved when all are
 * there. One bad file fails the whole load with its name and line: a device that is silently read
 * by another profile is worse than an agent that says what is wrong. Rows are dropped again: those
 * of a profile that fits a device are read from its file when it is chosen. */
#include "agent/io/snmp/profile_file.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/io/snmp/profile_compile.h"
#include "common/io/beside.h"
#include "lazy_yaml.h"

enum { MAX_PROFILES = 512, MAX_FILE = 1 << 20, PATH_ROOM = 4096, BLOCK = 64 << 10 };

struct pending {
	struct arena arena;
	char *also[MAX_PROFILES][PROFILE_MAX_ALSO];
};

/* libcyaml tells the line in its log: the last complaint is kept. */
struct complaint {
	char text[PROFILE_ERROR_MAX];
};

__attribute__((format(printf, 3, 0))) static void on_cyaml_log(cyaml_log_t level, void *arg,
							       const char *format, va_list args)
{
	struct complaint *c = arg;
	size_t n = strlen(c->text);

	(void)level;
	if (n + 2 < sizeof c->text)
		(void)vsnprintf(c->text + n, sizeof c->text - n, format, args);
	for (char *p = c->text; *p != '\0'; p++)
		if (*p == '\n')
			*p = ' ';
}

/* Where the parts of a profile live. */
struct place {
	struct arena *head, *body;
};

static int compile_yaml(struct place at, const struct yaml_profile *y, struct profile **ret,
			char *reterr, size_t reterr_size)
{
	if (y->also_count >= PROFILE_MAX_ALSO) {
		(void)snprintf(reterr, reterr_size, "also: at most %d", PROFILE_MAX_ALSO - 1);
		return -EINVAL;
	}
	return profile_compile(at.head, at.body, y, ret, reterr, reterr_size);
}

static int parse(struct place at, const unsigned char *yaml, size_t length, struct profile **ret,
		 char **also, char *reterr, size_t reterr_size)
{
	struct complaint complaint = { "" };
	cyaml_config_t config = { .log_fn = on_cyaml_log,
				  .log_ctx = &complaint,
				  .mem_fn = cyaml_mem,
				  .log_level = CYAML_LOG_ERROR };
	cyaml_data_t *data = NULL;
	struct yaml_profile *y;
	int r;

	if (cyaml_load_data(yaml, length, &config, &profile_yaml_schema, &data, NULL) != CYAML_OK ||
	    data == NULL) {
		(void)snprintf(reterr, reterr_size, "%s", complaint.text);
		if (data != NULL)
			(void)cyaml_free(&config, &profile_yaml_schema, data, 0);
		return -EINVAL;
	}
	y = (struct yaml_profile *)data;
	r = compile_yaml(at, y, ret, reterr, reterr_size);
	for (unsigned i = 0; r == 0 && also != NULL && i < y->also_count; i++)
		also[i] = arena_text(at.head, y->also[i], strlen(y->also[i]));
	(void)cyaml_free(&config, &profile_yaml_schema, data, 0);
	return r;
}

int profile_parse(struct arena *arena, const char *file, const unsigned char *yaml, size_t length,
		  struct profile **ret, char *reterr, size_t reterr_size)
{
	int r = parse((struct place){ arena, arena }, yaml, length, ret, NULL, reterr, reterr_size);

	if (r == 0)
		(*ret)->file = arena_text(arena, file, strlen(file));
	return r;
}

static int read_file(const char *path, unsigned char **ret, size_t *ret_length)
{
	FILE *f = fopen(path, "rbe");
	unsigned char *buf = f != NULL ? malloc(MAX_FILE) : NULL;

	if (buf == NULL) {
		int r = f == NULL ? -errno : -ENOMEM;
		if (f != NULL)
			(void)fclose(f);
		return r;
	}
	*ret_length = fread(buf, 1, MAX_FILE, f);
	(void)fclose(f);
	*ret = buf;
	return 0;
}

static int is_yaml(const struct dirent *e)
{
	size_t n = strlen(e->d_name);

	return n > 5 && strcmp(e->d_name + n - 5, ".yaml") == 0;
}

static int load_file(struct profile_set *s, struct pending *pending, const char *path, char *reterr,
		     size_t reterr_size)
{
	char why[PROFILE_ERROR_MAX] = "cannot be read";
	struct arena body = { 0 };
	struct place at = { &pending->arena, &body };
	unsigned char *yaml = NULL;
	struct profile *p = NULL;
	size_t length = 0;
	int r = read_file(path, &yaml, &length);

	if (r == 0 && s->n == MAX_PROFILES) {
		(void)snprintf(why, sizeof why, "one profile more than the %d that fit",
			       MAX_PROFILES);
		r = -ENOSPC;
	}
	if (r == 0)
		r = parse(at, yaml, length, &p, pending->also[s->n], why, sizeof why);
	free(yaml);
	arena_fini(&body);
	if (r < 0) {
		(void)snprintf(reterr, reterr_size, "%s: %s", path, why);
		return r;
	}
	profile_drop_body(p);
	p->file = arena_text(&pending->arena, path, strlen(path));
	s->profiles[s->n++] = p;
	return 0;
}

/* Every profile also reads the `system` one: name, description, up-time. */
static int resolve(struct profile_set *s, const struct pending *pending, char *reterr,
		   size_t reterr_size)
{
	const struct profile *system = profile_by_name(s, "system");

	for (unsigned i = 0; i < s->n; i++) {
		struct profile *p = s->profiles[i];

		for (unsigned k = 0; k < PROFILE_MAX_ALSO && pending->also[i][k] != NULL; k++) {
			const struct profile *other = profile_by_name(s, pending->also[i][k]);

			if (other == NULL) {
				(void)snprintf(reterr, reterr_size,
					       "%s: also: no profile is called '%s'", p->file,
					       pending->also[i][k]);
				return -EINVAL;
			}
			if (other != system)
				p->also[p->n_also++] = other;
		}
		if (system != NULL && p != system)
			p->also[p->n_also++] = system;
	}
	return 0;
}

static int load_all(struct profile_set *s, struct pending *pending, const char *folder,
		    char *reterr, size_t reterr_size)
{
	struct dirent **files = NULL;
	int n = scandir(folder, &files, is_yaml, alphasort);
	int r = 0;

	if (n <= 0)
		(void)snprintf(reterr, reterr_size, "%s: no profiles there", folder);
	for (int i = 0; i < n; i++) {
		char path[PATH_ROOM];

		(void)snprintf(path, sizeof path, "%s/%s", folder, files[i]->d_name);
		if (r == 0)
			r = load_file(s, pending, path, reterr, reterr_size);
		free(files[i]);
	}
	free(files);
	return n <= 0 ? -ENOENT : r;
}

int profiles_load(struct profile_set *ret, const char *folder, char *reterr, size_t reterr_size)
{
	struct pending *pending = calloc(1, sizeof *pending);
	struct profile_set s = { 0 };
	int r = -ENOMEM;

	if (pending == NULL)
		return -ENOMEM;
	pending->arena.block_bytes = BLOCK; /* not between what parsing leaves behind */
	s.profiles = calloc(MAX_PROFILES, sizeof *s.profiles);
	if (s.profiles != NULL)
		r = load_all(&s, pending, folder, reterr, reterr_size);
	if (r == 0)
		r = resolve(&s, pending, reterr, reterr_size);
	s.arena = malloc(sizeof(struct arena));
	if (r == 0 && s.arena == NULL)
		r = -ENOMEM;
	if (s.arena != NULL)
		*(struct arena *)s.arena = pending->arena;
	else
		arena_fini(&pending->arena);
	free(pending);
	if (r < 0)
		profiles_fini(&s);
	else
		*ret = s;
	return r;
}

void profiles_fini(struct profile_set *s)
{
	if (s->arena != NULL)
		arena_fini(s->arena);
	free(s->arena);
	free(s->profiles);
	memset(s, 0, sizeof *s);
}

/* Only the rows are kept: what the profile is chosen by stands since the start. */
static int read_body(struct arena *arena, struct profile *p, char *reterr, size_t reterr_size)
{
	char why[PROFILE_ERROR_MAX] = "cannot be read";
	struct arena head = { 0 };
	struct place at = { &head, arena };
	unsigned char *yaml = NULL;
	struct profile *fresh = NULL;
	size_t length = 0;
	int r = read_file(p->file, &yaml, &length);

	if (r == 0)
		r = parse(at, yaml, length, &fresh, NULL, why, sizeof why);
	free(yaml);
	if (r < 0) {
		(void)snprintf(reterr, reterr_size, "%s: %s", p->file, why);
	} else {
		p->rows = fresh->rows;
		p->n_rows = fresh->n_rows;
		p->tables = fresh->tables;
		p->n_tables = fresh->n_tables;
		p->has_body = true;
	}
	arena_fini(&head);
	return r;
}

int profiles_ready(const struct profile_set *s, const struct profile *p, char *reterr,
		   size_t reterr_size)
{
	int r = 0;

	for (unsigned i = 0; r == 0 && i <= p->n_also; i++) {
		const struct profile *part = i < p->n_also ? p->also[i] : p;

		for (unsigned k = 0; r == 0 && k < s->n && !part->has_body; k++)
			if (s->profiles[k] == part)
				r = read_body(s->arena, s->profiles[k], reterr, reterr_size);
	}
	return r;
}

/* build/<preset>/bin/linewatch-agent: the tree's profiles are three folders up. */
int profiles_folder(char *ret, size_t size)
{
	static const char *const places[] = { "../share/linewatch/profiles", /* installed */
					      "../../../profiles",	     /* built */
					      NULL };
	const char *wanted = getenv("LINEWATCH_PROFILES");

	if (wanted != NULL && wanted[0] != '\0')
		return snprintf(ret, size, "%s", wanted) < (int)size ? 0 : -ENOENT;
	return beside_program(places, ret, size);
}

static struct profile_set shared;

const struct profile_set *profiles_shared(char *reterr, size_t reterr_size)
{
	char folder[PATH_ROOM + 32];

	if (shared.n > 0)
		return &shared;
	if (profiles_folder(folder, sizeof folder) < 0) {
		(void)snprintf(reterr, reterr_size,
			       "no profiles: put them into ../share/linewatch/profiles beside "
			       "the program, or set LINEWATCH_PROFILES");
		return NULL;
	}
	return profiles_load(&shared, folder, reterr, reterr_size) < 0 ? NULL : &shared;
}

void profiles_shared_free(void)
{
	profiles_fini(&shared);
}
