/* ups_model.h - the battery and the lines of one simulated UPS. Pure.
 *
 * A 48 V lead battery of 960 Wh: discharge by load with the usual loss at high current, recharge to
 * full in about five hours, voltage by charge and current, runtime by the present load. */
#ifndef LW_SIM_UPS_MODEL_H
#define LW_SIM_UPS_MODEL_H

#include <stdbool.h>
#include <stdint.h>

struct ups_model {
	double charge; /* 0..1 */
	double load;   /* watts */
	bool mains;    /* there is voltage at the input */
	bool output;   /* the load is fed */
	int64_t on_battery_ms;
};

enum { UPS_RATED_WATTS = 1500, UPS_BATTERY_WATT_HOURS = 960, UPS_LOW_SECONDS = 120 };

/* `dt_ms` of battery time (speeded up or not) go by. An empty battery cuts the output; the return
 * of the mains feeds it again. */
void ups_model_step(struct ups_model *u, int64_t dt_ms);
double ups_model_runtime_s(const struct ups_model *u);
double ups_model_volts(const struct ups_model *u);
int ups_model_status(const struct ups_model *u); /* enum ups_status */

#endif
