/* client.h - one request to the collector's API and its JSON answer. Blocks. */
#ifndef LW_CLIENT_H
#define LW_CLIENT_H

#include <jansson.h>

#include "cli/cmd.h"

struct client;

/* NULL: no memory; says so. */
struct client *client_open(const struct cli *cli);
void client_close(struct client *c);

/* method "GET", "POST", "DELETE"; path from the root, ready encoded; body may be NULL.
 * CLI_OK: *ret is the answer (json_null for none), the caller's to json_decref.
 * Else it has said what is wrong on stderr and returns the exit code: CLI_UNREACHABLE, or
 * CLI_MISUSE when the collector refused. */
int client_ask(struct client *c, const char *method, const char *path, json_t *body, json_t **ret);
/* The whole of a list, page by page, as one array: path "/api/v1/devices?site=x", member "devices". */
int client_list(struct client *c, const char *path, const char *member, json_t **ret);

/* Percent-encode `text` onto the end of buf (for query values and ids). */
void url_add(char *buf, size_t size, const char *text);

/* One request from open to close; and one that is a GET. */
int client_once(const struct cli *cli, const char *method, const char *path, json_t *body,
		json_t **ret);
int client_get(const struct cli *cli, const char *path, json_t **ret);
/* Print a document on stdout, indented. */
void print_json(const json_t *j);

/* Members, with a default where they are missing or of another type. */
const char *j_text(const json_t *o, const char *name, const char *dflt);
long long j_int(const json_t *o, const char *name, long long dflt);

#endif
