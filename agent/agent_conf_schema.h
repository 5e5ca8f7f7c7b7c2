/* agent_conf_schema.h - the shape of the agent's file for libcyaml. For agent_conf.c alone. */
#ifndef LW_AGENT_CONF_SCHEMA_H
#define LW_AGENT_CONF_SCHEMA_H

#include <cyaml/cyaml.h>

extern const struct cyaml_schema_value agent_conf_schema;

#endif
