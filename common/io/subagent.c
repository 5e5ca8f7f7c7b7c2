/* Happy path: connect to the master's socket, Open, Register each table, then answer Gets until the
 * socket closes. Whatever fails (no snmpd, no access, a refusal, a packet that is none) ends in drop():
 * the pipe is closed and tried again in RETRY_MS; one line says so at each change. */
#include "common/io/subagent.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/io/log.h"

enum { RETRY_MS = 15000 };
enum stage { STAGE_OFF, STAGE_CONNECTING, STAGE_OPENING, STAGE_REGISTERING, STAGE_SERVING };

struct subagent {
	uv_loop_t *loop;
	char *path;
	const char *descr;
	struct agentx_mib mib;
	uv_timer_t timer;
	uv_pipe_t *pipe; /* one per connection */
	uv_connect_t connect;
	enum stage stage;
	size_t registered; /* tables, so far */
	uint32_t session, packet;
	uint8_t in[AGENTX_PACKET_MAX];
	size_t n_in;
	struct log_limit limit;
	unsigned n_open;
	bool closing;
	void (*closed)(void *arg);
	void *closed_arg;
};

static void maybe_gone(struct subagent *a)
{
	if (!a->closing || a->n_open > 0)
		return;
	void (*closed)(void *arg) = a->closed;
	void *arg = a->closed_arg;
	free(a->path);
	free(a);
	if (closed != NULL)
		closed(arg);
}

static void on_pipe_closed(uv_handle_t *h)
{
	struct subagent *a = h->data;

	free(h);
	a->n_open--;
	maybe_gone(a);
}

static void on_timer_closed(uv_handle_t *h)
{
	struct subagent *a = h->data;

	a->n_open--;
	maybe_gone(a);
}

static void try_again(uv_timer_t *t);

static void drop(struct subagent *a, const char *why)
{
	if (!a->closing && why != NULL)
		log_limited(&a->limit, LOG_P_WARNING,
			    "the local snmpd does not serve our tables -> tried again every 15 s "
			    "socket=%s reason=\"%s\"",
			    a->path, why);
	if (a->pipe != NULL)
		uv_close((uv_handle_t *)a->pipe, on_pipe_closed);
	a->pipe = NULL;
	a->stage = STAGE_OFF;
	a->n_in = 0;
	if (!a->closing)
		(void)uv_timer_start(&a->timer, try_again, RETRY_MS, 0);
}

struct message {
	uv_write_t write;
	uint8_t bytes[];
};

static void on_written(uv_write_t *w, int status)
{
	(void)status; /* a broken pipe is also seen by the reader */
	free(w);
}

static void send_packet(struct subagent *a, const uint8_t *bytes, size_t len)
{
	struct message *m = malloc(sizeof *m + len);
	if (m == NULL)
		return; /* the master times out and asks again */

	memcpy(m->bytes, bytes, len);
	uv_buf_t buf = uv_buf_init((char *)m->bytes, (unsigned)len);
	if (uv_write(&m->write, (uv_stream_t *)a->pipe, &buf, 1, on_written) < 0)
		free(m);
}

/* Responses to what we asked for, in the order in which we asked. */
static void on_response(struct subagent *a, const uint8_t *packet, size_t len,
			const struct agentx_header *h)
{
	uint8_t out[512];
	int error = agentx_response_error(packet, len);

	if (error != 0) {
		drop(a, error < 0 ? "it answers nonsense" : "it refuses the registration");
	} else if (a->stage == STAGE_OPENING) {
		a->session = h->session;
		a->stage = STAGE_REGISTERING;
		a->registered = 0;
		send_packet(
			a, out,
			agentx_make_register(out, a->session, ++a->packet, &a->mib, a->registered));
	} else if (a->stage == STAGE_REGISTERING && ++a->registered < a->mib.n_tables) {
		send_packet(
			a, out,
			agentx_make_register(out, a->session, ++a->packet, &a->mib, a->registered));
	} else if (a->stage == STAGE_REGISTERING) {
		a->stage = STAGE_SERVING;
		log_info("the local snmpd serves our tables socket=%s", a->path);
		a->limit = (struct log_limit){ 0 };
	}
}

static void on_packet(struct subagent *a, const uint8_t *packet, size_t len,
		      const struct agentx_header *h)
{
	if (h->type == AGENTX_RESPONSE) {
		on_response(a, packet, len, h);
		return;
	}
	if (h->type == AGENTX_CLOSE) {
		drop(a, "it closed the session");
		return;
	}
	uint8_t *out = malloc(AGENTX_PACKET_MAX);
	if (out == NULL)
		return;
	size_t n = agentx_answer(out, packet, len, &a->mib);
	if (n > 0)
		send_packet(a, out, n);
	free(out);
}

static void take_packets(struct subagent *a)
{
	struct agentx_header h;

	while (a->pipe != NULL && a->n_in >= AGENTX_HEADER_BYTES) {
		if (!agentx_header_read(a->in, &h)) {
			drop(a, "it sends what is no AgentX packet");
			return;
		}
		size_t len = AGENTX_HEADER_BYTES + h.payload_bytes;
		if (a->n_in < len)
			return;
		on_packet(a, a->in, len, &h);
		if (a->pipe == NULL)
			return;
		memmove(a->in, a->in + len, a->n_in - len);
		a->n_in -= len;
	}
}

static void on_alloc(uv_handle_t *h, size_t suggested, uv_buf_t *ret)
{
	struct subagent *a = h->data;

	(void)suggested;
	*ret = uv_buf_init((char *)a->in + a->n_in, (unsigned)(sizeof a->in - a->n_in));
}

static void on_read(uv_stream_t *s, ssize_t n, const uv_buf_t *buf)
{
	struct subagent *a = s->data;

	(void)buf;
	if (n < 0) {
		drop(a, uv_strerror((int)n));
		return;
	}
	a->n_in += (size_t)n;
	take_packets(a);
}

static void on_connected(uv_connect_t *c, int status)
{
	struct subagent *a = c->data;
	uint8_t out[512];

	if (status == UV_ECANCELED)
		return;
	if (status == 0)
		status = uv_read_start((uv_stream_t *)a->pipe, on_alloc, on_read);
	if (status < 0) {
		drop(a, uv_strerror(status));
		return;
	}
	a->stage = STAGE_OPENING;
	send_packet(a, out, agentx_make_open(out, ++a->packet, a->descr));
}

static void try_again(uv_timer_t *t)
{
	struct subagent *a = t->data;

	a->pipe = calloc(1, sizeof *a->pipe);
	if (a->pipe == NULL || uv_pipe_init(a->loop, a->pipe, 0) < 0) {
		free(a->pipe);
		a->pipe = NULL;
		drop(a, "out of memory");
		return;
	}
	a->pipe->data = a;
	a->n_open++;
	a->connect.data = a;
	a->stage = STAGE_CONNECTING;
	uv_pipe_connect(&a->connect, a->pipe, a->path, on_connected);
}

int subagent_open(struct subagent **ret, uv_loop_t *loop, const char *path, const char *descr,
		  const struct agentx_mib *mib)
{
	struct subagent *a = calloc(1, sizeof *a);
	if (a == NULL)
		return -ENOMEM;

	a->loop = loop;
	a->descr = descr;
	a->mib = *mib;
	a->path = strdup(path);
	int r = a->path != NULL ? uv_timer_init(loop, &a->timer) : -ENOMEM;
	if (r < 0) {
		free(a->path);
		free(a);
		return r;
	}
	a->timer.data = a;
	a->n_open = 1;
	(void)uv_timer_start(&a->timer, try_again, 0, 0);
	*ret = a;
	return 0;
}

void subagent_close(struct subagent *a, void (*closed)(void *arg), void *arg)
{
	if (a == NULL)
		return;
	a->closing = true;
	a->closed = closed;
	a->closed_arg = arg;
	drop(a, NULL);
	uv_close((uv_handle_t *)&a->timer, on_timer_closed);
}
