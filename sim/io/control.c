/* Happy path: a client connects, sends lines, gets each one's answer, goes. Failure paths: a line
 * over LINE_MAX_BYTES or a client beyond CLIENTS_MAX is closed; a client that does not read its
 * answers loses them with its connection. */
#include "sim/io/control.h"

#include <assert.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { LINE_MAX_BYTES = 512, REPLY_MAX_BYTES = 65536, CLIENTS_MAX = 16 };

struct client {
	uv_pipe_t pipe;
	struct sim_control *control;
	struct client *next, **link;
	size_t n;
	char line[LINE_MAX_BYTES];
};

struct sim_control {
	uv_pipe_t listener;
	bool listening, closing;
	unsigned n_open, n_clients;
	struct client *clients;
	sim_command_fn *run;
	void *arg;
	char *reply; /* REPLY_MAX_BYTES */
};

static void maybe_gone(struct sim_control *c)
{
	if (!c->closing || c->n_open > 0)
		return;
	free(c->reply);
	free(c);
}

static void on_client_closed(uv_handle_t *h)
{
	struct client *k = h->data;
	struct sim_control *c = k->control;

	free(k);
	c->n_open--;
	c->n_clients--;
	maybe_gone(c);
}

static void client_close(struct client *k)
{
	*k->link = k->next;
	if (k->next != NULL)
		k->next->link = k->link;
	uv_close((uv_handle_t *)&k->pipe, on_client_closed);
}

/* "0 text" or "1 text", then a line of ".": the status of the command comes first. */
static int answer(struct client *k, const char *line)
{
	struct sim_control *c = k->control;
	int r = c->run(c->arg, line, c->reply + 1, REPLY_MAX_BYTES - 4);
	size_t n = 1 + strlen(c->reply + 1);

	c->reply[0] = r == 0 ? '0' : '1';
	memcpy(c->reply + n, ".\n", 2);
	uv_buf_t b = uv_buf_init(c->reply, (unsigned)n + 2);
	return uv_try_write((uv_stream_t *)&k->pipe, &b, 1) == (int)n + 2 ? 0 : -EPIPE;
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *b)
{
	struct client *k = stream->data;
	char *end;

	(void)b;
	if (n < 0) {
		client_close(k);
		return;
	}
	k->n += (size_t)n;
	while ((end = memchr(k->line, '\n', k->n)) != NULL) {
		*end = '\0';
		int r = answer(k, k->line);
		size_t used = (size_t)(end + 1 - k->line);

		memmove(k->line, end + 1, k->n - used);
		k->n -= used;
		if (r < 0) {
			client_close(k);
			return;
		}
	}
	if (k->n == sizeof k->line)
		client_close(k);
}

static void on_alloc(uv_handle_t *h, size_t hint, uv_buf_t *ret)
{
	struct client *k = h->data;

	(void)hint;
	*ret = uv_buf_init(k->line + k->n, (unsigned)(sizeof k->line - k->n));
}

static void on_connection(uv_stream_t *listener, int status)
{
	struct sim_control *c = listener->data;
	struct client *k = status == 0 ? calloc(1, sizeof *k) : NULL;

	if (k == NULL)
		return;
	if (uv_pipe_init(listener->loop, &k->pipe, 0) < 0) {
		free(k);
		return;
	}
	k->pipe.data = k;
	k->control = c;
	c->n_open++;
	c->n_clients++;
	k->next = c->clients;
	k->link = &c->clients;
	if (k->next != NULL)
		k->next->link = &k->next;
	c->clients = k;
	if (uv_accept(listener, (uv_stream_t *)&k->pipe) < 0 || c->n_clients > CLIENTS_MAX ||
	    uv_read_start((uv_stream_t *)&k->pipe, on_alloc, on_read) < 0)
		client_close(k);
}

static void on_listener_closed(uv_handle_t *h)
{
	struct sim_control *c = h->data;

	c->n_open--;
	maybe_gone(c);
}

int sim_control_open(struct sim_control **ret, uv_loop_t *loop, const char *path,
		     sim_command_fn *run, void *arg)
{
	int r = -ENOMEM;
	struct sim_control *c = calloc(1, sizeof *c);
	if (c == NULL)
		return r;

	c->run = run;
	c->arg = arg;
	c->reply = malloc(REPLY_MAX_BYTES);
	if (c->reply == NULL)
		goto fail;
	r = uv_pipe_init(loop, &c->listener, 0);
	if (r < 0)
		goto fail;
	c->listener.data = c;
	c->listening = true;
	c->n_open++;
	(void)unlink(path); /* one that a killed simulation left */
	r = uv_pipe_bind(&c->listener, path);
	if (r == 0)
		r = uv_listen((uv_stream_t *)&c->listener, 4, on_connection);
	if (r < 0)
		goto fail;
	*ret = c;
	return 0;
fail:
	sim_control_close(c);
	return r;
}

void sim_control_close(struct sim_control *c)
{
	if (c == NULL)
		return;
	assert(!c->closing);
	c->closing = true;
	while (c->clients != NULL)
		client_close(c->clients);
	if (c->listening)
		uv_close((uv_handle_t *)&c->listener, on_listener_closed);
	maybe_gone(c);
}

static int send_line(int fd, const char *line)
{
	size_t n = strlen(line);

	return write(fd, line, n) == (ssize_t)n && write(fd, "\n", 1) == 1 ? 0 : -errno;
}

/* Up to the line of "."; the first byte is the status. */
static int read_reply(int fd, char *reply, size_t size)
{
	size_t n = 0;
	ssize_t got;

	while (n + 1 < size && (got = read(fd, reply + n, size - 1 - n)) > 0) {
		n += (size_t)got;
		if (n >= 3 && memcmp(reply + n - 2, ".\n", 2) == 0 && reply[n - 3] == '\n')
			break;
	}
	if (n < 3)
		return -EPIPE;
	int r = reply[0] == '0' ? 0 : 1;
	reply[n - 2] = '\0';
	memmove(reply, reply + 1, n - 2);
	return r;
}

int sim_control_ask(const char *path, const char *line, char *reply, size_t size)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int r;

	if (strlen(path) >= sizeof at.sun_path)
		return -ENAMETOOLONG;
	memcpy(at.sun_path, path, strlen(path));
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	r = connect(fd, (const struct sockaddr *)&at, sizeof at) < 0 ? -errno : 0;
	if (r == 0)
		r = send_line(fd, line);
	if (r == 0)
		r = read_reply(fd, reply, size);
	(void)close(fd);
	return r;
}
