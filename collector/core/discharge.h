/* discharge.h - how long a UPS still lasts: what it says, held against what is seen. Pure.
 *
 * While on battery the charge is followed; its fall gives a rate, the device's own runtime another
 * answer. Both agree: the device's word, with the difference as interval. They do not, or the gauge
 * has shown nonsense: nothing is said (unreliable). The rate of the last discharge is kept and serves
 * until this one has fallen far enough to be measured. */
#ifndef LW_DISCHARGE_H
#define LW_DISCHARGE_H

#include <stdbool.h>
#include <stdint.h>

struct discharge {
	double charge, runtime_s, load; /* as last heard; NaN: unknown */
	int64_t runtime_ms, charge_ms;	/* when */
	int64_t since_ms;		/* on battery since; INT64_MIN: on mains */
	double first_charge;		/* the first seen on battery */
	int64_t first_ms;
	double usual_rate; /* percent a second of past discharges, 0: none */
	double usual_load;
	bool unreliable;
};

void discharge_init(struct discharge *d);
void discharge_charge(struct discharge *d, double percent, int64_t now_ms); /* NaN: unknown */
void discharge_runtime(struct discharge *d, double seconds, int64_t now_ms);
void discharge_load(struct discharge *d, double percent);
void discharge_battery(struct discharge *d, bool on_battery, int64_t now_ms);

struct discharge_left {
	int32_t minutes, low, high; /* -1: not known */
};
/* As of now_ms: between two reports the time that passed is taken off. */
struct discharge_left discharge_left(const struct discharge *d, int64_t now_ms);

#endif
