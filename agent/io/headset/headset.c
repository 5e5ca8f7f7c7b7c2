/* libudev's monitor sits in a uv_poll; an event arms a short delay, because a headset comes as a
 * dozen devices (usb, hid, sound, pcm), and then all of sysfs is looked at anew: the truth is what
 * is there, not the sum of the events. A round answers from the newest look; every 64th looks again,
 * should an event have been lost. Without udev (a container) the look still works and plugs are seen
 * by the rounds. */
#include "agent/io/headset/headset.h"

#include "lazy_udev.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/core/headset.h"

enum { SETTLE_MS = 300, LOOK_AGAIN = 64, THINGS_MAX = 64 };

struct headset_sense {
	struct sense sense;
	struct udev *udev;
	struct udev_monitor *monitor;
	uv_poll_t poll;
	uv_timer_t turn, settle;
	unsigned n_open;
	void (*nudge)(void *arg);
	void *nudge_arg;
	sense_done_fn *done;
	void *arg;
	void (*closed)(void *arg);
	void *closed_arg;
	bool busy, closing;
	unsigned rounds;
	struct headset list[HEADSETS_MAX];
	size_t n;
};

struct thing { /* a USB device while it is being looked at */
	char syspath[256];
	struct usb_thing usb;
	struct headset words;
};

struct look {
	struct thing *things;
	size_t n;
};

static uint16_t hex(const char *text)
{
	return text != NULL ? (uint16_t)strtoul(text, NULL, 16) : 0;
}

static void copy_text(char *to, const char *from)
{
	(void)snprintf(to, HEADSET_TEXT + 1, "%s", from != NULL ? from : "");
}

static struct thing *thing_of(struct look *l, struct udev_device *usb)
{
	const char *path = udev_device_get_syspath(usb);

	for (size_t i = 0; i < l->n; i++)
		if (strcmp(l->things[i].syspath, path) == 0)
			return &l->things[i];
	if (l->n == THINGS_MAX)
		return NULL;
	struct thing *t = &l->things[l->n++];
	memset(t, 0, sizeof *t);
	(void)snprintf(t->syspath, sizeof t->syspath, "%s", path);
	t->usb.vendor_id = hex(udev_device_get_sysattr_value(usb, "idVendor"));
	t->usb.product_id = hex(udev_device_get_sysattr_value(usb, "idProduct"));
	t->words.vendor_id = t->usb.vendor_id;
	t->words.product_id = t->usb.product_id;
	const char *maker = headset_maker(t->usb.vendor_id);
	copy_text(t->words.vendor,
		  maker != NULL ? maker : udev_device_get_sysattr_value(usb, "manufacturer"));
	copy_text(t->words.product, udev_device_get_sysattr_value(usb, "product"));
	copy_text(t->words.serial, udev_device_get_sysattr_value(usb, "serial"));
	return t;
}

static void look_at(struct look *l, struct udev_device *d)
{
	const char *subsystem = udev_device_get_subsystem(d);
	struct udev_device *usb = d;
	unsigned card;

	if (strcmp(subsystem, "usb") != 0)
		usb = udev_device_get_parent_with_subsystem_devtype(d, "usb", "usb_device");
	else if (udev_device_get_sysattr_value(d, "idVendor") == NULL)
		return; /* an interface, not a device */
	struct thing *t = usb != NULL ? thing_of(l, usb) : NULL;
	if (t == NULL)
		return;
	if (strcmp(subsystem, "sound") == 0) {
		t->usb.has_card = true;
		t->usb.has_capture |= headset_capture_card(udev_device_get_sysname(d), &card);
	}
	t->usb.has_video |= strcmp(subsystem, "video4linux") == 0;
}

static void look_all(struct headset_sense *h, struct look *l)
{
	static const char *const subsystems[] = { "usb", "sound", "video4linux" };
	struct udev_list_entry *entry;

	for (size_t i = 0; i < sizeof subsystems / sizeof *subsystems; i++) {
		struct udev_enumerate *e = udev_enumerate_new(h->udev);
		if (e == NULL)
			return;
		(void)udev_enumerate_add_match_subsystem(e, subsystems[i]);
		(void)udev_enumerate_scan_devices(e);
		udev_list_entry_foreach(entry, udev_enumerate_get_list_entry(e))
		{
			struct udev_device *d = udev_device_new_from_syspath(
				h->udev, udev_list_entry_get_name(entry));
			if (d != NULL)
				look_at(l, d);
			udev_device_unref(d);
		}
		udev_enumerate_unref(e);
	}
}

static void look_again(struct headset_sense *h)
{
	struct look l = { .things = calloc(THINGS_MAX, sizeof *l.things) };
	if (l.things == NULL)
		return; /* the last look stands */

	look_all(h, &l);
	h->n = 0;
	for (size_t i = 0; i < l.n && h->n < HEADSETS_MAX; i++) {
		if (!headset_is(&l.things[i].usb))
			continue;
		l.things[i].words.capture = l.things[i].usb.has_capture;
		h->list[h->n++] = l.things[i].words;
	}
	free(l.things);
}

static void on_turn(uv_timer_t *t)
{
	struct headset_sense *h = t->data;
	bool capture = false;

	if (h->rounds++ % LOOK_AGAIN == 0)
		look_again(h);
	for (size_t i = 0; i < h->n; i++)
		capture = capture || h->list[i].capture;
	const struct reading readings[] = {
		{ .metric = M_HEADSET_PRESENT, .value = h->n > 0 },
		{ .metric = M_HEADSET_CAPTURE, .value = capture },
		{ .metric = M_HEADSET_COUNT, .value = (double)h->n },
	};
	const struct headset *first = &h->list[0];
	const struct identity identity[] = { { M_DEVICE_VENDOR, first->vendor },
					     { M_DEVICE_MODEL, first->product },
					     { M_DEVICE_SERIAL, first->serial } };
	struct sense_result r = { .reachable = true,
				  .device_class = "headset",
				  .profile = "usb-headset",
				  .readings = readings,
				  .n_readings = sizeof readings / sizeof *readings,
				  .identity = identity,
				  .n_identity = h->n > 0 ? 3 : 0 };
	h->busy = false;
	h->done(h->arg, &r);
}

static void on_settled(uv_timer_t *t)
{
	struct headset_sense *h = t->data;

	look_again(h);
	if (h->nudge != NULL)
		h->nudge(h->nudge_arg);
}

static void on_event(uv_poll_t *p, int status, int events)
{
	struct headset_sense *h = p->data;

	(void)events;
	if (status < 0) {
		(void)uv_poll_stop(p);
		return;
	}
	struct udev_device *d = udev_monitor_receive_device(h->monitor);
	udev_device_unref(d);
	if (!uv_is_active((uv_handle_t *)&h->settle))
		(void)uv_timer_start(&h->settle, on_settled, SETTLE_MS, 0);
}

static void on_handle_closed(uv_handle_t *handle)
{
	struct headset_sense *h = handle->data;
	void (*closed)(void *arg) = h->closed;
	void *arg = h->closed_arg;

	if (--h->n_open > 0)
		return;
	udev_monitor_unref(h->monitor);
	udev_unref(h->udev);
	free(h);
	if (closed != NULL)
		closed(arg);
}

static void headset_close(struct sense *s, void (*closed)(void *arg), void *arg)
{
	struct headset_sense *h = (struct headset_sense *)s;

	h->closing = true;
	h->closed = closed;
	h->closed_arg = arg;
	uv_close((uv_handle_t *)&h->turn, on_handle_closed);
	uv_close((uv_handle_t *)&h->settle, on_handle_closed);
	if (h->poll.data != NULL)
		uv_close((uv_handle_t *)&h->poll, on_handle_closed);
}

/* Without a monitor the rounds still see plugs, only later: not a reason to refuse. */
static void watch(struct headset_sense *h, uv_loop_t *loop)
{
	h->monitor = udev_monitor_new_from_netlink(h->udev, "udev");
	if (h->monitor == NULL)
		return;
	(void)udev_monitor_filter_add_match_subsystem_devtype(h->monitor, "usb", "usb_device");
	(void)udev_monitor_filter_add_match_subsystem_devtype(h->monitor, "sound", NULL);
	if (udev_monitor_enable_receiving(h->monitor) < 0)
		return;
	if (uv_poll_init(loop, &h->poll, udev_monitor_get_fd(h->monitor)) < 0)
		return;
	h->poll.data = h;
	h->n_open++;
	(void)uv_poll_start(&h->poll, UV_READABLE, on_event);
}

static int headset_open(struct sense **ret, uv_loop_t *loop, const struct sense_target *t,
			char *reterr, size_t reterr_size)
{
	struct headset_sense *h = calloc(1, sizeof *h);
	if (h == NULL)
		return -ENOMEM;

	h->udev = udev_new();
	if (h->udev == NULL) {
		(void)snprintf(reterr, reterr_size, "udev cannot be used: %s", strerror(errno));
		free(h);
		return -ENOMEM;
	}
	(void)uv_timer_init(loop, &h->turn);
	(void)uv_timer_init(loop, &h->settle);
	h->turn.data = h->settle.data = h;
	h->n_open = 2;
	h->sense.type = &sense_headset;
	h->nudge = t->nudge;
	h->nudge_arg = t->nudge_arg;
	watch(h, loop);
	*ret = &h->sense;
	return 0;
}

static int headset_poll(struct sense *s, sense_done_fn *done, void *arg)
{
	struct headset_sense *h = (struct headset_sense *)s;

	if (h->busy)
		return -EBUSY;
	h->busy = true;
	h->done = done;
	h->arg = arg;
	return uv_timer_start(&h->turn, on_turn, 0, 0);
}

const struct headset *headset_list(const struct sense *s, size_t *ret_n)
{
	const struct headset_sense *h = (const struct headset_sense *)s;

	*ret_n = h->n;
	return h->list;
}

static const char *const schemes[] = { "headset", NULL };

const struct sense_type sense_headset = { schemes, headset_open, headset_poll, headset_close };
