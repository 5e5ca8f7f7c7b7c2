/* conf_reader.h - what the readers of the file's sections share. Private. */
#ifndef LW_CONF_READER_H
#define LW_CONF_READER_H

#include "collector/conf/conf_raw.h"

struct reader {
	struct conf *conf; /* problems and lines */
	const struct raw_conf *raw;
	struct collector_conf *out;
};

/* Each reports its mistakes; negative errno only without memory. */
int read_topology(struct reader *r);
int read_people(struct reader *r);
int read_maintenance(struct reader *r);
int read_rules(struct reader *r);

/* "7d", "5m", "30s", "500ms", "2h", "1w"; false: not a duration. */
bool parse_duration(const char *text, int64_t *ret_ms);
bool valid_id(const char *id);
#define DURATION_WANTS "wants a number and ms, s, m, h, d or w"
#define ID_WANTS       "wants 1 to 48 of letters, digits, '.', '_' and '-'"

#endif
