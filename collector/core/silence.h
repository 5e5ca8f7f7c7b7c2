/* silence.h - what people do not want to be woken for: alarms of a device, service, seat or centre, all
 * or those of one code, from a time to a time, by somebody. May be said before there is an alarm.
 *
 * A silenced alarm is raised, shown and counted like any other, as shelved; it pages nobody while the
 * silence lasts, also when it clears and comes again. What still stands at the end is told then.
 * Critical alarms of a centre are never silenced. Shelving an alarm (engine_shelve) is a silence of its
 * entity and code. Part of the engine's state: engine_save keeps it. */
#ifndef LW_SILENCE_H
#define LW_SILENCE_H

#include "collector/core/engine.h"

enum { SILENCES_MAX = 1024 };

struct silence_view {
	uint32_t number;    /* 1, 2 … as they are made; never reused */
	const char *target; /* as in maintenance: "danang/ups-1", "danang/01", "danang", "qms" */
	const char *code;   /* NULL: every alarm */
	const char *by;
	const char *reason; /* may be NULL */
	int64_t from_wall_ms, until_wall_ms;
	bool active;
};

/* `wish` without number and active; its texts are copied. One of the same target and code that runs
 * already is replaced. *ret_number may be NULL. 0; -ENOENT: no such target; -EINVAL: nobody
 * or no end after now, or a code that nothing of the target has; -EPERM: of a critical alarm of a
 * centre; -ENOSPC: too many; -ENOMEM. */
int engine_silence(struct engine *e, const struct silence_view *wish, uint32_t *ret_number,
		   struct instant now);
int engine_silence_end(struct engine *e, uint32_t number, struct instant now); /* 0 or -ENOENT */

/* What a silence of the wish's target and code would cover, before anybody says it. Texts live as long
 * as the rules, the rest until the next input. */
enum { SCOPE_CODES = 64, SCOPE_ALARMS = 100 };
struct silence_scope {
	uint32_t n_things;		 /* entities that it is about */
	const char *codes[SCOPE_CODES];	 /* what they may raise and it may silence */
	const char *steady[SCOPE_CODES]; /* what they may raise and nothing silences */
	uint32_t n_codes, n_steady;
	uint64_t alarms[SCOPE_ALARMS]; /* those that stand and would be shelved */
	uint32_t n_alarms;	       /* of them in all */
};
/* 0, or -ENOENT, -EINVAL, -EPERM, -ENOMEM as of engine_silence. */
int engine_silence_scope(const struct engine *e, const struct silence_view *wish,
			 struct silence_scope *ret);

/* Those that are not over, in order of number. *ret lives until the next input. */
size_t engine_silences(const struct engine *e, const struct silence_view **ret);

#endif
