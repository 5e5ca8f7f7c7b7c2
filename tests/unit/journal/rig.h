/* rig.h - a journal in a real folder, fed as an agent feeds it and read as a collector reads it. */
#ifndef LW_TEST_JOURNAL_RIG_H
#define LW_TEST_JOURNAL_RIG_H

#include "agent/core/image.h"
#include "agent/io/journal/journal_internal.h"

extern uv_loop_t loop;
extern struct journal *j;
extern char folder[64];
extern uint64_t seq, synced_to; /* of the newest report; up to which all is on disk */
extern uint32_t boot;

void set_up(void);
void tear_down(void);
void start(uint64_t max_bytes); /* as `boot` */
void stop(void);
unsigned each_file(void (*fn)(const char *path));
void remove_file(const char *path);

/* A heartbeat with `charge` and `status`, made as the agent makes them. Returns journal_append's. */
int append(double charge, double status, enum journal_sync sync);

/* What the history lane would send, decoded as a collector does: by (boot, seq), each full. */
struct heard {
	struct wire_layout *layout;
	double charge, full_charge, status, full_status;
	uint64_t seqs[80000];
	double charges[80000];
	size_t n, contexts, thinned;
	uint32_t boots[80000];
};
struct heard *listen_all(void);
void heard_free(struct heard *h);
void expect_run(const struct heard *h, size_t from, uint64_t first, uint64_t last);

#endif
