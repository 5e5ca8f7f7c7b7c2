/* Happy path: connect to the master's socket, Open, Register, then answer Gets until the socket
 * closes. Whatever fails (no snmpd, no access, a refusal, a packet that is none) ends in drop(): the
 * pipe is closed and tried again in RETRY_MS; one line says so at each change. The rows are read from
 * their owner when a request comes: nothing is copied, nothing is stale. */
#include "agent/io/agentx/agentx.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "agent/core/agentx.h"
#include "common/io/log.h"

enum { RETRY_MS = 15000, ROWS_MAX = 32, TRUE_VALUE = 1, FALSE_VALUE = 2 };

/* linewatchMIB: enterprises.8072.9999.9999.111 (deploy/mibs/LINEWATCH-MIB). */
static const uint32_t root[] = { 1, 3, 6, 1, 4, 1, 8072, 9999, 9999, 111 };

enum stage { STAGE_OFF, STAGE_CONNECTING, STAGE_OPENING, STAGE_REGISTERING, STAGE_SERVING };

struct agentx {
	uv_loop_t *loop;
	char *path;
	struct agentx_source source;
	uv_timer_t timer;
	uv_pipe_t *pipe; /* one per connection */
	uv_connect_t connect;
	enum stage stage;
	uint32_t session, packet;
	uint8_t in[AGENTX_PACKET_MAX];
	size_t n_in;
	struct agentx_headset headsets[ROWS_MAX];
	uint32_t n_headsets;
	struct log_limit limit;
	unsigned n_open;
	bool closing;
	void (*closed)(void *arg);
	void *closed_arg;
};

static struct agentx_value text(const char *s)
{
	return (struct agentx_value){ .kind = AGENTX_TEXT, .text = s };
}

static struct agentx_value truth(int yes)
{
	return (struct agentx_value){ .kind = AGENTX_INTEGER,
				      .number = yes ? TRUE_VALUE : FALSE_VALUE };
}

static uint32_t headset_rows(void *arg)
{
	return ((const struct agentx *)arg)->n_headsets;
}

static struct agentx_value headset_value(void *arg, uint32_t row, uint32_t column)
{
	const struct agentx *a = arg;
	const struct agentx_headset *h = &a->headsets[row - 1];

	if (column == 5)
		return truth(h->present);
	if (column == 6)
		return truth(h->capture);
	return text(column == 2 ? h->vendor : column == 3 ? h->product : h->serial);
}

static uint32_t device_rows(void *arg)
{
	const struct agentx *a = arg;

	return a->source.devices(a->source.arg);
}

static struct agentx_value device_value(void *arg, uint32_t row, uint32_t column)
{
	const struct agentx *a = arg;
	struct agentx_device d = a->source.device(a->source.arg, row - 1);

	if (column == 4)
		return truth(d.reachable);
	if (column == 5)
		return (struct agentx_value){ .kind = AGENTX_GAUGE, .number = d.age_s };
	return text(column == 2 ? d.id : d.device_class);
}

static const struct agentx_table tables[] = {
	{ AGENTX_HEADSETS, 2, 6, headset_rows, headset_value },
	{ AGENTX_DEVICES, 2, 5, device_rows, device_value },
};

static struct agentx_mib mib_of(struct agentx *a)
{
	return (struct agentx_mib){ root, sizeof root / sizeof *root, tables,
				    sizeof tables / sizeof *tables, a };
}

static void maybe_gone(struct agentx *a)
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
	struct agentx *a = h->data;

	free(h);
	a->n_open--;
	maybe_gone(a);
}

static void on_timer_closed(uv_handle_t *h)
{
	struct agentx *a = h->data;

	a->n_open--;
	maybe_gone(a);
}

static void try_again(uv_timer_t *t);

static void drop(struct agentx *a, const char *why)
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

static void send_packet(struct agentx *a, const uint8_t *bytes, size_t len)
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
static void on_response(struct agentx *a, const uint8_t *packet, size_t len,
			const struct agentx_header *h)
{
	uint8_t out[512];
	struct agentx_mib m = mib_of(a);
	int error = agentx_response_error(packet, len);

	if (error != 0) {
		drop(a, error < 0 ? "it answers nonsense" : "it refuses the registration");
	} else if (a->stage == STAGE_OPENING) {
		a->session = h->session;
		a->stage = STAGE_REGISTERING;
		send_packet(a, out, agentx_make_register(out, a->session, ++a->packet, &m));
	} else if (a->stage == STAGE_REGISTERING) {
		a->stage = STAGE_SERVING;
		log_info("the local snmpd serves our tables socket=%s", a->path);
		a->limit = (struct log_limit){ 0 };
	}
}

static void on_packet(struct agentx *a, const uint8_t *packet, size_t len,
		      const struct agentx_header *h)
{
	struct agentx_mib m = mib_of(a);

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
	size_t n = agentx_answer(out, packet, len, &m);
	if (n > 0)
		send_packet(a, out, n);
	free(out);
}

static void take_packets(struct agentx *a)
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
	struct agentx *a = h->data;

	(void)suggested;
	*ret = uv_buf_init((char *)a->in + a->n_in, (unsigned)(sizeof a->in - a->n_in));
}

static void on_read(uv_stream_t *s, ssize_t n, const uv_buf_t *buf)
{
	struct agentx *a = s->data;

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
	struct agentx *a = c->data;
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
	send_packet(a, out, agentx_make_open(out, ++a->packet, "linewatch-agent"));
}

static void try_again(uv_timer_t *t)
{
	struct agentx *a = t->data;

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

int agentx_open(struct agentx **ret, uv_loop_t *loop, const char *path,
		const struct agentx_source *source)
{
	struct agentx *a = calloc(1, sizeof *a);
	if (a == NULL)
		return -ENOMEM;

	a->loop = loop;
	a->source = *source;
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

static struct agentx_headset *row_of(struct agentx *a, const struct agentx_headset *h)
{
	for (uint32_t i = 0; i < a->n_headsets; i++)
		if (strcmp(a->headsets[i].serial, h->serial) == 0 &&
		    strcmp(a->headsets[i].product, h->product) == 0)
			return &a->headsets[i];
	return a->n_headsets < ROWS_MAX ? &a->headsets[a->n_headsets++] : NULL;
}

void agentx_set_headsets(struct agentx *a, const struct agentx_headset *list, uint32_t n)
{
	for (uint32_t i = 0; i < a->n_headsets; i++)
		a->headsets[i].present = a->headsets[i].capture = 0;
	for (uint32_t i = 0; i < n; i++) {
		struct agentx_headset *row = row_of(a, &list[i]);
		if (row != NULL)
			*row = list[i];
	}
}

void agentx_close(struct agentx *a, void (*closed)(void *arg), void *arg)
{
	if (a == NULL)
		return;
	a->closing = true;
	a->closed = closed;
	a->closed_arg = arg;
	drop(a, NULL);
	uv_close((uv_handle_t *)&a->timer, on_timer_closed);
}
