/* conf_raw_people.h - people and rota as libcyaml loads them. Private. */
#ifndef LW_CONF_RAW_PEOPLE_H
#define LW_CONF_RAW_PEOPLE_H

#include <stdint.h>

#include "common/notify/notify_conf.h"

struct raw_person {
	char *id, *name, *language;
	char **channels;
	uint32_t n_channels;
	struct person_address address;
};

struct raw_swap {
	char *from, *until, *person, *reason;
};

struct raw_holiday {
	char *name, *from, *until, *shift;
	char **people;
	uint32_t n_people;
};

struct raw_step {
	char *after, *to;
};

struct raw_rotation {
	char **people;
	uint32_t n_people;
	char *shift, *starts;
};

struct raw_oncall {
	struct raw_rotation rotation;
	struct raw_swap *swaps;
	uint32_t n_swaps;
	struct raw_holiday *holidays;
	uint32_t n_holidays;
	struct raw_step *escalate;
	uint32_t n_escalate;
};

#endif
