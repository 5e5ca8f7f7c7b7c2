/* log.h - one event, one line on stderr, with a priority that journald understands.
 *
 * A line is a fixed sentence, then key=value. Control characters are written as '?', so that no
 * device can forge a line. For io/ and main only: core and common report errors to their caller. */
#ifndef LW_LOG_H
#define LW_LOG_H

#include <stdarg.h>
#include <stdint.h>

enum log_priority {
	LOG_P_ERROR = 3,
	LOG_P_WARNING = 4,
	LOG_P_NOTICE = 5,
	LOG_P_INFO = 6,
	LOG_P_DEBUG = 7
};

/* What is less urgent than `least` is not written; the default is LOG_P_INFO. */
void log_set_least(enum log_priority least);

void log_write(enum log_priority p, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#define log_error(...)	 log_write(LOG_P_ERROR, __VA_ARGS__)
#define log_warning(...) log_write(LOG_P_WARNING, __VA_ARGS__)
#define log_notice(...)	 log_write(LOG_P_NOTICE, __VA_ARGS__)
#define log_info(...)	 log_write(LOG_P_INFO, __VA_ARGS__)
#define log_debug(...)	 log_write(LOG_P_DEBUG, __VA_ARGS__)

/* Rate limit of one object (a device, a peer): embed it zeroed. At most one line a minute; the next
 * one that is let through says how many were held back. */
struct log_limit {
	uint64_t next_ms;
	unsigned held;
};

void log_limited(struct log_limit *l, enum log_priority p, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

#endif
