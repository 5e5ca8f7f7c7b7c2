/* oid.h - object identifiers: views into numbers that somebody else keeps. Pure. */
#ifndef LW_OID_H
#define LW_OID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { OID_MAX = 128 };

struct oid {
	const uint32_t *id;
	unsigned n;
};

/* Reads "1.3.6.1" or ".1.3.6.1" into `id` (room for OID_MAX). Returns how many numbers, or -EINVAL. */
int oid_parse(const char *text, uint32_t *id);

/* Writes the dotted form; cut at `size`. Returns the length without NUL. */
int oid_format(struct oid o, char *buf, size_t size);

bool oid_equal(struct oid a, struct oid b);
bool oid_under(struct oid o, struct oid root); /* root itself counts as under it */
int oid_compare(struct oid a, struct oid b);   /* lexicographic, as SNMP walks */

/* Is `o` in a table of channels, calls, users or contacts, which nobody may ask for? Whatever a
 * profile or a configuration says, such an OID is never sent. */
bool oid_refused(struct oid o);

/* The n-th root of the refused list; n == 0 ends it. */
struct oid oid_refused_at(size_t i);

#endif
