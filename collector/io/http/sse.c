/* sse.c - one content reader a connection. It copies what its client has not had yet; when there is
 * nothing it suspends the connection. A new event resumes all of them at once, and one turn of MHD
 * writes to each. When nothing happened for two seconds a heartbeat is the event.
 *
 * A client that is gone is noticed at the next write, so within two seconds or so. One that falls
 * behind the ring gets `reset` and goes on from now. */
#include "collector/io/http/sse.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/io/deadline.h"

enum { BLOCK = 4096 };

struct client {
	struct sse *sse;
	struct MHD_Connection *conn;
	uint64_t next; /* event to send */
	size_t sent;   /* bytes of it that are out */
	bool greeted, suspended, over;
	char token[ACCESS_TOKEN_SIZE]; /* of its session */
	int64_t until_ms;	       /* wall time at which that ends; 0: never */
	struct client *before, *after;
};

struct sse {
	struct http *http;
	struct deadline *heartbeat;
	char *ring[SSE_KEPT];
	size_t len[SSE_KEPT];
	uint64_t first, next; /* ids kept: first..next-1 */
	struct client *clients;
	unsigned n_clients;
	uint64_t dropped;
	bool ending;
};

static void wake(struct sse *s)
{
	for (struct client *c = s->clients; c != NULL; c = c->after)
		if (c->suspended) {
			c->suspended = false;
			MHD_resume_connection(c->conn);
		}
	http_pump(s->http);
}

static char *formatted(uint64_t id, const char *type, json_t *data, size_t *ret_len)
{
	char *json = json_dumps(data, JSON_COMPACT | JSON_REAL_PRECISION(15));
	char *text = NULL;
	int n = -1;

	if (json != NULL)
		n = asprintf(&text, "id: %" PRIu64 "\nevent: %s\ndata: %s\n\n", id, type, json);
	free(json);
	json_decref(data);
	if (n < 0)
		return NULL;
	*ret_len = (size_t)n;
	return text;
}

void sse_send(struct sse *s, const char *type, json_t *data)
{
	size_t slot = s->next % SSE_KEPT, len = 0;
	char *text = formatted(s->next, type, data, &len);

	if (text == NULL)
		return;
	if (s->next - s->first == SSE_KEPT)
		s->first++;
	free(s->ring[slot]);
	s->ring[slot] = text;
	s->len[slot] = len;
	s->next++;
	(void)deadline_arm(s->heartbeat, SSE_HEARTBEAT_MS);
	wake(s);
}

static void on_heartbeat(void *arg)
{
	struct sse *s = arg;

	sse_send(s, "heartbeat",
		 json_pack("{s:o}", "at", view_time(http_view(s->http).now.wall_ms)));
}

int sse_open(struct sse **ret, struct http *h, int64_t first_id)
{
	struct sse *s = calloc(1, sizeof *s);
	int r;

	if (s == NULL)
		return -ENOMEM;
	s->http = h;
	s->first = s->next = (uint64_t)first_id;
	r = deadline_open(&s->heartbeat, h->loop, on_heartbeat, s);
	if (r == 0)
		r = deadline_arm(s->heartbeat, SSE_HEARTBEAT_MS);
	if (r < 0) {
		sse_close(&s);
		return r;
	}
	*ret = s;
	return 0;
}

void sse_end(struct sse *s)
{
	s->ending = true;
	deadline_disarm(s->heartbeat);
	wake(s);
}

void sse_end_of(struct sse *s, const char token[ACCESS_TOKEN_SIZE])
{
	for (struct client *c = s->clients; c != NULL; c = c->after)
		c->over = c->over || (token[0] != '\0' && strcmp(c->token, token) == 0);
	wake(s);
}

void sse_close(struct sse **sp)
{
	struct sse *s = *sp;

	if (s == NULL)
		return;
	deadline_close(&s->heartbeat);
	for (size_t i = 0; i < SSE_KEPT; i++)
		free(s->ring[i]);
	free(s);
	*sp = NULL;
}

uint64_t sse_last_id(const struct sse *s)
{
	return s->next - 1;
}

unsigned sse_clients(const struct sse *s)
{
	return s->n_clients;
}

uint64_t sse_dropped(const struct sse *s)
{
	return s->dropped;
}

static size_t greet(struct client *c, char *buf, size_t max, const char *type)
{
	json_t *data = json_pack("{s:I,s:o}", "id", (json_int_t)(c->next - 1), "at",
				 view_time(http_view(c->sse->http).now.wall_ms));
	size_t n = 0;
	char *text = formatted(c->next - 1, type, data, &n);

	if (text == NULL || n > max)
		n = 0;
	else
		memcpy(buf, text, n);
	free(text);
	return n;
}

static size_t copy(struct client *c, char *buf, size_t max)
{
	struct sse *s = c->sse;
	size_t used = 0;

	while (c->next < s->next && used < max) {
		size_t slot = c->next % SSE_KEPT, left = s->len[slot] - c->sent;
		size_t n = left < max - used ? left : max - used;

		memcpy(buf + used, s->ring[slot] + c->sent, n);
		used += n;
		c->sent += n;
		if (c->sent == s->len[slot]) {
			c->sent = 0;
			c->next++;
		}
	}
	return used;
}

static bool is_over(const struct client *c)
{
	return c->over || (c->until_ms != 0 && http_view(c->sse->http).now.wall_ms >= c->until_ms);
}

static ssize_t read_events(void *cls, uint64_t pos, char *buf, size_t max)
{
	struct client *c = cls;
	struct sse *s = c->sse;
	size_t n;

	(void)pos;
	if (s->ending || is_over(c))
		return MHD_CONTENT_READER_END_OF_STREAM;
	if (c->next < s->first || c->next > s->next) {
		bool torn = c->sent > 0;

		s->dropped++;
		c->next = s->next;
		c->sent = 0;
		if (torn) /* half an event is out: only a new connection mends that */
			return MHD_CONTENT_READER_END_OF_STREAM;
		c->greeted = true;
		return (ssize_t)greet(c, buf, max, "reset");
	}
	if (!c->greeted) {
		c->greeted = true;
		return (ssize_t)greet(c, buf, max, "hello");
	}
	n = copy(c, buf, max);
	if (n == 0) {
		c->suspended = true;
		MHD_suspend_connection(c->conn);
	}
	return (ssize_t)n;
}

static void on_gone(void *cls)
{
	struct client *c = cls;

	if (c->before != NULL)
		c->before->after = c->after;
	else
		c->sse->clients = c->after;
	if (c->after != NULL)
		c->after->before = c->before;
	c->sse->n_clients--;
	free(c);
}

static struct client *client_new(struct sse *s, struct request *q, uint64_t since)
{
	struct client *c = calloc(1, sizeof *c);

	if (c == NULL)
		return NULL;
	*c = (struct client){ .sse = s,
			      .conn = q->conn,
			      .next = since != 0 ? since + 1 : s->next,
			      .until_ms = q->who.until_ms,
			      .after = s->clients };
	memcpy(c->token, q->who.token, sizeof c->token);
	if (s->clients != NULL)
		s->clients->before = c;
	s->clients = c;
	s->n_clients++;
	return c;
}

enum MHD_Result sse_attach(struct sse *s, struct request *q, uint64_t since)
{
	struct client *c = client_new(s, q, since);
	struct MHD_Response *r;
	enum MHD_Result ok;

	if (c == NULL)
		return MHD_NO;
	r = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, BLOCK, read_events, c, on_gone);
	if (r == NULL) {
		on_gone(c);
		return MHD_NO;
	}
	response_headers(r);
	(void)MHD_add_response_header(r, MHD_HTTP_HEADER_CONTENT_TYPE, "text/event-stream");
	(void)MHD_add_response_header(r, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
	(void)MHD_add_response_header(r, "X-Accel-Buffering", "no");
	ok = MHD_queue_response(q->conn, MHD_HTTP_OK, r);
	MHD_destroy_response(r);
	return ok;
}
