#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/io/snmp/access.h"

static int parse(const char *url, const char *options, struct snmp_access *ret, char *why)
{
	struct sense_target t = { .url = url, .options_json = options };

	why[0] = '\0';
	return snmp_access_parse(ret, &t, why, 200);
}

Test(access, a_url_says_where_how_and_as_whom)
{
	struct snmp_access a;
	char why[200];

	cr_assert_eq(parse("snmp://ups%2Fapc@10.1.0.5:1161?version=1", NULL, &a, why), 0, "%s",
		     why);
	cr_expect_str_eq(a.community, "ups/apc");
	cr_expect_str_eq(a.host, "10.1.0.5");
	cr_expect_str_eq(a.port, "1161");
	cr_expect_eq(a.version, SNMP_V1);
	cr_assert_eq(parse("snmp://a@h#version=1", NULL, &a, why), 0, "%s", why);
	cr_expect_eq(a.version, SNMP_V1);
	cr_assert_eq(parse("snmp://[2001:db8::1]:161", NULL, &a, why), 0, "%s", why);
	cr_expect_str_eq(a.host, "2001:db8::1");
	cr_expect_str_eq(a.community, "public");
	cr_expect_eq(a.version, SNMP_V2C);
	cr_assert_eq(parse("snmp3://lan@ups-1.example.vn",
			   "{\"auth\":\"SHA-256\",\"auth_password\":"
			   "\"secret-123\"}",
			   &a, why),
		     0, "%s", why);
	cr_expect_str_eq(a.user, "lan");
	cr_expect_str_eq(a.port, "161");
	cr_expect_str_eq(a.auth_password, "secret-123");
	cr_expect_eq(a.version, SNMP_V3);
}

static const struct {
	const char *url, *options, *complaint;
} bad[] = {
	{ "snmp:10.0.0.1", NULL, "must read" },
	{ "snmp://", NULL, "host" },
	{ "snmp://secret@h:0", NULL, "port" },
	{ "snmp://h:65536", NULL, "port" },
	{ "snmp://h:12a", NULL, "port" },
	{ "snmp://[::1:161", NULL, "host" },
	{ "snmp://a%2@h", NULL, "encoded" },
	{ "snmp://a%00b@h", NULL, "encoded" },
	{ "snmp://h?version=4", NULL, "version" },
	{ "snmp://h?colour=red", NULL, "no such option" },
	{ "snmp3://u@h?auth_password=secret-123", NULL, "file" },
	{ "snmp3://u@h?auth_password_file=/does/not/exist", NULL, "No such file" },
	{ "snmp://h", "[]", "JSON object" },
	{ "snmp://h", "{\"version\":1}", "text" },
};

Test(access, mistakes_are_told_and_secrets_are_not)
{
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct snmp_access a;
		char why[200];

		cr_expect_lt(parse(bad[i].url, bad[i].options, &a, why), 0, "%s", bad[i].url);
		cr_expect_not_null(strstr(why, bad[i].complaint), "%s: %s", bad[i].url, why);
		cr_expect_null(strstr(why, "secret"), "%s", why);
	}
}

Test(access, a_secret_comes_from_the_first_line_of_its_file)
{
	char path[] = "/tmp/lw-secret-XXXXXX", url[100], why[200];
	int fd = mkstemp(path);
	struct snmp_access a;

	cr_assert_geq(fd, 0);
	cr_assert_eq(write(fd, "s3cret word\nmore\n", 17), 17);
	(void)close(fd);
	(void)snprintf(url, sizeof url, "snmp://10.0.0.1?community_file=%s", path);
	cr_expect_eq(parse(url, NULL, &a, why), 0, "%s", why);
	cr_expect_str_eq(a.community, "s3cret word");
	(void)unlink(path);
}
