/* gather.h - many objects of one device, in as few requests as it takes.
 *
 * Requests are cut at what the device can answer (tooBig halves them), built once and sent again in
 * every round. One is outstanding at a time. */
#ifndef LW_SNMP_GATHER_H
#define LW_SNMP_GATHER_H

#include "agent/core/arena.h"
#include "agent/core/value.h"
#include "agent/io/snmp/engine.h"

enum { GATHER_CHUNK = 32, GATHER_MAX_ROWS = 64 };

/* 0, negative errno or enum snmp_status: then nothing of the round counts. */
typedef void gather_fn(void *arg, int status);

/* How the device is spoken to. Visible; the peer's owner keeps it. */
struct gather_link {
	struct snmp_peer *peer;
	enum snmp_version version;
	const char *community;
	unsigned chunk; /* learned: how many objects it answers at once */
};

struct gather {
	struct gather_link *link;
	struct arena *texts; /* where texts and OIDs of the answers go */
	const struct oid *oids;
	unsigned n;
	struct value *values; /* n of them, the caller's */
	bool *skip;	      /* n of them: known not to be there; owned */
	uint16_t *order;      /* what is asked, owned */
	unsigned n_order, at, asked;
	struct packet *packets; /* one per chunk, built when first needed; owned */
	unsigned n_packets, built_chunk;
	bool patient; /* a time-out leads to smaller requests first */
	gather_fn *fn;
	void *arg;
};

/* `oids` and `values` are not copied. */
int gather_init(struct gather *g, struct gather_link *link, struct arena *texts,
		const struct oid *oids, unsigned n, struct value *values);
void gather_fini(struct gather *g);
int gather_skip(struct gather *g, const bool *skip); /* do not ask for these again */
/* -ENODATA: nothing to ask. `fn` is called only when this returns 0, and never from inside. */
int gather_start(struct gather *g, gather_fn *fn, void *arg);

/* One column, row by row. */
struct walk_row {
	struct oid suffix;
	struct value value;
};
struct walk {
	struct gather_link *link;
	struct arena *texts;
	struct oid column;
	struct packet packet;
	unsigned n;
	struct walk_row rows[GATHER_MAX_ROWS];
	bool cut; /* there were more rows */
	gather_fn *fn;
	void *arg;
};
int walk_start(struct walk *w, struct gather_link *link, struct arena *texts, struct oid column,
	       gather_fn *fn, void *arg);
void walk_fini(struct walk *w);

/* Copies texts and OIDs into `texts`; JSON becomes "key=value" lines. -ENOMEM. */
int value_keep(struct arena *texts, struct value *v);

#endif
