#include <criterion/criterion.h>
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "agent/io/journal/journal_aio.h"

static unsigned threads(void)
{
	DIR *d = opendir("/proc/self/task");
	unsigned n = 0;

	while (d != NULL && readdir(d) != NULL)
		n++;
	(void)closedir(d);
	return n;
}

Test(journal, a_sync_that_nobody_waits_for_takes_no_thread)
{
	struct quiet_sync q = { 0 };
	char path[] = "quiet-XXXXXX";
	int fd = mkstemp(path);
	unsigned before = threads();
	int r = 0;

	cr_assert_geq(fd, 0);
	(void)unlink(path);
	for (int i = 0; i < 20 && r != -ENOSYS; i++) {
		cr_assert_eq(write(fd, "x", 1), 1);
		r = quiet_sync(&q, fd);
		cr_expect(r == 0 || r == -EBUSY || r == -ENOSYS, "%d", r);
	}
	cr_expect_eq(threads(), before);
	quiet_sync_fini(&q);
	cr_expect_eq(quiet_sync(&q, fd), -ENOSYS, "closed");
	(void)close(fd);
}
