/* The steady clock of the machine's boot goes on over restarts of a daemon, so the offset is saved with
 * the boot's id and taken up again: a restart while the clock is wrong changes nothing. */
#include "common/io/wall.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/core/steady.h"
#include "common/io/log.h"

enum { BOOT_ID_CHARS = 36, MS_PER_S = 1000, NS_PER_MS = 1000000 };

static struct steady steady; /* the machine has one clock */
static void (*on_move)(void *arg, int64_t by_ms);
static void *on_move_arg;

static int64_t read_clock(clockid_t id)
{
	struct timespec t;

	(void)clock_gettime(id, &t);
	return (int64_t)t.tv_sec * MS_PER_S + t.tv_nsec / NS_PER_MS;
}

int64_t wall_now_ms(void)
{
	struct steady_step r =
		steady_step(&steady, read_clock(CLOCK_BOOTTIME), read_clock(CLOCK_REALTIME));

	if (r.began_to_doubt)
		log_warning("the clock of this machine jumped -> not followed unless it stays so "
			    "by_ms=%lld",
			    (long long)r.ahead_ms);
	if (r.moved_ms != 0)
		log_warning("the clock of this machine stayed where it jumped to -> followed "
			    "by_ms=%lld",
			    (long long)r.moved_ms);
	if (r.moved_ms != 0 && on_move != NULL)
		on_move(on_move_arg, r.moved_ms);
	return r.wall_ms;
}

void wall_on_move(void (*moved)(void *arg, int64_t by_ms), void *arg)
{
	on_move = moved;
	on_move_arg = arg;
}

int64_t wall_offset_ms(void)
{
	return steady.offset_ms;
}

static bool boot_id(char buf[BOOT_ID_CHARS + 1])
{
	FILE *f = fopen("/proc/sys/kernel/random/boot_id", "re");
	bool ok = f != NULL && fgets(buf, BOOT_ID_CHARS + 1, f) != NULL &&
		  strlen(buf) == BOOT_ID_CHARS;

	if (f != NULL)
		(void)fclose(f);
	return ok;
}

size_t wall_save(char buf[WALL_SAVED_BYTES])
{
	char id[BOOT_ID_CHARS + 1];

	if (!boot_id(id))
		return 0;
	return (size_t)snprintf(buf, WALL_SAVED_BYTES, "%s %lld", id, (long long)steady.offset_ms);
}

bool wall_restore(const void *buf, size_t len)
{
	char text[WALL_SAVED_BYTES] = "", id[BOOT_ID_CHARS + 1], *end;

	if (len >= sizeof text || !boot_id(id))
		return false;
	memcpy(text, buf, len);
	if (strncmp(text, id, BOOT_ID_CHARS) != 0 || text[BOOT_ID_CHARS] != ' ')
		return false;
	long long offset = strtoll(text + BOOT_ID_CHARS + 1, &end, 10);
	if (end == text + BOOT_ID_CHARS + 1 || *end != '\0')
		return false;
	steady = (struct steady){ .known = true, .offset_ms = offset };
	return true;
}
