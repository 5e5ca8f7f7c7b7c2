/* A notification of a known device is an event in the next report and a poll at once, which brings
 * the values: a trap alone never sets one. The same said again only polls. */
#include "agent/traps.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/io/snmp/trap_listener.h"
#include "common/io/log.h"

struct traps {
	struct trap_listener *listener;
	const struct agent_conf *conf;
	struct image *image;
	struct watch *watch;
	struct log_limit limit;
};

static void on_trap(void *arg, const struct trap_event *e)
{
	struct traps *t = arg;

	if (e->refused) {
		watch_count_refused(t->watch);
		log_limited(&t->limit, LOG_P_NOTICE,
			    "a trap from a stranger or with a wrong key -> counted, not believed");
		return;
	}
	const char *id = t->conf->devices[e->device].id;
	int number = watch_find(t->watch, id);

	if (number < 0)
		return;
	(void)watch_poll_now(t->watch, id);
	if (e->repeat)
		return;
	log_info("a trap came -> polling now device=%s/%s meaning=%s", t->conf->site, id,
		 trap_meaning_name(e->meaning));
	image_event(t->image, (uint32_t)number, WIRE_EVENT_TRAP, e->meaning,
		    watch_now_ms(t->watch));
}

static bool is_address(const char *text)
{
	struct in6_addr a;

	return inet_pton(AF_INET, text, &a) == 1 || inet_pton(AF_INET6, text, &a) == 1;
}

int traps_listen_parse(const char *listen, char address[TRAPS_ADDRESS_MAX], unsigned *ret_port)
{
	const char *colon = strrchr(listen, ':');
	char *end = NULL;
	size_t n;

	if (colon == NULL)
		return -EINVAL;
	n = (size_t)(colon - listen);
	if (n >= 2 && listen[0] == '[' && colon[-1] == ']') {
		listen++;
		n -= 2;
	}
	if (n == 0 || n >= TRAPS_ADDRESS_MAX)
		return -EINVAL;
	memcpy(address, listen, n);
	address[n] = '\0';
	unsigned long port = strspn(colon + 1, "0123456789") > 0 ? strtoul(colon + 1, &end, 10) : 0;
	if (end == NULL || *end != '\0' || port == 0 || port > 65535 || !is_address(address))
		return -EINVAL;
	*ret_port = (unsigned)port;
	return 0;
}

static void add_devices(struct traps *t)
{
	const char *shared = t->conf->traps.secret_community;

	for (unsigned i = 0; i < t->conf->n_devices; i++) {
		const struct agent_device *d = &t->conf->devices[i];
		struct sense_target target = {
			.url = d->url,
			.community = shared != NULL ? shared : d->secret_community,
			.options_json = d->options_json,
		};
		char why[200] = "";

		if (strncmp(d->url, "snmp", 4) != 0)
			continue;
		if (trap_listener_add(t->listener, i, &target, why, sizeof why) < 0)
			log_warning("traps of a device are not heard device=%s/%s reason=\"%s\"",
				    t->conf->site, d->id, why);
	}
}

int traps_open(struct traps **ret, uv_loop_t *loop, const struct agent_conf *c, struct image *im,
	       struct watch *w)
{
	char address[TRAPS_ADDRESS_MAX];
	unsigned port = 0;
	struct traps *t;
	int r;

	*ret = NULL;
	if (c->traps.listen == NULL)
		return 0;
	r = traps_listen_parse(c->traps.listen, address, &port);
	if (r < 0)
		return r;
	t = calloc(1, sizeof *t);
	if (t == NULL)
		return -ENOMEM;
	t->conf = c;
	t->image = im;
	t->watch = w;
	r = trap_listener_open(&t->listener, loop, address, port, on_trap, t);
	if (r < 0) {
		free(t);
		return r;
	}
	add_devices(t);
	*ret = t;
	return 0;
}

void traps_close(struct traps *t)
{
	if (t == NULL)
		return;
	trap_listener_close(t->listener);
	free(t);
}
