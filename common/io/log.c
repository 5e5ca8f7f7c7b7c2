/* Log lines go to stderr in one write each, so that lines of several processes do not mix. Under
 * systemd the "<n>" prefix becomes the priority; elsewhere it is still the first thing a person or
 * a filter sees. A line that cannot be written is dropped: there is nowhere to say so. */
#include "common/io/log.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

enum { LINE_MAX_BYTES = 1024, LIMIT_MS = 60000 };

static _Atomic int least_urgent = LOG_P_INFO;

void log_set_least(enum log_priority least)
{
	atomic_store(&least_urgent, (int)least);
}

/* Where the line ends after `written` more bytes were asked for at `at`. */
static size_t advance(size_t at, int written)
{
	size_t n = written < 0 ? 0 : (size_t)written;
	size_t room = LINE_MAX_BYTES - 1 - at;

	return at + (n < room ? n : room - 1);
}

__attribute__((format(printf, 3, 0))) static void emit(enum log_priority p, unsigned held,
						       const char *fmt, va_list args)
{
	char line[LINE_MAX_BYTES];
	size_t n = advance(0, snprintf(line, sizeof line - 1, "<%d>", (int)p));

	n = advance(n, vsnprintf(line + n, sizeof line - 1 - n, fmt, args));
	if (held > 0)
		n = advance(n, snprintf(line + n, sizeof line - 1 - n, " held_back=%u", held));
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)line[i] < 0x20 || line[i] == 0x7f)
			line[i] = '?';
	line[n] = '\n';
	ssize_t r = write(STDERR_FILENO, line, n + 1);
	(void)r;
}

void log_write(enum log_priority p, const char *fmt, ...)
{
	va_list args;

	if ((int)p > atomic_load(&least_urgent))
		return;
	va_start(args, fmt);
	emit(p, 0, fmt, args);
	va_end(args);
}

static uint64_t now_ms(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

void log_limited(struct log_limit *l, enum log_priority p, const char *fmt, ...)
{
	va_list args;
	uint64_t now = now_ms();

	if ((int)p > atomic_load(&least_urgent))
		return;
	if (now < l->next_ms) {
		l->held++;
		return;
	}
	va_start(args, fmt);
	emit(p, l->held, fmt, args);
	va_end(args);
	l->held = 0;
	l->next_ms = now + LIMIT_MS;
}
