/* A headset is plugged and unplugged in umockdev's pretended /sys while the sense watches. Run under
 * umockdev-wrapper. Each change must be told within a second. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <umockdev.h>

#include "agent/io/headset/headset.h"

#define USB "/sys/devices/pci0000:00/0000:00:14.0/usb1/1-2"

static const char headset[] = "P: /devices/pci0000:00/0000:00:14.0/usb1/1-2\n"
			      "N: bus/usb/001/004\n"
			      "E: DEVNAME=/dev/bus/usb/001/004\n"
			      "E: DEVTYPE=usb_device\n"
			      "E: SUBSYSTEM=usb\n"
			      "A: idVendor=0b0e\n"
			      "A: idProduct=2481\n"
			      "A: manufacturer=GN Netcom A/S\n"
			      "A: product=Jabra Evolve2 65\n"
			      "A: serial=TEST0001\n\n"
			      "P: /devices/pci0000:00/0000:00:14.0/usb1/1-2/1-2:1.0/sound/card1\n"
			      "E: SUBSYSTEM=sound\n"
			      "A: id=J65\n\n"
			      "P: /devices/pci0000:00/0000:00:14.0/usb1/1-2/1-2:1.0/sound/card1/"
			      "pcmC1D0c\n"
			      "E: SUBSYSTEM=sound\n"
			      "A: dev=116:3\n\n";

static unsigned nudges, rounds;
static double present = -1, capture = -1;
static char model[80], serial[80];

static void on_nudge(void *arg)
{
	(void)arg;
	nudges++;
}

static void on_done(void *arg, const struct sense_result *r)
{
	(void)arg;
	rounds++;
	for (size_t i = 0; i < r->n_readings; i++)
		if (r->readings[i].metric == M_HEADSET_PRESENT)
			present = r->readings[i].value;
		else if (r->readings[i].metric == M_HEADSET_CAPTURE)
			capture = r->readings[i].value;
	for (size_t i = 0; i < r->n_identity; i++)
		(void)snprintf(r->identity[i].metric == M_DEVICE_SERIAL ? serial : model,
			       sizeof model, "%s", r->identity[i].text);
}

static void on_limit(uv_timer_t *t)
{
	*(bool *)t->data = true;
}

/* Turns the loop until *n reaches `want` or `ms` are over; the time it took, or -1. */
static double wait_for(uv_loop_t *loop, const unsigned *n, unsigned want, unsigned ms)
{
	uv_timer_t limit;
	bool over = false;
	uint64_t start = uv_hrtime();

	(void)uv_timer_init(loop, &limit);
	limit.data = &over;
	(void)uv_timer_start(&limit, on_limit, ms, 0);
	while (*n < want && !over)
		(void)uv_run(loop, UV_RUN_ONCE);
	uv_close((uv_handle_t *)&limit, NULL);
	(void)uv_run(loop, UV_RUN_NOWAIT);
	return *n >= want ? (double)(uv_hrtime() - start) / 1e6 : -1;
}

static void ask(uv_loop_t *loop, struct sense *s)
{
	unsigned before = rounds;

	(void)s->type->poll(s, on_done, NULL);
	(void)wait_for(loop, &rounds, before + 1, 2000);
}

static int failed(const char *what)
{
	(void)fprintf(stderr, "headset_plug: %s (present %g, capture %g, nudges %u)\n", what,
		      present, capture, nudges);
	return EXIT_FAILURE;
}

static int watch(UMockdevTestbed *t, uv_loop_t *loop, struct sense *s)
{
	double ms;

	ask(loop, s);
	if (present != 0)
		return failed("something was there before the headset");
	if (!umockdev_testbed_add_from_string(t, headset, NULL))
		return failed("the headset cannot be plugged");
	ms = wait_for(loop, &nudges, 1, 1000);
	if (ms < 0)
		return failed("the plug was not told within 1 s");
	ask(loop, s);
	if (present != 1 || capture != 1 || strcmp(serial, "TEST0001") != 0)
		return failed("the headset is not what was plugged");
	(void)printf("plug told after %.0f ms\n", ms);
	unsigned before = nudges;
	umockdev_testbed_uevent(t, USB "/1-2:1.0/sound/card1/pcmC1D0c", "remove");
	umockdev_testbed_remove_device(t, USB "/1-2:1.0/sound/card1/pcmC1D0c");
	umockdev_testbed_remove_device(t, USB "/1-2:1.0/sound/card1");
	umockdev_testbed_uevent(t, USB, "remove");
	umockdev_testbed_remove_device(t, USB);
	ms = wait_for(loop, &nudges, before + 1, 1000);
	if (ms < 0)
		return failed("the unplug was not told within 1 s");
	ask(loop, s);
	if (present != 0)
		return failed("the headset is still there");
	(void)printf("unplug told after %.0f ms\n", ms);
	return EXIT_SUCCESS;
}

int main(void)
{
	struct sense_target target = { .url = "headset:", .nudge = on_nudge };
	char why[128];
	struct sense *s;
	uv_loop_t loop;

	if (getenv("LD_PRELOAD") == NULL || strstr(getenv("LD_PRELOAD"), "umockdev") == NULL) {
		(void)fprintf(stderr, "headset_plug: skipped, not under umockdev-wrapper\n");
		return 77;
	}
	UMockdevTestbed *t = umockdev_testbed_new();
	assert(uv_loop_init(&loop) == 0);
	assert(sense_headset.open(&s, &loop, &target, why, sizeof why) == 0);
	int r = watch(t, &loop, s);
	sense_headset.close(s, NULL, NULL);
	(void)uv_run(&loop, UV_RUN_DEFAULT);
	assert(uv_loop_close(&loop) == 0);
	g_object_unref(t);
	return r;
}
