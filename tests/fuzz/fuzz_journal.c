/* A journal segment as it may lie on a disk: any bytes. What is read lies within them, in order; and
 * the journal itself serves, thins and removes what it can. The thinning is entered through the
 * journal's own files in a folder in memory. */
#include <assert.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "agent/io/journal/journal_internal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void walk(const uint8_t *data, size_t size)
{
	struct spool_header h;
	struct spool_record rec;
	size_t at = 0, skipped = 0, before = 0;

	(void)spool_header_read(data, size, &h);
	while (spool_next(data, size, &at, &skipped, &rec)) {
		assert(rec.at >= before && at <= size && rec.len > 0);
		assert(rec.payload + rec.len == data + at);
		before = at;
	}
	assert(skipped <= size);
}

static void drop_all(struct journal *j)
{
	for (size_t i = 0; i < 4 && j->n > 0; i++) {
		struct wire_range all = { j->segments[0].boot_id, 0, UINT64_MAX };
		(void)journal_stored(j, &all);
	}
	while (j->n > 0)
		segment_remove(j, 0);
}

static void live_with_it(const char *folder)
{
	struct journal_options o = { folder, 1 << 20, 7 };
	struct journal_record rec;
	struct journal *j;
	uv_loop_t loop;

	assert(uv_loop_init(&loop) == 0);
	assert(journal_open(&j, &loop, &o, NULL, NULL) == 0);
	while (journal_next(j, &rec))
		assert(rec.len > 0);
	if (j->n > 0)
		(void)segment_thin(j, 0);
	journal_rewind(j);
	while (journal_next(j, &rec))
		assert(rec.len > 0);
	drop_all(j);
	journal_close(j, NULL, NULL);
	(void)uv_run(&loop, UV_RUN_DEFAULT);
	assert(uv_loop_close(&loop) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char folder[64], path[128];

	walk(data, size);
	if (folder[0] == '\0') {
		(void)snprintf(folder, sizeof folder, "/dev/shm/lw-fuzz-XXXXXX");
		assert(mkdtemp(folder) != NULL);
		(void)snprintf(path, sizeof path, "%s/0000000000000001.lwj", folder);
		log_set_least((enum log_priority)0);
	}
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	assert(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	(void)close(fd);
	live_with_it(folder);
	return 0;
}
