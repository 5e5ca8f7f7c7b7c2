/* sense_priv.h - one device read over SNMP: shared by sense_snmp.c (rounds) and learn.c (what it is). */
#ifndef LW_SNMP_SENSE_PRIV_H
#define LW_SNMP_SENSE_PRIV_H

#include "agent/core/match.h"
#include "agent/core/plan.h"
#include "agent/io/sense.h"
#include "agent/io/snmp/access.h"
#include "agent/io/snmp/gather.h"
#include "agent/io/snmp/profile_file.h"
#include "common/core/sanity.h"

enum {
	SENSE_EVIDENCE = MATCH_MAX_EVIDENCE + 2,
	SENSE_IDENTITY = 8,
	SENSE_ERROR_MAX = 200,
	SENSE_CLASS_MAX = 32,
	SYSTEM_OIDS = 3
};

/* The objects of a plan, asked and kept. */
struct layout {
	struct plan *plan;
	struct value *values;
	struct gather gather;
	struct plan_walked *walked;
	struct value *walked_values; /* GATHER_MAX_ROWS per walk */
	unsigned next_walk;
};

struct snmp_sense {
	struct sense sense; /* first */
	uv_loop_t *loop;
	struct snmp_engine *engine;
	struct usm_user *user;
	struct snmp_access access;
	struct gather_link link;
	unsigned try_ms;
	const struct profile_set *set;
	const struct profile *wanted;	    /* named by the configuration */
	char device_class[SENSE_CLASS_MAX]; /* from the configuration, "" : the profile's */

	uv_getaddrinfo_t lookup;
	bool looking_up;
	bool closing;
	void (*closed)(void *arg);
	void *closed_arg;

	sense_done_fn *done; /* a round is under way */
	void *arg;
	struct arena texts;  /* of this round's answers */
	struct walk *walk;   /* NULL while nothing is to be walked */
	gather_fn *round_fn; /* where a layout's round ends */

	/* learning */
	struct arena notes;    /* labels and suffixes while learning */
	struct oid *questions; /* system objects and the profiles' probes */
	struct value *replies;
	unsigned n_questions;
	struct gather probe;
	struct plan_table *tables;
	unsigned n_tables, table; /* at hand */
	struct oid *label_oids;
	struct value *labels;
	struct gather label_gather;
	struct layout trial; /* everything the profile could use */

	/* what is known */
	const struct profile *profile;
	struct layout settled;
	struct reading *readings;
	struct sanity_slot *sanity;
	unsigned n_readings;
	char *evidence[SENSE_EVIDENCE]; /* owned, as the identity's texts */
	unsigned n_evidence;
	struct identity identity[SENSE_IDENTITY];
	char *identity_text[SENSE_IDENTITY];
	unsigned n_identity;
	uint64_t learned_ms;
	unsigned n_learned; /* how often, up to 2 */
	bool was_unreachable;
	char error[SENSE_ERROR_MAX];
};

/* sense_snmp.c */
void sense_forget_texts(char **texts, unsigned *n); /* frees them and sets *n to 0 */
void sense_fail(struct snmp_sense *s, int status);  /* ends the round: not reachable */
void sense_fail_saying(struct snmp_sense *s, const char *why);
void sense_deliver(struct snmp_sense *s); /* ends the round: readings are there */
void sense_note(struct snmp_sense *s, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* layout.c: one round over a plan; `fn` as gather's. */
int sense_walk(struct snmp_sense *s, struct oid column, gather_fn *fn);
int layout_init(struct layout *l, struct plan *plan, struct gather_link *link, struct arena *texts);
void layout_fini(struct layout *l);
int layout_start(struct layout *l, struct snmp_sense *s, gather_fn *fn);
struct plan_answers layout_answers(const struct layout *l);

/* learn.c: finds out what the device is and has; ends in sense_deliver or sense_fail. */
int learn_start(struct snmp_sense *s);
void learn_fini(struct snmp_sense *s);

#endif
