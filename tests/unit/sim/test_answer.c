#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

#include "sim/core/answer.h"

static struct sim_world *world;
static struct mib_set *mibs;
static uint8_t reply[ANSWER_MAX_BYTES];

static struct sim_device *find(void *arg, const char *community, size_t len)
{
	return sim_device_find(arg, community, len);
}

static void setup(void)
{
	struct sim_plan plan = { 3, 4, 1, 7 };

	cr_assert_eq(sim_world_new(&world, &plan, 1000), 0);
	cr_assert_eq(mib_set_new(&mibs), 0);
}

static void teardown(void)
{
	mib_set_free(mibs);
	sim_world_free(world);
}

TestSuite(answer, .init = setup, .fini = teardown);

/* A request for `name`, community danang/ups-1; a, b as in RFC 3416 (error or bulk counts). */
static size_t request(uint8_t *buf, size_t size, uint8_t pdu, int64_t a, int64_t b,
		      const char *name)
{
	struct ber_out o;
	struct oid oid;

	cr_assert_eq(oid_parse(name, &oid), 0);
	ber_out_init(&o, buf, size);
	const uint8_t *end = o.p;
	ber_put_text(&o, BER_NULL, "", 0);
	ber_put_oid(&o, &oid);
	ber_put_header(&o, BER_SEQUENCE, end);
	ber_put_header(&o, BER_SEQUENCE, end);
	ber_put_int(&o, BER_INTEGER, b);
	ber_put_int(&o, BER_INTEGER, a);
	ber_put_int(&o, BER_INTEGER, 1234567);
	ber_put_header(&o, pdu, end);
	ber_put_text(&o, BER_OCTETS, "danang/ups-1", 12);
	ber_put_int(&o, BER_INTEGER, 1);
	ber_put_header(&o, BER_SEQUENCE, end);
	size_t n = (size_t)(end - o.p);
	memmove(buf, o.p, n);
	return n;
}

static int ask(const uint8_t *buf, size_t len, struct ber_in *ret_binds, int64_t *ret_error)
{
	struct answer_world a = { world, mibs, find, world };
	const struct sim_device *d;
	const uint8_t *p;
	struct ber_in in, message, community, pdu;
	int64_t version, id, index;
	uint8_t tag;

	int r = answer_request(&a, buf, len, reply, &p, &len, &d);
	if (r < 0)
		return r;
	in = (struct ber_in){ p, p + len };
	cr_assert_eq(ber_get_tag(&in, BER_SEQUENCE, &message), 0);
	cr_assert_eq(ber_get_int(&message, &version), 0);
	cr_assert_eq(ber_get_tag(&message, BER_OCTETS, &community), 0);
	cr_assert_eq(ber_get(&message, &tag, &pdu), 0);
	cr_assert_eq(tag, 0xa2);
	cr_assert_eq(ber_get_int(&pdu, &id), 0);
	cr_expect_eq(id, 1234567);
	cr_assert_eq(ber_get_int(&pdu, ret_error), 0);
	cr_assert_eq(ber_get_int(&pdu, &index), 0);
	cr_assert_eq(ber_get_tag(&pdu, BER_SEQUENCE, ret_binds), 0);
	return 0;
}

static unsigned count(struct ber_in binds)
{
	struct ber_in one;
	unsigned n = 0;

	for (; binds.p < binds.end; n++)
		cr_assert_eq(ber_get_tag(&binds, BER_SEQUENCE, &one), 0);
	return n;
}

Test(answer, a_get_brings_the_value_in_the_units_of_the_mib)
{
	uint8_t buf[512];
	struct ber_in binds, pair;
	int64_t error, value;
	struct oid oid;

	size_t n = request(buf, sizeof buf, 0xa0, 0, 0, "1.3.6.1.2.1.33.1.2.5.0");
	cr_assert_eq(ask(buf, n, &binds, &error), 0);
	cr_expect_eq(error, 0);
	cr_assert_eq(ber_get_tag(&binds, BER_SEQUENCE, &pair), 0);
	cr_assert_eq(ber_get_oid(&pair, &oid), 0);
	cr_assert_eq(ber_get_int(&pair, &value), 0);
	cr_expect_eq(value, 546, "54.6 V in tenths");
}

Test(answer, a_bulk_request_walks_as_far_as_it_fits)
{
	uint8_t buf[512];
	struct ber_in binds;
	int64_t error;

	size_t n = request(buf, sizeof buf, 0xa5, 0, 20, "1.3.6.1.2.1.33");
	cr_assert_eq(ask(buf, n, &binds, &error), 0);
	cr_expect_eq(count(binds), 20);
	n = request(buf, sizeof buf, 0xa5, 0, 100000, "1.3.6.1");
	cr_assert_eq(ask(buf, n, &binds, &error), 0);
	cr_expect_eq(count(binds), ANSWER_MAX_VARBINDS);
}

Test(answer, a_set_is_refused_and_changes_nothing)
{
	uint8_t buf[512];
	struct ber_in binds;
	int64_t error;

	size_t n = request(buf, sizeof buf, 0xa3, 0, 0, "1.3.6.1.2.1.33.1.2.4.0");
	cr_assert_eq(ask(buf, n, &binds, &error), 0);
	cr_expect_eq(error, 17);
}

Test(answer, a_silent_device_and_an_unknown_community_say_nothing)
{
	uint8_t buf[512];
	struct ber_in binds;
	int64_t error;

	size_t n = request(buf, sizeof buf, 0xa0, 0, 0, "1.3.6.1.2.1.33.1.2.4.0");
	sim_device_find(world, "danang/ups-1", 12)->silent = true;
	cr_expect_eq(ask(buf, n, &binds, &error), -ENOENT);
	memcpy(memmem(buf, n, "danang/ups-1", 12), "danang/ups-9", 12);
	cr_expect_eq(ask(buf, n, &binds, &error), -ENOENT);
}

Test(answer, every_cut_and_every_flipped_byte_is_survived)
{
	uint8_t buf[512], bad[512];
	struct answer_world a = { world, mibs, find, world };
	const struct sim_device *d;
	const uint8_t *p;
	size_t len;

	size_t n = request(buf, sizeof buf, 0xa1, 0, 0, "1.3.6.1.2.1.33.1.2.4.0");
	for (size_t cut = 0; cut < n; cut++)
		cr_expect_eq(answer_request(&a, buf, cut, reply, &p, &len, &d), -EBADMSG);
	for (size_t i = 0; i < n * 256; i++) {
		memcpy(bad, buf, n);
		bad[i / 256] = (uint8_t)i;
		(void)answer_request(&a, bad, n, reply, &p, &len, &d);
	}
}

Test(ber, integers_are_as_short_as_they_can_be)
{
	static const struct {
		int64_t v;
		size_t bytes;
	} cases[] = { { 0, 3 },	   { 127, 3 },	{ 128, 4 },	  { -1, 3 },
		      { -128, 3 }, { -129, 4 }, { INT32_MAX, 6 }, { INT64_MIN, 10 } };
	uint8_t buf[16];
	struct ber_out o;

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		int64_t back;
		ber_out_init(&o, buf, sizeof buf);
		ber_put_int(&o, BER_INTEGER, cases[i].v);
		struct ber_in in = { o.p, buf + sizeof buf };
		cr_expect_eq((size_t)(in.end - in.p), cases[i].bytes);
		cr_assert_eq(ber_get_int(&in, &back), 0);
		cr_expect_eq(back, cases[i].v);
	}
}
