/* answer.h - one SNMP v1 or v2c request in, one response out (RFC 1157, RFC 3416). Pure.
 *
 * GET, GETNEXT and GETBULK; a SET is answered as not writable, anything else not at all. */
#ifndef LW_SIM_ANSWER_H
#define LW_SIM_ANSWER_H

#include "sim/core/mib.h"

enum { ANSWER_MAX_BYTES = 1472, ANSWER_MAX_VARBINDS = 64 };

/* The community says which device is asked on a shared port. NULL: none such, be silent. */
typedef struct sim_device *answer_find_fn(void *arg, const char *community, size_t len);

struct answer_world {
	const struct sim_world *world;
	const struct mib_set *mibs;
	answer_find_fn *find;
	void *arg;
};

/* 0: `*ret`, `*ret_len` lie within buf[ANSWER_MAX_BYTES], `*ret_device` answers. -EBADMSG: not a
 * request; -ENOENT: no such community, or the device does not answer now. */
int answer_request(const struct answer_world *a, const uint8_t *request, size_t len, uint8_t *buf,
		   const uint8_t **ret, size_t *ret_len, const struct sim_device **ret_device);

#endif
