#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/io/notify.h"

Test(notify, systemd_hears_what_is_said)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	char got[32] = "", name[64];
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0);

	(void)snprintf(name, sizeof name, "/tmp/lw-notify-%d", (int)getpid());
	(void)snprintf(a.sun_path, sizeof a.sun_path, "%s", name);
	cr_assert_eq(bind(fd, (struct sockaddr *)&a, sizeof a), 0);
	(void)setenv("NOTIFY_SOCKET", name, 1);
	notify_systemd("READY=1");
	cr_assert_eq(recv(fd, got, sizeof got - 1, MSG_DONTWAIT), 7);
	cr_expect_str_eq(got, "READY=1");
	(void)close(fd);
	(void)unlink(name);
	notify_systemd("READY=1"); /* nobody listens: nothing happens */
}

Test(notify, the_watchdog_is_for_the_process_that_systemd_named)
{
	char pid[16];

	cr_expect_eq(notify_watchdog_ms(), 0);
	(void)setenv("WATCHDOG_USEC", "30000000", 1);
	(void)setenv("WATCHDOG_PID", "1", 1);
	cr_expect_eq(notify_watchdog_ms(), 0);
	(void)snprintf(pid, sizeof pid, "%d", (int)getpid());
	(void)setenv("WATCHDOG_PID", pid, 1);
	cr_expect_eq(notify_watchdog_ms(), 30000);
}
