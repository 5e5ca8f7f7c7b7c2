/* A few bytes in a file of its own, replaced by rename. It need not survive a crash of the machine:
 * with the next boot it means nothing. A disk that refuses is tried again with the next report. */
#include "agent/clock_file.h"

#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

#include "common/io/wall.h"

enum { DRIFT_MS = 200 };

static int64_t written_ms;
static bool written;

static void path_of(char *buf, size_t size, const char *folder, const char *name)
{
	(void)snprintf(buf, size, "%s/%s", folder, name);
}

void clock_file_restore(const char *folder)
{
	char path[PATH_MAX], saved[WALL_SAVED_BYTES];

	path_of(path, sizeof path, folder, "clock");
	FILE *f = fopen(path, "re");
	if (f == NULL)
		return; /* the first run, or no folder yet */
	size_t n = fread(saved, 1, sizeof saved, f);
	(void)fclose(f);
	(void)wall_restore(saved, n);
}

void clock_file_keep(const char *folder)
{
	char path[PATH_MAX], anew[PATH_MAX], saved[WALL_SAVED_BYTES];
	int64_t off = wall_offset_ms() - written_ms;

	if (written && off > -DRIFT_MS && off < DRIFT_MS)
		return;
	size_t n = wall_save(saved);
	path_of(path, sizeof path, folder, "clock");
	path_of(anew, sizeof anew, folder, "clock.new");
	FILE *f = n > 0 ? fopen(anew, "we") : NULL;
	if (f == NULL)
		return;
	bool ok = fwrite(saved, 1, n, f) == n;
	ok = fclose(f) == 0 && ok;
	if (ok && rename(anew, path) == 0) {
		written = true;
		written_ms = wall_offset_ms();
	} else {
		(void)unlink(anew);
	}
}
