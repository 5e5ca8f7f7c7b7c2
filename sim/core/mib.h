/* mib.h - what each kind of simulated device shows over SNMP: rows of object, type and the metric
 * behind it. Pure.
 *
 * Dialects: "rfc1628" (UPS-MIB), "powernet" (APC), "kamailio" (KAMAILIO-MIB and SIP-COMMON-MIB),
 * "router" (IF-MIB), "phone" (POLYCOM-ENDPOINT-MIB), "headset-base" (a private table below
 * netSnmpPlaypen, read by profiles/sim-headset.yaml). */
#ifndef LW_SIM_MIB_H
#define LW_SIM_MIB_H

#include "sim/core/ber.h"
#include "sim/core/world.h"

struct mib_word { /* a state's number in the MIB */
	int64_t state, number;
};

struct mib_row {
	const char *oid;
	uint8_t tag;
	uint16_t metric; /* METRIC_NONE: `text`, or `scale` as a constant */
	uint16_t instance;
	double scale;		      /* the object is the metric times this */
	const struct mib_word *words; /* NULL: a number; ends with number 0 */
	const char *text;
};

struct mib_object {
	struct oid oid;
	const struct mib_row *row;
};

struct mib { /* one dialect, objects in order of OID */
	const char *dialect;
	struct mib_object *objects;
	size_t n;
};

struct mib_set;

int mib_set_new(struct mib_set **ret);
void mib_set_free(struct mib_set *s);
const struct mib *mib_of(const struct mib_set *s, const char *dialect);

const struct mib_object *mib_get(const struct mib *m, const struct oid *oid);
const struct mib_object *mib_next(const struct mib *m, const struct oid *oid); /* NULL: end */

/* The object's value now, as it goes on the wire. */
void mib_put_value(struct ber_out *o, const struct mib_row *row, const struct sim_world *w,
		   const struct sim_device *d);

/* The tables (mib_tables.c). */
struct mib_table {
	const char *dialect;
	const struct mib_row *rows; /* ends with oid NULL */
};
extern const struct mib_table mib_tables[]; /* ends with dialect NULL */

#endif
