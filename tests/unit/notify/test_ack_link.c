#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/notify/ack_link.h"

static const uint8_t key[ACK_LINK_KEY_BYTES] = "a key for the tests, 32 bytes...";

Test(ack_link, says_who_and_what_until_it_expires)
{
	struct ack_link l = { 7, "lan", 1795400000000 }, back;
	char token[ACK_LINK_MAX];

	cr_assert_eq(ack_link_make(key, &l, token), 0);
	cr_assert_eq(ack_link_check(key, token, 1795399999000, &back), 0);
	cr_expect_eq(back.incident, 7);
	cr_expect_str_eq(back.person, "lan");
	cr_expect_eq(ack_link_check(key, token, 1795400001000, &back), -ETIME);
}

Test(ack_link, no_changed_character_is_accepted)
{
	struct ack_link l = { 7, "lan", 1795400000000 }, back;
	char token[ACK_LINK_MAX];

	cr_assert_eq(ack_link_make(key, &l, token), 0);
	for (size_t i = 0; token[i] != '\0'; i++) {
		char kept = token[i];

		token[i] = kept == '5' ? '6' : '5';
		cr_expect_eq(ack_link_check(key, token, 0, &back), -EBADMSG, "at %zu", i);
		token[i] = kept;
	}
	token[strlen(token) - 1] = '\0';
	cr_expect_eq(ack_link_check(key, token, 0, &back), -EBADMSG);
	cr_expect_eq(ack_link_check(key, "", 0, &back), -EBADMSG);
	cr_expect_eq(ack_link_check(key, "7.lan.5", 0, &back), -EBADMSG);
}

Test(ack_link, another_key_signs_nothing_here)
{
	static const uint8_t other[ACK_LINK_KEY_BYTES] = { 1 };
	struct ack_link l = { 7, "lan", 1795400000000 }, back;
	char token[ACK_LINK_MAX];

	cr_assert_eq(ack_link_make(other, &l, token), 0);
	cr_expect_eq(ack_link_check(key, token, 0, &back), -EBADMSG);
	l.person[0] = '/';
	cr_expect_eq(ack_link_make(key, &l, token), -EINVAL);
}

Test(ack_link, the_key_is_made_once_and_for_its_owner_only)
{
	char path[] = "/tmp/lw-link-key-XXXXXX";
	uint8_t first[ACK_LINK_KEY_BYTES], second[ACK_LINK_KEY_BYTES];
	struct stat st;

	cr_assert_eq(close(mkstemp(path)), 0);
	cr_expect_eq(ack_link_key(path, first), -EBADMSG, "an empty file is no key");
	cr_assert_eq(unlink(path), 0);
	cr_assert_eq(ack_link_key(path, first), 0);
	cr_assert_eq(ack_link_key(path, second), 0);
	cr_expect(memcmp(first, second, sizeof first) == 0);
	cr_assert_eq(stat(path, &st), 0);
	cr_expect_eq(st.st_mode & 0777, 0600);
	(void)unlink(path);
}
