/* curl_loop.h - libcurl's transfers on a libuv loop: HTTP checks, webhooks, mail. Never blocks.
 *
 * The caller builds an easy handle and gives it away until `done`; every transfer should carry
 * CURLOPT_TIMEOUT_MS. All calls on the loop thread. */
#ifndef LW_CURL_LOOP_H
#define LW_CURL_LOOP_H

#include "lazy_curl.h"
#include <uv.h>

struct curl_loop;

/* The transfer ended: CURLE_OK or why not. The easy handle is the caller's again and may be
 * cleaned up here. Not called for transfers that curl_loop_cancel or curl_loop_close ended. */
typedef void curl_done_fn(void *arg, CURL *easy, CURLcode result);

int curl_loop_open(struct curl_loop **ret, uv_loop_t *loop);

/* Starts a transfer; `done` comes later, never from inside. 0, -ENOMEM, -ESHUTDOWN. */
int curl_loop_add(struct curl_loop *c, CURL *easy, curl_done_fn *done, void *arg);

/* Takes a transfer back: no `done`; the easy handle is the caller's again. */
void curl_loop_cancel(struct curl_loop *c, CURL *easy);

/* Ends every transfer without `done` and cleans their easy handles up. NULL-safe; the memory goes
 * when the loop next turns. */
void curl_loop_close(struct curl_loop **cp);

#endif
