/* live.h - what every device says now: its latest readings and who it is. Pure: owns memory only.
 *
 * A table by entity number (devices, and agents for what they say of themselves). Whoever receives
 * reports writes it, the API reads it; both on one thread. A device that never spoke costs one
 * pointer. Times are monotonic, by the collector's clock. */
#ifndef LW_LIVE_H
#define LW_LIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/core/reading.h"

struct live;

enum {
	LIVE_SLOTS_MAX = 4096,
	LIVE_FIRST_TEXT = M_SYS_NAME,
	LIVE_TEXTS = M_DEVICE_SERIAL - M_SYS_NAME + 1
};

struct live_slot {
	double value;
	uint16_t metric, instance;
	uint16_t label; /* 1 + index into the device's labels, 0: none */
	uint8_t reason; /* enum reading_reason */
};

struct live_device {
	struct live_slot *slots;
	char **labels;
	uint32_t n_slots, n_labels;
	int64_t read_mono_ms;  /* when the readings were made; INT64_MIN: no reading yet */
	int64_t heard_mono_ms; /* when the last word about it came */
	uint32_t interval_ms;  /* how often it is read, 0: not told */
	bool reachable;
	char *profile;
	char *identity[LIVE_TEXTS]; /* by metric, from LIVE_FIRST_TEXT; mostly NULL */
};

/* What an agent is and how it does; entity of ENTITY_AGENT. */
struct live_agent {
	char version[32];
	int64_t heard_mono_ms; /* INT64_MIN: never */
	int64_t offset_ms;     /* its clock less the collector's; INT64_MIN: not known */
	uint32_t boot_id;
	uint64_t seq;
};

int live_new(struct live **ret, uint32_t n_entities);
void live_free(struct live *l);

/* A new layout: what the device had is forgotten, its identity too. `profile` may be NULL. */
int live_describe(struct live *l, uint32_t entity, const char *profile, uint32_t interval_ms);
/* metric: METRIC_TEXT. -EINVAL otherwise. */
int live_identify(struct live *l, uint32_t entity, unsigned metric, const char *text);

/* Readings not named stay as they were. A device not described before is added as it comes;
 * more than LIVE_SLOTS_MAX readings are refused with -E2BIG, what came before them is kept. */
int live_set(struct live *l, uint32_t entity, const struct reading *readings, size_t n,
	     int64_t read_mono_ms, int64_t now_mono_ms);
int live_reachable(struct live *l, uint32_t entity, bool reachable, int64_t now_mono_ms);

/* NULL: nothing was ever heard. Lives until the next call that changes this device. */
const struct live_device *live_get(const struct live *l, uint32_t entity);
/* -ENOENT: no such slot. */
int live_value(const struct live *l, uint32_t entity, unsigned metric, unsigned instance,
	       struct reading *ret);

/* What the device says of itself (METRIC_TEXT), NULL: it did not. */
const char *live_text(const struct live_device *d, unsigned metric);

/* Never NULL for an entity of the table; made on first use. NULL: no memory. */
struct live_agent *live_agent(struct live *l, uint32_t entity);
const struct live_agent *live_agent_get(const struct live *l, uint32_t entity); /* NULL: never */

/* One device's readings are stale when older than twice their interval (at least 10 s). */
bool live_is_stale(const struct live_device *d, int64_t now_mono_ms);

#endif
