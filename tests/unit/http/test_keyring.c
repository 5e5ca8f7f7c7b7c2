#include <criterion/criterion.h>
#include <errno.h>

#include "collector/io/http/keyring.h"

Test(keyring, trusts_what_it_was_told_for_a_while)
{
	struct keyring *k = keyring_new();
	struct access_who who = { "lan", ROLE_ADMIN, 0 };

	cr_expect_null(keyring_get(k, "secret", 0));
	keyring_put(k, "secret", &who, 1000);
	cr_assert_not_null(keyring_get(k, "secret", 1000 + KEYRING_TRUST_MS));
	cr_expect_str_eq(keyring_get(k, "secret", 1000)->name, "lan");
	cr_expect_null(keyring_get(k, "secret", 1001 + KEYRING_TRUST_MS));
	cr_expect_null(keyring_get(k, "secret2", 1000));
	keyring_drop(k, "secret");
	cr_expect_null(keyring_get(k, "secret", 1000));
	keyring_free(k);
}

Test(keyring, five_failures_a_minute_are_enough)
{
	struct keyring *k = keyring_new();

	for (int i = 0; i < KEYRING_TRIES; i++) {
		cr_expect_eq(keyring_wait_ms(k, "10.0.0.1", i), 0);
		keyring_failed(k, "10.0.0.1", i);
	}
	cr_expect_eq(keyring_wait_ms(k, "10.0.0.1", 10), KEYRING_WINDOW_MS - 9);
	cr_expect_eq(keyring_wait_ms(k, "10.0.0.2", 10), 0);
	cr_expect_eq(keyring_wait_ms(k, "10.0.0.1", KEYRING_WINDOW_MS + 1), 0);
	keyring_free(k);
}
