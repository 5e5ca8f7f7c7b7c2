/* Happy path: a GET every interval, any 2xx counts. Failure path: what fails is counted and logged
 * once a minute at most; the next ping comes in its turn. An unhealthy collector stays silent on
 * purpose. */
#include "collector/notify/deadman.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/curl/curl_loop.h"
#include "common/io/deadline.h"
#include "common/io/log.h"

enum { DEADMAN_EVERY_MS = 60000, DEADMAN_TIMEOUT_MS = 10000 };

struct deadman {
	struct curl_loop *curl;
	struct deadline *deadline;
	struct deadman_options options;
	char *url;
	bool under_way;
	struct log_limit limit;
	struct deadman_state state;
};

static size_t swallow(char *p, size_t size, size_t n, void *arg)
{
	(void)p;
	(void)arg;
	return size * n;
}

static void on_done(void *arg, CURL *easy, CURLcode result)
{
	struct deadman *d = arg;
	long status = 0;

	d->under_way = false;
	(void)curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_cleanup(easy);
	if (result == CURLE_OK && status >= 200 && status < 300) {
		d->state.sent++;
		d->state.last_ok_wall_ms = (int64_t)time(NULL) * 1000;
		return;
	}
	d->state.failed++;
	log_limited(&d->limit, LOG_P_WARNING,
		    "the dead man's ping did not get through reason=\"%s\" status=%ld",
		    curl_easy_strerror(result), status);
}

static void ping(struct deadman *d)
{
	CURL *easy = curl_easy_init();

	if (easy == NULL)
		return;
	(void)curl_easy_setopt(easy, CURLOPT_URL, d->url);
	(void)curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
	(void)curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)DEADMAN_TIMEOUT_MS);
	(void)curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, swallow);
	(void)curl_easy_setopt(easy, CURLOPT_USERAGENT, "linewatch/" LW_VERSION);
	if (curl_loop_add(d->curl, easy, on_done, d) < 0)
		curl_easy_cleanup(easy);
	else
		d->under_way = true;
}

static void on_deadline(void *arg)
{
	struct deadman *d = arg;

	if (!d->under_way && (d->options.healthy == NULL || d->options.healthy(d->options.arg)))
		ping(d);
	(void)deadline_arm(d->deadline, d->options.every_ms);
}

int deadman_open(struct deadman **ret, uv_loop_t *loop, const struct deadman_options *o)
{
	struct deadman *d = calloc(1, sizeof *d);
	int r;

	if (d == NULL)
		return -ENOMEM;
	d->options = *o;
	if (d->options.every_ms == 0)
		d->options.every_ms = DEADMAN_EVERY_MS;
	d->url = strdup(o->url);
	r = d->url != NULL ? curl_loop_open(&d->curl, loop) : -ENOMEM;
	if (r == 0)
		r = deadline_open(&d->deadline, loop, on_deadline, d);
	if (r == 0)
		r = deadline_arm(d->deadline, 1);
	if (r < 0) {
		deadman_close(&d);
		return r;
	}
	*ret = d;
	return 0;
}

void deadman_close(struct deadman **dp)
{
	struct deadman *d = *dp;

	if (d == NULL)
		return;
	*dp = NULL;
	deadline_close(&d->deadline);
	curl_loop_close(&d->curl);
	free(d->url);
	free(d);
}

void deadman_state(const struct deadman *d, struct deadman_state *ret)
{
	*ret = d->state;
}
