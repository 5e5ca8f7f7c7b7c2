/* channel_driver TYPE ADDRESS [KEY=VALUE …] - sends one example message by one channel and prints
 * "taken|temporary|permanent RETRY_AFTER_MS DETAIL". For the tests against real gateways. */
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/notify/channel.h"

static const struct {
	const char *key;
	size_t offset;
} members[] = {
#define MEMBER(m)                                                                                  \
	{                                                                                          \
#m, offsetof(struct notifier_conf, m)                                              \
	}
	MEMBER(url),	      MEMBER(from),   MEMBER(user), MEMBER(template_id), MEMBER(body),
	MEMBER(content_type), MEMBER(config), MEMBER(tls),  MEMBER(ca_file),	 MEMBER(community),
};

struct driver {
	struct channel channel;
	struct message message;
	int status;
};

static int set(struct driver *d, struct notifier_conf *c, char *arg)
{
	char *value = strchr(arg, '=');

	if (value == NULL)
		return -1;
	*value++ = '\0';
	if (strcmp(arg, "timeout_ms") == 0)
		c->timeout_ms = (uint32_t)strtoul(value, NULL, 10);
	else if (strcmp(arg, "secret") == 0)
		d->channel.secret = value;
	else if (strcmp(arg, "reason") == 0)
		d->message.reason = value;
	for (size_t i = 0; i < sizeof members / sizeof *members; i++)
		if (strcmp(members[i].key, arg) == 0)
			*(char **)(void *)((char *)c + members[i].offset) = value;
	return 0;
}

static void print(const struct channel_outcome *o)
{
	static const char *const names[] = { "taken", "temporary", "permanent" };

	(void)printf("%s %lld %s\n", names[o->result], (long long)o->retry_after_ms, o->detail);
}

static void on_done(void *arg, const struct channel_outcome *o)
{
	struct driver *d = arg;

	print(o);
	if (d->channel.type->close != NULL)
		d->channel.type->close(&d->channel);
	curl_loop_close(&d->channel.curl);
}

static char *text(const char *s)
{
	return (char *)(uintptr_t)s;
}

static struct message example(void)
{
	return (struct message){
		.key = text("page/7/opened/lan"),
		.subject = text("Đà Nẵng: mất điện lưới lúc 02:10, đang chạy bằng pin UPS, còn "
				"khoảng 42 phút"),
		.text = text("◆ Đà Nẵng\nMất điện lưới"),
		.mail = text("Mất điện lưới — đang chạy bằng UPS\n.\n.dòng bắt đầu bằng chấm\n"),
		.html = text("<p>Mất điện lưới</p>"),
		.sms = text(
			"111 DA NANG: mat dien luoi 02:10, UPS con ~42 phut. Nhan: lw.vn/i/7Kq"),
		.sms_unicode = text("111 Đà Nẵng: mất điện lưới"),
		.link = text("http://127.0.0.1/i/7"),
		.person = text("lan"),
		.language = text("vi"),
		.site = text("danang"),
		.entity = text("danang/ups-1"),
		.code = text("on_battery"),
		.severity = text("major"),
		.reason = text("raised"),
		.alarm = 17,
		.incident = 7,
		.born_wall_ms = (int64_t)time(NULL) * 1000,
		.n_channels = 1,
	};
}

static int run(struct driver *d, const char *address)
{
	struct channel *c = &d->channel;
	struct channel_outcome o = { .result = DELIVERY_TEMPORARY };
	char why[160] = "";
	int r = c->type->open(c, why, sizeof why);

	if (r < 0) {
		(void)printf("open %s\n", why);
		return 1;
	}
	if (c->type->tell != NULL) {
		c->type->tell(c, &d->message, &o);
		on_done(d, &o);
		return 0;
	}
	r = c->type->send(c, &d->message, address, on_done, d);
	if (r < 0)
		(void)printf("send %s\n", uv_strerror(r));
	return r < 0;
}

int main(int argc, char **argv)
{
	struct notifier_conf conf = { .timeout_ms = 3000 };
	struct driver d = { .message = example() };
	uv_loop_t loop;
	int bad;

	if (argc < 3 || (d.channel.type = channel_type_find(argv[1])) == NULL)
		return 2;
	for (int i = 3; i < argc; i++)
		if (set(&d, &conf, argv[i]) < 0)
			return 2;
	if (uv_loop_init(&loop) < 0 || curl_loop_open(&d.channel.curl, &loop) < 0)
		return 2;
	d.channel.loop = &loop;
	d.channel.conf = &conf;
	bad = run(&d, argv[2]);
	if (bad)
		curl_loop_close(&d.channel.curl);
	(void)uv_run(&loop, UV_RUN_DEFAULT);
	return uv_loop_close(&loop) != 0 ? 3 : bad;
}
