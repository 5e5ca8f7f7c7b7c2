/* poll_bench [SECONDS [DEVICES]] | poll_bench serve - what one poll of one device costs, beside the raw limit.
 *
 * A child process answers for DEVICES UPSes (12 UPS-MIB objects each, one loopback address each).
 * The same requests are made twice, DEVICES a second in ticks of 100 ms: by hand (encoded before,
 * sendmmsg, recvmmsg, matched by id and address, nothing decoded) and by the agent's sense (asked,
 * decoded, judged, delivered). CPU is that of this process alone, as the kernel counts it.
 *
 * `serve` is only the devices, for other pollers: prints its port, and how many requests came after
 * each line that it reads. */
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/io/senses.h"
#include "agent/io/snmp/engine.h"
#include "agent/io/snmp/profile_file.h"

enum { MAX_DEVICES = 10000, TICKS = 10, BATCH = 64, MESSAGE_MAX = 1500, OBJECTS = 12 };

static unsigned n_devices = 1000, seconds = 5, port;

static const uint32_t objects[OBJECTS][12] = {
	{ 1, 3, 6, 1, 2, 1, 1, 3, 0 },	      { 1, 3, 6, 1, 2, 1, 33, 1, 2, 1, 0 },
	{ 1, 3, 6, 1, 2, 1, 33, 1, 2, 2, 0 }, { 1, 3, 6, 1, 2, 1, 33, 1, 2, 3, 0 },
	{ 1, 3, 6, 1, 2, 1, 33, 1, 2, 4, 0 }, { 1, 3, 6, 1, 2, 1, 33, 1, 2, 5, 0 },
	{ 1, 3, 6, 1, 2, 1, 33, 1, 2, 7, 0 }, { 1, 3, 6, 1, 2, 1, 33, 1, 4, 1, 0 },
	{ 1, 3, 6, 1, 2, 1, 33, 1, 4, 2, 0 }, { 1, 3, 6, 1, 2, 1, 33, 1, 3, 3, 1, 0 },
	{ 1, 3, 6, 1, 2, 1, 33, 1, 7, 3, 0 }, { 1, 3, 6, 1, 2, 1, 33, 1, 9, 7, 0 },
};
static const unsigned lengths[OBJECTS] = { 9, 11, 11, 11, 11, 11, 11, 11, 11, 12, 11, 11 };
static const int64_t values[OBJECTS] = { 8640000, 2, 0, 40, 100, 547, 25, 3, 500, 1, 6, 2 };

/* --- the devices --- */

static struct oid object(unsigned i)
{
	return (struct oid){ objects[i], lengths[i] };
}

static void write_value(struct ber *b, struct oid name)
{
	size_t end = b->at;

	for (unsigned i = 0; i < OBJECTS; i++) {
		if (!oid_equal(name, object(i)))
			continue;
		ber_integer(b, 0x02, values[i]);
		ber_oid(b, name);
		ber_wrap(b, 0x30, end);
		return;
	}
	ber_header(b, 0x81, 0); /* noSuchInstance */
	ber_oid(b, name);
	ber_wrap(b, 0x30, end);
}

static size_t write_response(uint8_t *buf, size_t size, const struct answer *rq)
{
	struct ber b = { buf, size, false };

	for (unsigned i = rq->n; i > 0; i--)
		write_value(&b, rq->varbinds[i - 1].name);
	ber_wrap(&b, 0x30, size);
	ber_integer(&b, 0x02, 0);
	ber_integer(&b, 0x02, 0);
	ber_integer(&b, 0x02, rq->id);
	ber_wrap(&b, PDU_RESPONSE, size);
	ber_octets(&b, 0x04, "public", 6);
	ber_integer(&b, 0x02, SNMP_V2C);
	ber_wrap(&b, 0x30, size);
	return b.at;
}

/* Answers come from the address that was asked: IP_PKTINFO says which. */
static void serve_one(int fd)
{
	static struct answer_room room;
	uint8_t in[MESSAGE_MAX], out[4096];
	union {
		char room[CMSG_SPACE(sizeof(struct in_pktinfo))];
		struct cmsghdr align;
	} control;
	struct sockaddr_in peer;
	struct iovec vec = { in, sizeof in };
	struct msghdr h = { .msg_name = &peer,
			    .msg_namelen = sizeof peer,
			    .msg_iov = &vec,
			    .msg_iovlen = 1,
			    .msg_control = &control,
			    .msg_controllen = sizeof control };
	ssize_t n = recvmsg(fd, &h, 0);
	struct message m;
	struct answer rq;

	if (n < 0 || message_parse(in, (size_t)n, &m) < 0 ||
	    pdu_parse(m.pdu, m.pdu_length, &room, &rq) < 0)
		return;
	size_t at = write_response(out, sizeof out, &rq);
	vec = (struct iovec){ out + at, sizeof out - at };
	struct cmsghdr *c = CMSG_FIRSTHDR(&h);
	if (c != NULL) {
		struct in_pktinfo info;

		memcpy(&info, CMSG_DATA(c), sizeof info);
		info.ipi_spec_dst = info.ipi_addr;
		info.ipi_ifindex = 0;
		memcpy(CMSG_DATA(c), &info, sizeof info);
	}
	(void)sendmsg(fd, &h, 0);
}

static int open_server(void)
{
	struct sockaddr_in a = { .sin_family = AF_INET };
	socklen_t size = sizeof a;
	int fd = socket(AF_INET, SOCK_DGRAM, 0), one = 1, buffer = 4 << 20;

	if (fd < 0 || bind(fd, (struct sockaddr *)&a, sizeof a) < 0 ||
	    getsockname(fd, (struct sockaddr *)&a, &size) < 0) {
		perror("server");
		exit(1);
	}
	(void)setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &one, sizeof one);
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof buffer);
	port = ntohs(a.sin_port);
	return fd;
}

static struct in_addr device_address(unsigned i)
{
	return (struct in_addr){ htonl(0x7f010001u + (i / 250 << 8) + i % 250) };
}

static double cpu_us(void)
{
	struct rusage u;

	(void)getrusage(RUSAGE_SELF, &u);
	return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1e6 +
	       (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec);
}

/* --- by hand --- */

struct raw {
	uv_poll_t poll;
	uv_timer_t timer;
	int fd;
	struct packet *packets;
	unsigned ticks;
	uint64_t answered;
};

/* How many bytes the tag and length at p take. */
static unsigned header(const uint8_t *p)
{
	return 2 + ((p[1] & 0x80) != 0 ? p[1] & 0x7f : 0);
}

/* Behind the message's header, the version, "public", the PDU's header and the id's. */
static unsigned id_of(const uint8_t *p)
{
	uint32_t id = 0;

	p += header(p) + 3 + 8;
	memcpy(&id, p + header(p) + 2, sizeof id);
	return ntohl(id) & 0xffff;
}

static void raw_readable(uv_poll_t *p, int status, int events)
{
	static uint8_t buffers[BATCH][MESSAGE_MAX];
	struct raw *r = p->data;
	struct mmsghdr h[BATCH];
	struct iovec v[BATCH];
	struct sockaddr_in from[BATCH];
	int n = BATCH;

	(void)status;
	(void)events;
	while (n == BATCH) {
		memset(h, 0, sizeof h);
		for (int i = 0; i < BATCH; i++) {
			v[i] = (struct iovec){ buffers[i], MESSAGE_MAX };
			h[i].msg_hdr = (struct msghdr){ .msg_name = &from[i],
							.msg_namelen = sizeof from[i],
							.msg_iov = &v[i],
							.msg_iovlen = 1 };
		}
		n = recvmmsg(r->fd, h, BATCH, MSG_DONTWAIT, NULL);
		for (int i = 0; i < n; i++) {
			unsigned device = id_of(buffers[i]);
			r->answered += device < n_devices &&
				       from[i].sin_addr.s_addr == device_address(device).s_addr;
		}
	}
}

static void raw_tick(uv_timer_t *t)
{
	struct raw *r = t->data;
	unsigned share = n_devices / TICKS, from = r->ticks % TICKS * share;
	struct mmsghdr h[BATCH];
	struct iovec v[BATCH];
	struct sockaddr_in to[BATCH];

	for (unsigned i = 0; i < share;) {
		unsigned n = 0;

		memset(h, 0, sizeof h);
		for (; n < BATCH && i < share; n++, i++) {
			unsigned d = from + i;

			packet_set_id(&r->packets[d], 0x01000000u + d + (r->ticks % 200 << 17));
			to[n] = (struct sockaddr_in){ .sin_family = AF_INET,
						      .sin_port = htons((uint16_t)port),
						      .sin_addr = device_address(d) };
			v[n] = (struct iovec){ r->packets[d].bytes, r->packets[d].length };
			h[n].msg_hdr = (struct msghdr){ .msg_name = &to[n],
							.msg_namelen = sizeof to[n],
							.msg_iov = &v[n],
							.msg_iovlen = 1 };
		}
		(void)sendmmsg(r->fd, h, n, 0);
	}
	if (++r->ticks >= seconds * TICKS)
		uv_timer_stop(t);
}

static void stop(uv_timer_t *t)
{
	uv_stop(t->loop);
}

static double run_raw(uv_loop_t *loop, uint64_t *ret_answered)
{
	static struct raw r;
	struct oid oids[OBJECTS];
	struct packet_request rq = { .version = SNMP_V2C,
				     .community = "public",
				     .pdu = PDU_GET,
				     .oids = oids,
				     .n = OBJECTS };
	uv_timer_t end;
	int buffer = 4 << 20;

	for (unsigned i = 0; i < OBJECTS; i++)
		oids[i] = object(i);
	r.packets = calloc(n_devices, sizeof *r.packets);
	for (unsigned i = 0; i < n_devices; i++)
		if (packet_build(&r.packets[i], &rq) < 0)
			exit(1);
	r.fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	(void)setsockopt(r.fd, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof buffer);
	(void)uv_poll_init(loop, &r.poll, r.fd);
	(void)uv_timer_init(loop, &r.timer);
	(void)uv_timer_init(loop, &end);
	r.poll.data = r.timer.data = &r;
	(void)uv_poll_start(&r.poll, UV_READABLE, raw_readable);
	(void)uv_timer_start(&r.timer, raw_tick, 100, 100);
	(void)uv_timer_start(&end, stop, (uint64_t)seconds * 1000 + 500, 0);
	double before = cpu_us();
	(void)uv_run(loop, UV_RUN_DEFAULT);
	double used = cpu_us() - before;
	uv_close((uv_handle_t *)&r.poll, NULL);
	uv_close((uv_handle_t *)&r.timer, NULL);
	uv_close((uv_handle_t *)&end, NULL);
	(void)uv_run(loop, UV_RUN_NOWAIT);
	(void)close(r.fd);
	for (unsigned i = 0; i < n_devices; i++)
		packet_fini(&r.packets[i]);
	free(r.packets);
	*ret_answered = r.answered;
	return used;
}

/* --- by the agent's sense --- */

struct ours {
	uv_timer_t timer;
	struct sense **senses;
	unsigned ticks, rounds;
	uint64_t answered, values, learned;
};

static struct ours ours;

static void on_answer(void *arg, const struct sense_result *r)
{
	(void)arg;
	ours.answered += r->reachable;
	ours.values += r->n_readings;
}

static void our_tick(uv_timer_t *t)
{
	unsigned share = n_devices / TICKS, from = ours.ticks % TICKS * share;

	for (unsigned i = 0; i < share; i++)
		(void)ours.senses[from + i]->type->poll(ours.senses[from + i], on_answer, NULL);
	if (++ours.ticks >= ours.rounds * TICKS)
		uv_timer_stop(t);
}

static void our_rounds(uv_loop_t *loop, unsigned rounds)
{
	uv_timer_t end;

	ours.ticks = 0;
	ours.rounds = rounds;
	ours.answered = ours.values = 0;
	(void)uv_timer_init(loop, &end);
	(void)uv_timer_start(&ours.timer, our_tick, 100, 100);
	(void)uv_timer_start(&end, stop, (uint64_t)rounds * 1000 + 500, 0);
	(void)uv_run(loop, UV_RUN_DEFAULT);
	uv_close((uv_handle_t *)&end, NULL);
	(void)uv_run(loop, UV_RUN_NOWAIT);
}

static double run_ours(uv_loop_t *loop, uint64_t *ret_answered, uint64_t *ret_values)
{
	char url[80], why[300] = "", text[INET_ADDRSTRLEN];
	double used;

	ours.senses = calloc(n_devices, sizeof(struct sense *));
	(void)uv_timer_init(loop, &ours.timer);
	for (unsigned i = 0; i < n_devices; i++) {
		struct in_addr a = device_address(i);
		struct sense_target t = { .url = url };

		(void)snprintf(url, sizeof url, "snmp://public@%s:%u",
			       inet_ntop(AF_INET, &a, text, sizeof text), port);
		if (sense_snmp.open(&ours.senses[i], loop, &t, why, sizeof why) < 0) {
			(void)fprintf(stderr, "%s: %s\n", url, why);
			exit(1);
		}
	}
	our_rounds(loop, 3); /* each learns what it is: not measured */
	double before = cpu_us();
	our_rounds(loop, seconds);
	used = cpu_us() - before;
	*ret_answered = ours.answered;
	*ret_values = ours.values;
	for (unsigned i = 0; i < n_devices; i++)
		ours.senses[i]->type->close(ours.senses[i], NULL, NULL);
	uv_close((uv_handle_t *)&ours.timer, NULL);
	(void)uv_run(loop, UV_RUN_DEFAULT);
	free(ours.senses);
	return used;
}

static void report(const char *what, double used, uint64_t answered, double limit)
{
	(void)printf("%-34s %8.1f us CPU a poll  %6.2f x the limit  %llu of %u answered\n", what,
		     used / (double)answered, used / (double)answered / limit,
		     (unsigned long long)answered, n_devices * seconds);
}

static void compare(uv_loop_t *loop)
{
	uint64_t raw_answers = 0, answers = 0, readings = 0;
	double raw = run_raw(loop, &raw_answers);
	double used = run_ours(loop, &answers, &readings);

	if (raw_answers == 0 || answers == 0) {
		(void)printf("no answers: %llu and %llu\n", (unsigned long long)raw_answers,
			     (unsigned long long)answers);
		exit(1);
	}
	double limit = raw / (double)raw_answers;
	report("by hand, nothing decoded", raw, raw_answers, limit);
	report("the agent's sense", used, answers, limit);
	(void)printf("%.1f readings a poll, %.2f us CPU a reading, %.2f %% of a core for %u "
		     "devices a second\n",
		     (double)readings / (double)answers, used / (double)readings,
		     used / (double)seconds / 1e4, n_devices);
}

static int serve(int fd)
{
	struct pollfd p[] = { { .fd = fd, .events = POLLIN }, { .fd = 0, .events = POLLIN } };
	unsigned long long n = 0;
	char line[16];

	(void)printf("%u\n", port);
	(void)fflush(stdout);
	while (poll(p, 2, -1) > 0) {
		if ((p[0].revents & POLLIN) != 0) {
			serve_one(fd);
			n++;
		}
		if (p[1].revents == 0)
			continue;
		if (read(0, line, sizeof line) <= 0)
			return 0;
		(void)printf("%llu\n", n);
		(void)fflush(stdout);
	}
	return 1;
}

int main(int argc, char **argv)
{
	uv_loop_t loop;
	int fd = open_server();

	if (argc > 1 && strcmp(argv[1], "serve") == 0)
		return serve(fd);

	if (argc > 1)
		seconds = (unsigned)strtoul(argv[1], NULL, 10);
	if (argc > 2)
		n_devices = (unsigned)strtoul(argv[2], NULL, 10);
	if (seconds == 0 || n_devices < TICKS || n_devices > MAX_DEVICES)
		return 2;
	pid_t child = fork();
	if (child == 0)
		for (;;)
			serve_one(fd);
	(void)close(fd);
	if (child < 0 || uv_loop_init(&loop) < 0)
		return 1;
	compare(&loop);
	(void)uv_loop_close(&loop);
	profiles_shared_free();
	(void)kill(child, SIGTERM);
	(void)waitpid(child, NULL, 0);
	return 0;
}
