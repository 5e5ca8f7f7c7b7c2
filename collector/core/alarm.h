/* alarm.h - the life of one alarm: hold times, and flapping judged in time. Pure: a visible struct.
 *
 * Flapping is a penalty: +1 at each change of the condition, halved every five minutes. From 3.0 on
 * (the fourth change in quick succession) a raised alarm is held up; below 0.75 it is let go, and the last word is the condition as it is. A
 * condition that changes too fast ever to be held is raised at its third bad change in a row. */
#ifndef LW_ALARM_H
#define LW_ALARM_H

#include <stdbool.h>
#include <stdint.h>

enum alarm_state { ALARM_OK, ALARM_PENDING, ALARM_FIRING, ALARM_CLEARING };
enum alarm_input { ALARM_IN_GOOD, ALARM_IN_BAD, ALARM_IN_UNKNOWN, ALARM_IN_TICK };
enum alarm_notice {
	ALARM_SAY_NOTHING,
	ALARM_SAY_RAISED,
	ALARM_SAY_CLEARED,
	ALARM_SAY_STEADY /* flapping has ended and it is still bad */
};

struct alarm_hold {
	int64_t raise_after_ms; /* bad this long before it is raised */
	int64_t clear_after_ms; /* good this long before it is cleared */
	bool flaps;		/* false: never held up, every change counts */
};

struct alarm {
	enum alarm_state state;
	bool bad;	  /* the condition as last heard */
	bool flapping;	  /* held up */
	int64_t since_ms; /* monotonic time at which `state` was entered */
	double penalty;	  /* at penalty_ms */
	int64_t penalty_ms;
};

struct alarm_effect {
	enum alarm_notice notice;
	int64_t wake_ms; /* feed ALARM_IN_TICK at this time; INT64_MAX: never */
};

/* Feed one input at `now_ms`. Unknown: a raised alarm stays (no data is not "resolved"), one that is
 * still waiting for its hold time is forgotten. */
struct alarm_effect alarm_step(struct alarm *a, const struct alarm_hold *h, enum alarm_input in,
			       int64_t now_ms);

double alarm_penalty(const struct alarm *a, int64_t now_ms);
/* When the penalty will have fallen to `level`: `now_ms` if it has. */
int64_t alarm_penalty_falls_to(const struct alarm *a, double level, int64_t now_ms);

#endif
