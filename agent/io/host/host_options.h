/* host_options.h - host:/some/root#chrony=127.0.0.1:323, and the same as options of the agent's file. */
#ifndef LW_HOST_OPTIONS_H
#define LW_HOST_OPTIONS_H

#include "agent/io/sense.h"

enum { HOST_ROOT_MAX = 128, HOST_OPTION_MAX = 108 };

struct host_options {
	char root[HOST_ROOT_MAX];	/* "" for / */
	char chrony[HOST_OPTION_MAX];	/* "" for each: the usual place */
	char timesync[HOST_OPTION_MAX]; /* the bus that timesyncd is on */
};

/* 0; -EINVAL with a line that says what is wrong. */
int host_options_parse(struct host_options *ret, const struct sense_target *t, char *reterr,
		       size_t reterr_size);

#endif
