/* rota.h - private to http/: swaps and holidays of the rota: those of the configuration file, and those
 * that people made here, which are kept in the store. It writes the turns of the plan that the engine
 * reads. */
#ifndef LW_ROTA_H
#define LW_ROTA_H

#include "collector/io/http/server.h"

#define ROTA_KEY "http.oncall"
enum { ROTA_MAX = 256, ROTA_LABEL_MAX = 200 };

int rota_open(struct rota **ret, struct http *h);
void rota_close(struct rota **rp);

/* A turn that has all but its label, which is copied: 0 and its number in the list, -ENOSPC, -ENOMEM. */
int rota_add(struct rota *r, const struct oncall_turn *turn, const char *by, size_t *ret);
/* 0, -ENOENT, -EPERM (it stands in the configuration file). */
int rota_end(struct rota *r, const char *id, bool holiday);

/* Those not over yet. */
json_t *rota_list(struct rota *r, bool holidays);
json_t *rota_json(const struct rota *r, size_t i);
void rota_restore(struct rota *r, const void *buf, size_t len);

#endif
