/* server.h - private to http/: the server. */
#ifndef LW_SERVER_H
#define LW_SERVER_H

#include <jansson.h>
#include <microhttpd.h>
#include <uv.h>

#include "collector/io/access/access.h"
#include "collector/io/http/http.h"
#include "collector/io/http/route.h"
#include "collector/io/view/view.h"

enum { PENDING_MAX = 256 };

struct sse;
struct files;
struct keyring;
struct rota;
struct windows;
struct peers;
struct zones;
struct store_reader;

struct http {
	uv_loop_t *loop;
	struct http_options o;
	struct http_sources src;
	struct MHD_Daemon *daemon;
	uv_poll_t poll;
	uv_timer_t timer;
	unsigned n_open;  /* handles the loop still holds */
	unsigned pending; /* requests waiting for a worker or the store */
	bool closing, stopped, pumping, again;
	struct access *access; /* NULL: nobody can sign in */
	uv_mutex_t access_lock;
	struct keyring *keys;
	struct sse *sse;
	struct files *files;
	struct windows *windows;
	struct peers *peers;
	struct rota *rota;
	struct zones *zones;
	char *tls_cert, *tls_key;
	uint64_t answered[6]; /* by hundreds of the status */
	void (*closed)(void *arg), *closed_arg;
};

/* http.c */
void http_pump(struct http *h); /* let MHD do what is due; after each resume */
struct view http_view(const struct http *h);

#endif
