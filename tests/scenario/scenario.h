/* scenario.h - timelines told as sentences, run through the collector's core in virtual time.
 *
 * A script is lines "SECOND VERB ARGUMENTS"; three centres of four seats are up and well at second 1.
 * Lines that begin with '~', or with '^', and stand together may come in any order: they change
 * places among themselves in each run.
 *
 *   birth|death|silence AGENT            site SITE birth|death|silence: all its agents
 *   report DEVICE METRIC=VALUE ...       reach DEVICE yes|no
 *   past DEVICE SECOND METRIC=VALUE ...  what was read then comes only now
 *   broker down|up                       ack NUMBER PERSON
 *   mute TARGET PERSON SECOND [CODE]     unmute NUMBER
 *   end
 *
 * What is expected is lines too:
 *
 *   raised ALARM [by SECOND] [after SECOND]    cleared ALARM [by SECOND]    never ALARM
 *   severity ALARM WORD                        alarms COUNT (raised in all)
 *   incidents COUNT      root ROOT             in ROOT ALARM (ROOT's incident lists it)
 *   pages REASON COUNT   page REASON by SECOND page REASON after SECOND     nobody paged
 *   told PERSON REASON   closed ROOT [SEVERITY]     open ROOT
 *   capacity SITE STATE  ends SITE STATE       ready SITE COUNT             limiting SITE ENTITY
 *   minutes SITE LOW HIGH (some minutes_left between them)
 *   up|down|planned|unknown ENTITY LOW HIGH (seconds in the totals)
 *   text REASON WORDS (a page of that reason says so)
 *   why ROOT WORDS (the last word on ROOT's incident explains it so) */
#ifndef LW_SCENARIO_H
#define LW_SCENARIO_H

#include <stddef.h>

struct scenario {
	const char *sentence;
	const char *
		config; /* added to the three centres, or "sites: …" in their place; NULL: nothing */
	const char *script;
	const char *expect;
};

enum { SCENARIO_ORDERS = 6 };

/* Runs each in its own order, in SCENARIO_ORDERS others, and once with the collector restarted before
 * every step, whose output must be the same to the letter. Tells every expectation that does not
 * hold; returns what main returns. LW_SHOW=1 shows what came out of those that fail. */
int scenario_main(const struct scenario *s, size_t n);

#endif
