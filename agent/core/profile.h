/* profile.h - what a family of devices is and how its objects become metrics. Pure data.
 *
 * A profile comes from a YAML file (docs/PROFILES.md). Rows of one metric are alternatives in order
 * of precision: the first that gives a good value counts. */
#ifndef LW_PROFILE_H
#define LW_PROFILE_H

#include "agent/core/oid.h"
#include "common/core/registry.h"

enum {
	PROFILE_MAX_LINES = 3,
	PROFILE_MAX_SENTINELS = 8,
	PROFILE_MAX_VALUES = 12,
	PROFILE_MAX_TABLE_ROWS = 64,
	PROFILE_MAX_ALSO = 6
};

enum row_kind {
	ROW_NUMBER, /* (sum of oids - sum of minus) * scale + offset, or states of it */
	ROW_RULES,  /* the first rule that holds names the state */
	ROW_TEXT,   /* an identity */
	ROW_BITS, /* values of a walked column are OIDs under `under`: bit (last number - 1) each */
	ROW_COUNT, /* how many rows of the walked column read `equals` */
	ROW_TOTAL  /* the walked column added up */
};

/* One line of `states:`: a number or a whole text becomes a number of the metric. */
struct row_state {
	const char *text; /* NULL: compare `from` */
	int64_t from;
	int64_t to;
};

enum cond_op { COND_IN, COND_NOT_IN, COND_ABOVE, COND_LISTS };

/* One condition of a rule: "OID=1,2", "OID!=1", "OID>0", "OID lists OID". */
struct row_cond {
	struct oid oid;
	enum cond_op op;
	unsigned n_values;
	int64_t values[PROFILE_MAX_VALUES];
	struct oid listed; /* COND_LISTS: the column at `oid` holds this OID in some row */
};

struct row_rule {
	int64_t becomes;
	unsigned n_conds;
	struct row_cond *conds;
};

struct profile_row {
	uint16_t metric;
	enum row_kind kind;
	unsigned n_plus, n_minus; /* oids[0..n_plus) are added, the next n_minus taken away */
	struct oid *oids;
	struct oid percent_of; /* n == 0: none; else the result is 100 * x / this */
	double scale, offset;
	double rescale; /* 0: none; else tried once when the value is out of the metric's range */
	unsigned lines; /* 0: one object; else N = 1..lines is appended, with or without ".0" */
	int table;	/* index in profile.tables, -1: none */
	unsigned n_sentinels;
	int64_t sentinels[PROFILE_MAX_SENTINELS];
	bool mean;	 /* ROW_TOTAL: the average instead of the sum */
	bool raw;	 /* no default sentinels: every number means itself */
	const char *key; /* of an extend script's "key=value" lines; "a+b" adds; NULL: none */
	unsigned n_states;
	struct row_state *states;
	unsigned n_rules;
	struct row_rule *rules;
	struct oid walk;    /* ROW_BITS, ROW_COUNT, ROW_TOTAL: the column */
	struct oid guard;   /* n == 0: always walk; else only while this object is above 0 */
	struct oid under;   /* ROW_BITS */
	const char *equals; /* ROW_COUNT */
};

struct profile_table {
	struct oid walk; /* the column whose rows are the instances */
	unsigned n_keep;
	struct oid *keep;	 /* only rows whose value is one of these OIDs */
	unsigned n_keep_numbers; /* or one of these numbers; both empty: all rows */
	int64_t keep_numbers[PROFILE_MAX_VALUES];
	struct oid used_if;   /* n == 0: no matter; else rows where this column is an empty text
				  are listed but unused */
	struct oid label_oid; /* n == 0: none */
	const char *label;    /* "{text}", "port {1}": {1} is the first number of the index */
};

struct profile {
	const char *name;
	const char *device_class;
	const char *vendor; /* "": not told by the profile */
	const char *file;
	int priority;
	bool repeats_lines; /* a single-phase device lists its only output line three times */
	unsigned n_sysobjectid;
	struct oid *sysobjectid; /* prefixes */
	unsigned n_answers;
	struct oid *answers; /* one of them must answer */
	unsigned n_descr;
	const char **descr; /* words of sysDescr */
	unsigned n_also;
	const struct profile *also[PROFILE_MAX_ALSO];
	bool has_body; /* rows and tables are there: see profiles_ready */
	unsigned n_rows;
	struct profile_row *rows;
	unsigned n_tables;
	struct profile_table *tables;
};

struct profile_set {
	unsigned n;
	struct profile **profiles; /* in order of name */
	void *arena;		   /* who made the set frees it by this */
};

const struct profile *profile_by_name(const struct profile_set *s, const char *name);

#endif
