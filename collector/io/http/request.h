/* request.h - private to http/: one request on its way through the server. */
#ifndef LW_REQUEST_H
#define LW_REQUEST_H

#include "collector/io/http/server.h"

enum { BODY_MAX = 64 << 10, PAGE_DEFAULT = 500, PAGE_MAX = 2000 };

enum via { VIA_NONE, VIA_ANONYMOUS, VIA_PASSWORD, VIA_TOKEN, VIA_PROXY };

struct identity {
	enum via via;
	enum role role;
	char name[ACCESS_NAME_MAX + 1];
	char token[ACCESS_TOKEN_SIZE]; /* of the session, for its CSRF proof */
	int64_t until_ms;	       /* of the session or token; 0: no end */
};

enum phase { PHASE_READING, PHASE_WAITING, PHASE_READY };

struct zone;

struct request {
	struct http *http;
	struct MHD_Connection *conn;
	const struct route *route;
	struct route_id id; /* what the pattern's * stood for */
	char *body;
	size_t body_len;
	bool too_large;
	enum phase phase;
	struct identity who;
	json_t *in;  /* the body as JSON, an object */
	json_t *out; /* the answer */
	char *text;  /* or as text, with its type */
	const char *text_type;
	int status;
	char set_cookie[160];
	/* Work elsewhere: `work` off the loop (with the store's reader, or NULL), `then` on it. */
	void (*work)(struct request *q, struct store_reader *r);
	void (*then)(struct request *q);
	int work_status;
	void *data; /* of the work; freed with free() */
	uv_work_t uv_work;
};

/* request.c: answers. Each returns 0, so that a handler may `return` it. */
int reply(struct request *q, int status, json_t *j); /* takes j */
int reply_nothing(struct request *q, int status);
int reply_text(struct request *q, int status, char *text, const char *type); /* takes text */
/* key: of the catalogue, problem.<key> and advice.<key>; what: fills {what}, NULL for none. */
int problem(struct request *q, int status, const char *key, const char *what);
void response_headers(struct MHD_Response *r); /* those that every answer carries */
enum MHD_Result request_send(struct request *q);
void request_free(struct request *q);
const char *request_lang(const struct request *q);
const char *request_param(const struct request *q, const char *name);
const char *request_header(const struct request *q, const char *name);
bool request_peer(const struct request *q, char *buf, size_t size);
bool request_from_proxy(const struct request *q);
/* false: it has replied what is wrong with the parameter. */
bool param_limit(struct request *q, size_t *ret);
bool param_time(struct request *q, const char *name, int64_t dflt_ms, int64_t *ret_ms);
bool param_span(struct request *q, int64_t *ret_from_ms, int64_t *ret_to_ms);
/* The starts of the bars of `step`, and the end; *ret is to be freed. */
bool param_bars(struct request *q, const struct zone *zone, int64_t from_ms, int64_t to_ms,
		int64_t **ret, size_t *ret_n);
/* The body's member as text of 1..max bytes; NULL where it is missing; false: it has replied. */
bool body_text(struct request *q, const char *name, size_t max, const char **ret);
bool body_int(struct request *q, const char *name, int64_t least, int64_t most, int64_t *ret);

/* Answers that are also parts of another: new references. */
json_t *session_json(const struct request *q);
json_t *status_json(const struct http *h);
json_t *oncall_json(const struct http *h);
json_t *incidents_now(const struct http *h); /* open, or closed within ten minutes; newest first */

bool incident_number(struct request *q, uint32_t *ret); /* of the path; false: it has replied */

/* request_work.c: the rest of a request elsewhere. 0, or it has replied that it is too busy. */
int ask_worker(struct request *q, void (*work)(struct request *, struct store_reader *),
	       void (*then)(struct request *));
int ask_store(struct request *q, void (*work)(struct request *, struct store_reader *),
	      void (*then)(struct request *));
/* Who asks: true when it is known at once; else `then` is called once it is. */
bool identify(struct request *q, void (*then)(struct request *));
bool request_is_safe(struct request *q); /* false: it has replied (CSRF) */
void audit(const struct request *q, const char *user, const char *action, const char *target,
	   const char *result);
const char *request_user(const struct request *q); /* for the record; never NULL */

/* Handlers. */
#define ROUTE(method, pattern, need, fn) int fn(struct request *q);
#include "collector/io/http/routes.def"
#undef ROUTE

#endif
