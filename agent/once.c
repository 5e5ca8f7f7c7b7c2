/* once.c - `linewatch-agent --config F --once`: every device asked once, printed as one JSON object.
 *
 * A device that does not answer is printed as such; the command fails only when it cannot begin. A
 * device that was never answered for within the senses' own time-outs cannot be: each answers once. */
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "agent/agent.h"
#include "agent/core/image.h"
#include "agent/probe.h"
#include "agent/watch.h"

struct once {
	const struct agent_conf *conf;
	struct image *image;
	struct watch *watch;
	json_t *devices;
	bool done;
};

/* Of what probe prints, what --once promises. */
static json_t *device_json(const struct sense_result *r, const char *device_class)
{
	static const char *const keys[] = { "class",  "profile", "reachable",
					    "values", "unknown", "error" };
	json_t *all = probe_result_json(NULL, r), *o = json_object();

	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
		json_t *v = json_object_get(all, keys[i]);
		if (v != NULL)
			(void)json_object_set(o, keys[i], v);
	}
	const char *told = json_string_value(json_object_get(o, "class"));
	if (told == NULL || told[0] == '\0')
		(void)json_object_set_new(o, "class", json_string(device_class));
	json_decref(all);
	return o;
}

static void close_watch(struct once *o)
{
	if (o->done || !watch_settled(o->watch))
		return;
	o->done = true;
	watch_close(o->watch, NULL, NULL);
	o->watch = NULL;
}

static void add(struct once *o, uint32_t device, const struct sense_result *r)
{
	const struct wire_device *d = &image_layout(o->image)->devices[device];
	char name[160];

	(void)snprintf(name, sizeof name, "%s/%s", o->conf->site, d->id);
	if (json_object_get(o->devices, name) == NULL)
		(void)json_object_set_new(o->devices, name, device_json(r, d->device_class));
}

static void on_round(void *arg, uint32_t device, int change, const struct sense_result *r)
{
	struct once *o = arg;

	(void)change;
	add(o, device, r);
	close_watch(o);
}

/* Those that could not even be opened have no round. */
static void add_silent(struct once *o)
{
	struct sense_result silent = { .error = "cannot be opened: see --check" };

	for (uint32_t i = 0; i < image_devices(o->image); i++)
		add(o, i, &silent);
}

int agent_once(uv_loop_t *loop, const struct agent_conf *c, FILE *out)
{
	struct once o = { .conf = c, .devices = json_object() };
	struct watch_handlers h = { on_round, &o };
	int r = image_new(&o.image, 1, LW_VERSION);

	if (r == 0)
		r = watch_open(&o.watch, loop, c, o.image, &h);
	if (r == 0) {
		close_watch(&o); /* no devices at all */
		(void)uv_run(loop, UV_RUN_DEFAULT);
		add_silent(&o);
		json_t *all = json_pack("{s:s, s:O}", "agent", c->name, "devices", o.devices);
		r = json_dumpf(all, out,
			       JSON_INDENT(2) | JSON_SORT_KEYS | JSON_REAL_PRECISION(10)) < 0
			    ? -EIO
			    : 0;
		(void)fputc('\n', out);
		json_decref(all);
	}
	image_free(o.image);
	json_decref(o.devices);
	return r;
}
