/* http.h - the collector's HTTP server: the API of docs/openapi.yaml, server-sent events, /metrics,
 * the page's files. libmicrohttpd on the loop; what blocks (history, passwords) runs in workers. */
#ifndef LW_HTTP_H
#define LW_HTTP_H

#include <stdbool.h>
#include <uv.h>

#include "collector/core/engine.h"
#include "collector/core/live.h"
#include "collector/core/oncall.h"
#include "collector/io/store/store.h"

struct drill;
struct http;

/* The `http:` part of the collector's file; strings live as long as the server, NULL: not set. */
struct http_options {
	const char *listen;	  /* "127.0.0.1:8111", "[::1]:8111"; NULL: the first */
	const char *web_root;	  /* folder of the built page; NULL: no page */
	const char *users;	  /* users.db; NULL: nobody can sign in */
	const char *anonymous;	  /* role of who does not sign in: "watcher"; NULL: none */
	const char *proxy_from;	  /* address of a reverse proxy that may name the user */
	const char *proxy_header; /* the header it does so in: "X-Remote-User" */
	const char *proxy_role;	  /* role of users it names that are not in `users`; NULL: none */
	const char *tls_cert, *tls_key; /* PEM files; both: HTTPS */
	unsigned max_connections;	/* 0: 2048 */
	unsigned patience_ms;		/* how long a first request may take to arrive; 0: 20 s */
};

/* How the collector itself does, as only its shell knows. */
struct http_health {
	int64_t since_wall_ms; /* of this start */
	bool broker_connected;
	uint64_t reports, reports_historical, duplicates, quarantined, refused, births, deaths;
	uint64_t pages_sent, pages_failed;
	size_t pages_waiting;
};

struct http_planned { /* maintenance of the configuration file */
	const char *id, *target, *reason;
	int64_t from_wall_ms, until_wall_ms;
};

/* When a person was last reached: proven by a confirmed page or a drill. */
struct http_proof {
	bool known, reached;
	int64_t wall_ms;
};

/* What the server reads and calls, all on the loop thread. Pointers outlive the server. */
struct http_sources {
	const struct topology *topology;
	struct engine *engine;
	struct oncall_plan *plan; /* NULL: no rota; people change its turns */
	const struct live *live;
	struct store *store; /* NULL: no history, no log */
	const struct http_planned *planned;
	size_t n_planned;
	void *arg;
	struct instant (*now)(void *arg);
	void (*health)(void *arg, struct http_health *ret); /* NULL: zeros */
	/* The engine was given an input (ack, shelve, maintenance): carry its effects out. */
	void (*engine_changed)(void *arg);
	/* A person did something: to the store, with what else is being stored. `json` is one object;
	 * entity NULL: none. */
	void (*happened)(void *arg, const char *type, int kind, const char *entity,
			 const char *json);
	/* State of the server's own to keep (maintenance windows, swaps): a blob of the store. */
	void (*keep)(void *arg, const char *key, const void *buf, size_t len);
	/* Whose signed link is this? 0; -EBADMSG: not ours; -ETIME: expired. NULL: links are not used. */
	int (*link)(void *arg, const char *token, char *ret_person, size_t size,
		    int64_t *ret_until_wall_ms);
	/* Rehearsals (collector/drills.h); NULL: none. */
	int (*drill_start)(void *arg, uint32_t agent, uint32_t *ret_number);
	int (*drill_ack)(void *arg, uint32_t number, const char *by);
	size_t (*drills)(void *arg, const struct drill **ret);
	/* Is person `who` of the plan known to be reachable? NULL: nothing is proven. */
	struct http_proof (*proof)(void *arg, uint32_t who);
};

/* reterr: one line that says what to change. */
int http_open(struct http **ret, uv_loop_t *loop, const struct http_options *o,
	      const struct http_sources *src, char *reterr, size_t reterr_size);
/* Ends all connections; `closed` comes once nothing of it is left. NULL-safe. */
void http_close(struct http *h, void (*closed)(void *arg), void *arg);

/* Pass every effect on, before engine_effects_clear: they go out as server-sent events. */
void http_effects(struct http *h, const struct effect *effects, size_t n);
/* What `keep` was given under `key` before a restart ("http.maintenance", "http.oncall"): once, after http_open. */
void http_restore(struct http *h, const char *key, const void *buf, size_t len);
unsigned http_port(const struct http *h); /* the one it listens on: tests ask for port 0 */

#endif
