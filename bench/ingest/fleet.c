#include "bench/ingest/fleet.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { OUT_BYTES = 1 << 18, IN_BYTES = 1 << 14, PUBACK_BYTES = 4, BATCH = 8 };

struct link {
	int fd;
	unsigned under_way, unwritten; /* messages */
	uint16_t mid;
	uint8_t *out;
	size_t n_out, n_in; /* bytes not written; bytes of an acknowledgement that is cut in two */
};

struct fleet {
	struct link *links;
	unsigned n, window;
};

static void give_up(const char *what)
{
	(void)fprintf(stderr, "the broker: %s\n", what);
	exit(1);
}

static void write_out(struct link *l)
{
	for (size_t done = 0; done < l->n_out;) {
		ssize_t n = send(l->fd, l->out + done, l->n_out - done, MSG_NOSIGNAL);
		if (n <= 0)
			give_up("cannot write");
		done += (size_t)n;
	}
	l->n_out = l->unwritten = 0;
}

static void read_acks(struct link *l, int flags)
{
	uint8_t in[IN_BYTES];
	ssize_t n = recv(l->fd, in, sizeof in, flags);

	if (n < 0 && (flags & MSG_DONTWAIT) != 0)
		return;
	if (n <= 0)
		give_up("closed the connection");
	l->n_in += (size_t)n;
	l->under_way -= (unsigned)(l->n_in / PUBACK_BYTES);
	l->n_in %= PUBACK_BYTES;
}

void fleet_flush(struct fleet *f)
{
	for (unsigned i = 0; i < f->n; i++) {
		write_out(&f->links[i]);
		read_acks(&f->links[i], MSG_DONTWAIT);
	}
}

void fleet_settle(struct fleet *f)
{
	fleet_flush(f);
	for (unsigned i = 0; i < f->n; i++) {
		while (f->links[i].under_way > 0)
			read_acks(&f->links[i], 0);
	}
}

static void put_text(struct link *l, const char *text, size_t len)
{
	l->out[l->n_out++] = (uint8_t)(len >> 8);
	l->out[l->n_out++] = (uint8_t)len;
	memcpy(l->out + l->n_out, text, len);
	l->n_out += len;
}

static void put_head(struct link *l, uint8_t type, size_t left)
{
	l->out[l->n_out++] = type;
	do {
		l->out[l->n_out++] = (uint8_t)((left & 0x7f) | (left > 0x7f ? 0x80 : 0));
		left >>= 7;
	} while (left > 0);
}

void fleet_publish(struct fleet *f, unsigned key, const char *topic, const void *buf, size_t len)
{
	struct link *l = &f->links[key % f->n];
	size_t n_topic = strlen(topic), left = 2 + n_topic + 2 + len;

	if (l->under_way >= f->window || l->n_out + left + 8 > OUT_BYTES)
		fleet_flush(f);
	while (l->under_way >= f->window)
		read_acks(l, 0);
	put_head(l, 0x32, left);
	put_text(l, topic, n_topic);
	l->mid = l->mid == UINT16_MAX ? 1 : (uint16_t)(l->mid + 1);
	l->out[l->n_out++] = (uint8_t)(l->mid >> 8);
	l->out[l->n_out++] = (uint8_t)l->mid;
	memcpy(l->out + l->n_out, buf, len);
	l->n_out += len;
	l->under_way++;
	if (++l->unwritten >= BATCH)
		write_out(l);
}

static bool join(struct link *l, int port, unsigned number)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
				  .sin_port = htons((uint16_t)port),
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	uint8_t connack[4];
	char id[32];
	int on = 1;

	l->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	l->out = malloc(OUT_BYTES);
	if (l->fd < 0 || l->out == NULL || connect(l->fd, (struct sockaddr *)&to, sizeof to) < 0)
		return false;
	(void)setsockopt(l->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	(void)snprintf(id, sizeof id, "fleet-%d-%u", (int)getpid(), number);
	put_head(l, 0x10, 10 + 2 + strlen(id));
	put_text(l, "MQTT", 4);
	memcpy(l->out + l->n_out, "\x04\x02\x00\x00", 4); /* 3.1.1, clean, no keepalive */
	l->n_out += 4;
	put_text(l, id, strlen(id));
	write_out(l);
	return recv(l->fd, connack, sizeof connack, MSG_WAITALL) == 4 && connack[3] == 0;
}

struct fleet *fleet_open(int port, unsigned n_links, unsigned window)
{
	struct fleet *f = calloc(1, sizeof *f);
	bool up = f != NULL;

	if (!up)
		return NULL;
	f->links = calloc(n_links, sizeof *f->links);
	f->n = n_links;
	f->window = window;
	for (unsigned i = 0; i < n_links && up; i++)
		up = f->links != NULL && join(&f->links[i], port, i);
	return up ? f : NULL;
}
