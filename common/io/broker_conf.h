/* broker_conf.h - the section `broker` of an agent's and of the collector's file. */
#ifndef LW_BROKER_CONF_H
#define LW_BROKER_CONF_H

#include <cyaml/cyaml.h>

#include "common/io/conf.h"
#include "common/io/mqtt.h"

struct broker_conf { /* one of host and hosts; NULL: not given */
	char *host, **hosts;
	unsigned n_hosts;
	bool at_most_once;     /* QoS 0 */
	unsigned port;	       /* of those that name none: 8883 with TLS, else 1883 */
	char *ca, *cert, *key; /* PEM files; ca NULL: no TLS */
	char *user, *password_file;
};

extern const cyaml_schema_field_t broker_conf_fields[];

/* Fills in the port; tells every mistake but files that cannot be read. */
void broker_conf_check(struct broker_conf *b, struct conf *f);

/* What the section says, as options that point into it. */
void broker_conf_options(const struct broker_conf *b, struct mqtt_options *ret);

#endif
