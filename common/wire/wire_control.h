/* wire_control.h - the short messages: what the collector tells an agent, a death, and whether the
 * collector is there. Packing gives malloc'ed bytes, or -ENOMEM, or -EINVAL for what breaks a limit;
 * unpacking 0, or enum wire_refusal with *ret untouched. */
#ifndef LW_WIRE_CONTROL_H
#define LW_WIRE_CONTROL_H

#include "common/wire/wire.h"

enum { WIRE_MAX_POLLS = 64 };

/* Collector -> agent. Visible value, no memory of its own but `polls` (fixed). */
struct wire_control {
	char collector[WIRE_MAX_TEXT + 1];
	size_t n_stored, n_missing, n_polls;
	struct wire_range stored[WIRE_MAX_RANGES];
	struct wire_range missing[WIRE_MAX_RANGES];
	char polls[WIRE_MAX_POLLS][WIRE_MAX_TEXT + 1];
	bool rebirth;
	uint64_t wall_ms;
	uint64_t echo_mono_ms;
	uint32_t drill; /* 0: none */
};

int wire_control_pack(const struct wire_control *c, uint8_t **ret, size_t *ret_len);
int wire_control_unpack(const uint8_t *buf, size_t len, struct wire_control *ret);

struct wire_death {
	uint32_t boot_id;
	uint32_t session;
	bool intended;
};
int wire_death_pack(const struct wire_death *d, uint8_t **ret, size_t *ret_len);
int wire_death_unpack(const uint8_t *buf, size_t len, struct wire_death *ret);

struct wire_collector_state {
	char collector[WIRE_MAX_TEXT + 1];
	bool online;
	uint64_t since_wall_ms, wall_ms;
};
int wire_collector_state_pack(const struct wire_collector_state *s, uint8_t **ret, size_t *ret_len);
int wire_collector_state_unpack(const uint8_t *buf, size_t len, struct wire_collector_state *ret);

#endif
