/* value.h - one answered object, as the decoder needs it. Pure. */
#ifndef LW_VALUE_H
#define LW_VALUE_H

#include "agent/core/oid.h"

enum value_type {
	VALUE_UNASKED,	/* no answer seen */
	VALUE_MISSING,	/* noSuchObject, noSuchInstance, endOfMibView, noSuchName */
	VALUE_NULL,	/* answered, but with NULL */
	VALUE_INTEGER,	/* INTEGER: `number` */
	VALUE_UNSIGNED, /* Counter32, Gauge32, Unsigned32, Counter64: `number` as far as it goes */
	VALUE_TICKS,	/* TimeTicks: hundredths of a second in `number` */
	VALUE_REAL,	/* Opaque float or double: `real` */
	VALUE_TEXT,	/* OCTET STRING, IpAddress and other Opaque: `text`, `length` */
	VALUE_OID	/* OBJECT IDENTIFIER: `oid` */
};

struct value {
	enum value_type type;
	int64_t number;
	double real;
	const char *text; /* not terminated; owned by who collected the answers */
	size_t length;
	struct oid oid;
};

struct varbind {
	struct oid name;
	struct value value;
};

/* As a number: texts that are wholly a number count, blanks around them do not matter. */
bool value_number(const struct value *v, double *ret);

#endif
