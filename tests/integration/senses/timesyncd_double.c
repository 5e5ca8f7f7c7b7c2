/* timesyncd_double.c - BUS AGE_S POLL_S ANSWERS STRATUM: org.freedesktop.timesync1 on a bus of a test, with
 * one answer of a server AGE_S seconds ago (ANSWERS 0: none yet). Says "ready" when it can be asked.
 * The types and their order are those of systemd 252. */
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <systemd/sd-bus.h>
#include <time.h>

struct said {
	uint64_t heard_us, poll_us, n_answers;
	uint32_t stratum;
};

static int get_message(sd_bus *bus, const char *path, const char *interface, const char *property,
		       sd_bus_message *reply, void *arg, sd_bus_error *e)
{
	static const uint8_t reference[4] = { 127, 0, 0, 1 };
	const struct said *s = arg;

	(void)bus, (void)path, (void)interface, (void)property, (void)e;
	int r = sd_bus_message_open_container(reply, 'r', "uuuuittayttttbtt");
	if (r >= 0)
		r = sd_bus_message_append(reply, "uuuuitt", 0u, 4u, 4u, s->stratum, -24,
					  UINT64_C(1), UINT64_C(1));
	if (r >= 0)
		r = sd_bus_message_append_array(reply, 'y', reference, sizeof reference);
	if (r >= 0)
		r = sd_bus_message_append(reply, "ttttbtt", s->heard_us, s->heard_us, s->heard_us,
					  s->heard_us, 0, s->n_answers, UINT64_C(7));
	return r < 0 ? r : sd_bus_message_close_container(reply);
}

static int get_servers(sd_bus *bus, const char *path, const char *interface, const char *property,
		       sd_bus_message *reply, void *arg, sd_bus_error *e)
{
	(void)bus, (void)path, (void)interface, (void)property, (void)arg, (void)e;
	return sd_bus_message_append(reply, "as", 2, "ntp1.example", "ntp2.example");
}

static const sd_bus_vtable manager[] = {
	SD_BUS_VTABLE_START(0),
	SD_BUS_PROPERTY("SystemNTPServers", "as", get_servers, 0, 0),
	SD_BUS_PROPERTY("PollIntervalUSec", "t", NULL, offsetof(struct said, poll_us), 0),
	SD_BUS_PROPERTY("NTPMessage", "(uuuuittayttttbtt)", get_message, 0, 0),
	SD_BUS_VTABLE_END,
};

static int serve(const char *address, struct said *said)
{
	sd_bus *bus = NULL;
	int r = sd_bus_new(&bus);

	if (r >= 0)
		r = sd_bus_set_address(bus, address);
	if (r >= 0)
		r = sd_bus_set_bus_client(bus, 1);
	if (r >= 0)
		r = sd_bus_start(bus);
	if (r >= 0)
		r = sd_bus_add_object_vtable(bus, NULL, "/org/freedesktop/timesync1",
					     "org.freedesktop.timesync1.Manager", manager, said);
	if (r >= 0)
		r = sd_bus_request_name(bus, "org.freedesktop.timesync1", 0);
	if (r >= 0) {
		(void)puts("ready");
		(void)fflush(stdout);
	}
	while (r >= 0) {
		r = sd_bus_process(bus, NULL);
		if (r == 0)
			r = sd_bus_wait(bus, UINT64_MAX);
	}
	sd_bus_unref(bus);
	return r;
}

int main(int argc, char **argv)
{
	struct said said;
	struct timespec t;

	if (argc != 6)
		return 2;
	(void)clock_gettime(CLOCK_REALTIME, &t);
	said.poll_us = strtoull(argv[3], NULL, 10) * 1000000;
	said.n_answers = strtoull(argv[4], NULL, 10);
	said.stratum = (uint32_t)strtoul(argv[5], NULL, 10);
	said.heard_us = said.n_answers == 0 ? 0
					    : (uint64_t)t.tv_sec * 1000000 -
						      strtoull(argv[2], NULL, 10) * 1000000;
	return serve(argv[1], &said) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
