/* http_sink.h - a tiny HTTP server on the test's own loop: answers what it is told to, counts. */
#ifndef LW_TEST_HTTP_SINK_H
#define LW_TEST_HTTP_SINK_H

#include <uv.h>

enum { HTTP_SINK_PEERS = 64 };

struct http_sink {
	uv_loop_t *loop;
	uv_tcp_t tcp;
	uv_tcp_t peers[HTTP_SINK_PEERS];
	size_t n_peers;
	int status; /* 200 …; 0: takes everything and never answers */
	unsigned n_requests;
	char last[8192]; /* newest request, as it came */
	struct {
		size_t n;
		char text[8192];
	} got[HTTP_SINK_PEERS]; /* what each peer has sent of its request so far */
	char url[64];
	void (*on_request)(struct http_sink *s); /* may be NULL */
	void *arg;
};

/* Asserts (Criterion) where anything fails. */
void http_sink_start(struct http_sink *s, uv_loop_t *loop, int status);
void http_sink_stop(struct http_sink *s); /* closes its handles; run the loop afterwards */

/* Runs the loop until the sink has heard `n` requests: as long as that takes, but 20 s at most. */
void http_sink_wait(struct http_sink *s, unsigned n);

#endif
