#include <criterion/criterion.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/io/secret.h"

static const struct {
	const char *what, *text;
	size_t n;
	int r;
	const char *secret;
} cases[] = {
	{ "the first line", "hunter2\nsecond\n", 15, 0, "hunter2" },
	{ "a line without an end", "hunter2", 7, 0, "hunter2" },
	{ "an end from Windows", "hunter2\r\n", 9, 0, "hunter2" },
	{ "letters beyond ASCII", "m\xe1\xba\xadt kh\xe1\xba\xa9u\n", 13, 0,
	  "m\xe1\xba\xadt kh\xe1\xba\xa9u" },
	{ "just as long as fits", "123456789012345\n", 16, 0, "123456789012345" },
	{ "one byte more", "1234567890123456\n", 17, -EMSGSIZE, "" },
	{ "nothing", "", 0, -ENODATA, "" },
	{ "an empty first line", "\nhunter2\n", 9, -ENODATA, "" },
	{ "a binary file",
	  "\x7f"
	  "ELF\x02\x01\n",
	  7, -EBADMSG, "" },
	{ "zeroes", "\0\0\0\0", 4, -ENODATA, "" },
};

Test(secret, the_first_line_is_the_secret_and_what_can_be_none_is_refused)
{
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char path[] = "/tmp/lw-secret-XXXXXX", got[16];
		int fd = mkstemp(path);

		cr_assert_eq(write(fd, cases[i].text, cases[i].n), (ssize_t)cases[i].n);
		(void)close(fd);
		cr_expect_eq(secret_read(path, got, sizeof got), cases[i].r, "%s", cases[i].what);
		cr_expect_str_eq(got, cases[i].secret, "%s", cases[i].what);
		(void)unlink(path);
	}
}

Test(secret, a_folder_and_a_missing_file_are_told_apart)
{
	char got[16];

	cr_expect_eq(secret_read("/tmp", got, sizeof got), -EISDIR);
	cr_expect_eq(secret_read("/nonexistent", got, sizeof got), -ENOENT);
	cr_expect_str_eq(secret_problem(-ENODATA), "its first line is empty");
	cr_expect_str_eq(secret_problem(-EISDIR), "Is a directory");
}
