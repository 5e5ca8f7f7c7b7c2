/* Load, then check each value and reference, so that a person mends a file in one go. A secret is
 * read from its file here, once; no message shows one. Memory that the checks add (derived fields)
 * is freed beside what libcyaml owns. */
#include "agent/agent_conf.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uv.h>

#include "agent/agent_conf_schema.h"
#include "agent/io/sense.h"
#include "agent/io/snmp/profile_file.h"
#include "agent/traps.h"
#include "common/io/conf.h"
#include "common/io/secret.h"

enum { ID_MAX = 64, SECRET_MAX = 256, FASTEST_MS = 200, SLOWEST_MS = 3600000 };

/* "500ms", "5s", "2m", "1h"; a bare number is seconds. */
static int parse_duration(const char *text, uint32_t *ret_ms)
{
	static const struct {
		const char *unit;
		double ms;
	} units[] = { { "ms", 1 }, { "s", 1000 }, { "", 1000 }, { "m", 60000 }, { "h", 3600000 } };
	char *end;
	double v = strtod(text, &end);

	if (strspn(text, "0123456789.") == 0 || strpbrk(text, "xXpP") != NULL || !(v >= 0))
		return -EINVAL; /* no sign, no hexadecimal, no "infinity" */
	for (size_t i = 0; i < sizeof units / sizeof *units; i++)
		if (strcmp(end, units[i].unit) == 0 && v * units[i].ms <= SLOWEST_MS) {
			*ret_ms = (uint32_t)(v * units[i].ms);
			return 0;
		}
	return -EINVAL;
}

static void check_duration(struct conf *f, struct conf_where at, const char *text, uint32_t dflt_ms,
			   uint32_t *ret_ms)
{
	*ret_ms = dflt_ms;
	if (text == NULL)
		return;
	if (parse_duration(text, ret_ms) < 0 || *ret_ms < FASTEST_MS)
		conf_problem(f, at, "'%s' is not right; it wants a time from 200ms to 1h", text);
}

static bool id_ok(const char *id)
{
	size_t n = strlen(id);

	return n > 0 && n <= ID_MAX &&
	       strspn(id, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") == n;
}

static void check_id(struct conf *f, struct conf_where at, const char *id)
{
	if (id != NULL && !id_ok(id))
		conf_problem(f, at,
			     "'%s' is not right; it wants 1 to 64 letters, digits, '.', '_' or '-'",
			     id);
}

static void check_readable(struct conf *f, struct conf_where at, const char *path)
{
	struct stat st;

	if (path == NULL)
		return;
	if (access(path, R_OK) < 0 || stat(path, &st) < 0)
		conf_problem(f, at, "%s cannot be read (%s); it wants a file", path,
			     strerror(errno));
	else if (S_ISDIR(st.st_mode))
		conf_problem(f, at, "%s is a folder; it wants a file", path);
}

static int read_secret(const char *path, char **ret)
{
	char line[SECRET_MAX + 2];
	int r = secret_read(path, line, sizeof line);

	if (r < 0)
		return r;
	*ret = strdup(line);
	explicit_bzero(line, sizeof line);
	return *ret == NULL ? -ENOMEM : 0;
}

/* A secret that stands inline or in a file, not in both. */
static void check_secret(struct conf *f, struct conf_where at, const char *inlined,
			 const char *path, char **ret)
{
	int r;

	if (inlined != NULL && path != NULL) {
		conf_problem(f, at, "stands both here and as %s_file; keep one of the two", at.key);
		return;
	}
	if (inlined != NULL)
		*ret = strdup(inlined);
	if (path == NULL)
		return;
	r = read_secret(path, ret);
	if (r < 0)
		conf_problem(f, at, "%s cannot be used (%s); it wants a file with one line", path,
			     secret_problem(r));
}

static void check_name(struct agent_conf *c, struct conf *f)
{
	const char *slash = strchr(c->name, '/');
	size_t n = slash != NULL ? (size_t)(slash - c->name) : 0;

	if (slash != NULL && n > 0 && n <= ID_MAX && strlen(slash + 1) <= ID_MAX) {
		(void)snprintf(c->site, sizeof c->site, "%.*s", (int)n, c->name);
		(void)snprintf(c->agent, sizeof c->agent, "%s", slash + 1);
	}
	if (!id_ok(c->site) || !id_ok(c->agent))
		conf_problem(f, conf_at(f, "name"),
			     "'%s' is not right; it wants site/agent, as danang/gw", c->name);
}

static void check_broker(struct agent_conf *c, struct conf *f)
{
	struct broker_conf *b = &c->broker;

	broker_conf_check(b, f);
	check_readable(f, conf_at(f, "broker.ca"), b->ca);
	check_readable(f, conf_at(f, "broker.certificate"), b->cert);
	check_readable(f, conf_at(f, "broker.key"), b->key);
	check_secret(f, conf_at(f, "broker.password_file"), NULL, b->password_file,
		     &c->broker_password);
}

static void check_poll(struct agent_poll *p, struct conf *f)
{
	check_duration(f, conf_at(f, "poll.ups"), p->ups, 2500, &p->ups_ms);
	check_duration(f, conf_at(f, "poll.pbx"), p->pbx, 5000, &p->pbx_ms);
	check_duration(f, conf_at(f, "poll.phone"), p->phone, 5000, &p->phone_ms);
	check_duration(f, conf_at(f, "poll.other"), p->other, 10000, &p->other_ms);
	check_duration(f, conf_at(f, "poll.fast"), p->fast, 1000, &p->fast_ms);
}

static void check_journal(struct agent_journal *j, struct conf *f)
{
	if (j->max_mib == 0)
		j->max_mib = 32;
	if (j->history_kbit == 0)
		j->history_kbit = 256;
	if (j->max_mib > 4096)
		conf_problem(f, conf_at(f, "journal.max_mib"),
			     "%u is not right; it wants 1 to 4096", j->max_mib);
	if (j->history_kbit < 8 || j->history_kbit > 1000000)
		conf_problem(f, conf_at(f, "journal.history_kbit"),
			     "%u is not right; it wants 8 to 1000000 kbit/s", j->history_kbit);
}

static const char *const classes[] = { "ups",	  "headset",	 "phone", "pbx",     "trunk", "ivr",
				       "service", "workstation", "link",  "network", NULL };

static void check_class(struct conf *f, struct conf_where at, const char *class)
{
	if (class == NULL)
		return;
	for (size_t i = 0; classes[i] != NULL; i++)
		if (strcmp(classes[i], class) == 0)
			return;
	conf_problem(f, at,
		     "'%s' is not right; it wants one of: ups headset phone pbx trunk ivr service "
		     "workstation link network",
		     class);
}

static uint32_t interval_of(const struct agent_poll *p, const char *class, const char *url)
{
	enum {
		TEST_CALL_MS = 60000
	}; /* a call takes a line: once a minute, unless told otherwise */

	if (url != NULL && strncmp(url, "ivr:", 4) == 0)
		return TEST_CALL_MS;
	if (class == NULL)
		return p->other_ms;
	if (strcmp(class, "ups") == 0)
		return p->ups_ms;
	if (strcmp(class, "pbx") == 0 || strcmp(class, "trunk") == 0)
		return p->pbx_ms;
	return strcmp(class, "phone") == 0 ? p->phone_ms : p->other_ms;
}

/* The port of scheme:[//][user@]host:port…; 0 where none is given, -1 where it is no port. */
static long url_port(const char *url)
{
	const char *rest = strchr(url, ':') + 1;
	char host[256], *end;

	rest += strspn(rest, "/");
	(void)snprintf(host, sizeof host, "%.*s", (int)strcspn(rest, "/?"), rest);
	const char *at = strrchr(host, '@');
	const char *from = at != NULL ? at + 1 : host;
	const char *bracket = strchr(from, ']');
	const char *colon = strchr(bracket != NULL ? bracket : from, ':');
	if (colon == NULL)
		return 0;
	long port = strtol(colon + 1, &end, 10);
	return end != colon + 1 && (*end == '\0' || *end == ';') && port > 0 && port < 65536 ? port
											     : -1;
}

static void check_url(struct conf *f, struct conf_where at, const char *url)
{
	if (sense_type_find(url) == NULL)
		conf_problem(f, at,
			     "nothing here speaks '%.*s'; it wants a URL as snmp://10.0.0.5 or "
			     "https://…",
			     (int)strcspn(url, ":"), url);
	else if (url_port(url) < 0)
		conf_problem(f, at, "the port is not right; it wants 1 to 65535 after the host");
}

enum option_kind {
	OPTION_KIND_TEXT,
	OPTION_KIND_FILE,
	OPTION_KIND_SECRET,
	OPTION_KIND_NUMBER,
	OPTION_KIND_FLAG
};

static json_t *option_json(enum option_kind kind, const char *text)
{
	static const char *const yes[] = { "yes", "true", "on" }, *const no[] = { "no", "false",
										  "off" };
	char *end;

	if (kind <= OPTION_KIND_SECRET)
		return json_string(text);
	if (kind == OPTION_KIND_NUMBER) {
		long v = strtol(text, &end, 10);
		return end != text && *end == '\0' && v >= 0 ? json_integer(v) : NULL;
	}
	for (size_t i = 0; i < 3; i++) {
		if (strcmp(text, yes[i]) == 0)
			return json_true();
		if (strcmp(text, no[i]) == 0)
			return json_false();
	}
	return NULL;
}

static void option_set(json_t *all, struct conf *f, struct conf_where at, enum option_kind kind,
		       const char *text, const char *key, const char *wants)
{
	if (text == NULL)
		return;
	json_t *v = option_json(kind, text);
	if (v == NULL)
		conf_problem(f, at, "is not right; it wants %s", wants);
	else
		(void)json_object_set_new(all, key, v);
}

static void check_options(struct agent_device *d, struct conf *f, unsigned i)
{
	struct agent_options *o = d->options;
	json_t *all;

	if (o == NULL)
		return;
	all = json_object();
#define OPTION_TEXT(field, key)
#define OPTION_FILE(field, key)                                                                    \
	check_readable(f, conf_at(f, "devices[%u].options." key, i), o->field);
#define OPTION_NUMBER(field, key)
#define OPTION_FLAG(field, key)
#define OPTION_SECRET(field, key)                                                                  \
	{                                                                                          \
		char *secret = NULL;                                                               \
		check_secret(f,                                                                    \
			     conf_at(f, "devices[%u].options." key "%s", i,                        \
				     o->field##_file != NULL && o->field == NULL ? "_file" : ""),  \
			     o->field, o->field##_file, &secret);                                  \
		free(o->field);                                                                    \
		o->field = secret;                                                                 \
	}
#define OPTION(field, key, kind, wants)                                                            \
	OPTION_##kind(field, key) option_set(all, f, conf_at(f, "devices[%u].options." key, i),    \
					     OPTION_KIND_##kind, o->field, key, wants);
#include "agent/options.def"
#undef OPTION
	d->options_json = json_dumps(all, JSON_COMPACT);
	json_decref(all);
}

static void check_unique(struct agent_conf *c, struct conf *f, unsigned i)
{
	const char *id = c->devices[i].id;

	for (unsigned k = 0; k < i; k++)
		if (strcmp(c->devices[k].id, id) == 0) {
			conf_problem(f, conf_at(f, "devices[%u].id", i),
				     "'%s' is the id of another device (line %u); it wants one of "
				     "its own",
				     id, conf_at(f, "devices[%u].id", k).line);
			return;
		}
	if ((c->workstation && strcmp(c->workstation_id, id) == 0) ||
	    (c->headsets && strcmp(c->headset_id, id) == 0))
		conf_problem(f, conf_at(f, "devices[%u].id", i),
			     "'%s' is the id of this machine's own %s; it wants another", id,
			     strcmp(c->headset_id, id) == 0 ? "headset" : "workstation");
}

/* What only the sense knows of its URL and options; nothing is asked of the device. */
static void check_sense(const struct agent_device *d, struct conf *f, unsigned i, uv_loop_t *loop)
{
	const struct sense_type *type = sense_type_find(d->url);
	struct sense_target t = { .url = d->url,
				  .community = d->secret_community,
				  .profile = d->profile,
				  .device_class = d->device_class,
				  .options_json = d->options_json,
				  .timeout_ms = d->timeout_ms };
	struct sense *sense = NULL;
	char why[256] = "";
	int r = type->open(&sense, loop, &t, why, sizeof why);

	if (r == 0)
		type->close(sense, NULL, NULL);
	else
		conf_problem(f, conf_at(f, "devices[%u].url", i), "%s",
			     why[0] != '\0' ? why : uv_strerror(r));
}

/* Where something is wrong already, the sense would only say it again in other words. */
static void check_device(struct agent_conf *c, struct conf *f, unsigned i, uv_loop_t *loop)
{
	struct agent_device *d = &c->devices[i];
	size_t before = conf_problems(f);

	check_id(f, conf_at(f, "devices[%u].id", i), d->id);
	check_unique(c, f, i);
	check_class(f, conf_at(f, "devices[%u].class", i), d->device_class);
	check_url(f, conf_at(f, "devices[%u].url", i), d->url);
	check_duration(f, conf_at(f, "devices[%u].interval", i), d->interval,
		       interval_of(&c->poll, d->device_class, d->url), &d->interval_ms);
	check_duration(f, conf_at(f, "devices[%u].timeout", i), d->timeout, 0, &d->timeout_ms);
	check_secret(f,
		     conf_at(f, "devices[%u].%s", i,
			     d->community != NULL ? "community" : "community_file"),
		     d->community, d->community_file, &d->secret_community);
	check_options(d, f, i);
	if (loop != NULL && conf_problems(f) == before)
		check_sense(d, f, i, loop);
}

static void check_text_default(char **field, const char *text, const char *suffix)
{
	if (*field == NULL && asprintf(field, "%s%s", text, suffix) < 0)
		*field = NULL;
}

/* Each notifier complete, each person reached by one that is there. */
static void check_watcher(struct agent_watcher *w, struct conf *f)
{
	check_duration(f, conf_at(f, "watch_collector.after"), w->after, 60000, &w->after_ms);
	if (w->rank > 100)
		conf_problem(f, conf_at(f, "watch_collector.rank"), "%u; it wants 0 to 100",
			     w->rank);
	for (unsigned i = 0; i < w->n_notifiers; i++) {
		const char *why = notifier_conf_problem(&w->notifiers[i]);

		if (why != NULL)
			conf_problem(f, conf_at(f, "watch_collector.notifiers[%u]", i), "%s", why);
	}
	for (unsigned i = 0; i < w->n_tell; i++) {
		bool known = false;

		for (unsigned k = 0; k < w->n_notifiers; k++)
			known |= strcmp(w->notifiers[k].id, w->tell[i].notifier) == 0;
		if (!known)
			conf_problem(f, conf_at(f, "watch_collector.tell[%u].notifier", i),
				     "no notifier '%s'; it wants the id of one of "
				     "watch_collector.notifiers",
				     w->tell[i].notifier);
	}
}

static void check_traps(struct agent_traps *t, struct conf *f)
{
	char address[TRAPS_ADDRESS_MAX];
	unsigned port;

	if (t->listen == NULL)
		return;
	if (traps_listen_parse(t->listen, address, &port) < 0)
		conf_problem(f, conf_at(f, "traps.listen"),
			     "'%s' is not right; it wants an address and a port, as 0.0.0.0:162",
			     t->listen);
	check_secret(f, conf_at(f, "traps.community"), t->community, t->community_file,
		     &t->secret_community);
}

/* The folder counts for every device of the file from here on. */
static void check_profiles(const struct agent_conf *c, struct conf *f, bool look)
{
	char why[300] = "";

	if (c->profiles == NULL)
		return;
	(void)setenv("LINEWATCH_PROFILES", c->profiles, 1);
	profiles_shared_free(); /* of another folder */
	if (look && profiles_shared(why, sizeof why) == NULL)
		conf_problem(f, conf_at(f, "profiles"), "%s; it wants a folder of profiles", why);
}

/* `loop` NULL: the senses are not asked. */
static void check_all(struct agent_conf *c, struct conf *f, uv_loop_t *loop)
{
	check_name(c, f);
	check_id(f, conf_at(f, "workstation_id"), c->workstation_id);
	check_id(f, conf_at(f, "headset_id"), c->headset_id);
	check_text_default(&c->collector, "main", "");
	check_text_default(&c->workstation_id, c->agent, "");
	check_text_default(&c->headset_id, c->agent, "-headset");
	check_text_default(&c->journal.path, "/var/lib/linewatch/agent/journal", "");
	check_id(f, conf_at(f, "collector"), c->collector);
	check_duration(f, conf_at(f, "heartbeat"), c->heartbeat, 5000, &c->heartbeat_ms);
	check_broker(c, f);
	check_poll(&c->poll, f);
	check_journal(&c->journal, f);
	check_watcher(&c->watch_collector, f);
	check_traps(&c->traps, f);
	check_profiles(c, f, loop != NULL);
	for (unsigned i = 0; i < c->n_devices; i++)
		check_device(c, f, i, loop);
}

static int load(struct agent_conf **ret, const char *path, FILE *out, uv_loop_t *loop)
{
	struct conf *f = NULL;
	void *data = NULL;
	int r = conf_load(&f, path, &agent_conf_schema, &data);

	if (r == 0) {
		check_all(data, f, loop);
		r = conf_problems(f) > 0 ? CONF_INVALID : 0;
	}
	if (r == CONF_INVALID)
		conf_print(f, out);
	conf_close(f);
	if (r == 0)
		*ret = data;
	else
		agent_conf_free(data);
	return r;
}

int agent_conf_load(struct agent_conf **ret, const char *path, FILE *out)
{
	return load(ret, path, out, NULL);
}

int agent_conf_check(const char *path, FILE *out)
{
	struct agent_conf *c = NULL;
	uv_loop_t loop;
	int r = uv_loop_init(&loop);
	if (r < 0)
		return r;

	r = load(&c, path, out, &loop);
	(void)uv_run(&loop, UV_RUN_DEFAULT);
	(void)uv_loop_close(&loop);
	agent_conf_free(c);
	return r;
}

static void secret_free(char *s)
{
	if (s != NULL)
		explicit_bzero(s, strlen(s));
	free(s);
}

void agent_conf_free(struct agent_conf *c)
{
	if (c == NULL)
		return;
	for (unsigned i = 0; i < c->n_devices; i++) {
		secret_free(c->devices[i].secret_community);
		secret_free(c->devices[i].options_json);
	}
	secret_free(c->broker_password);
	secret_free(c->traps.secret_community);
	conf_data_free(&agent_conf_schema, c);
}
