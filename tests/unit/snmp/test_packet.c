#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "agent/io/snmp/packet.h"
#include "agent/io/snmp/usm.h"

static const uint32_t descr_ids[] = { 1, 3, 6, 1, 2, 1, 1, 1, 0 };
static const uint32_t big_ids[] = { 1, 3, 6, 1, 4, 1, 4294967295, 128, 127, 0 };
static const uint32_t refused_ids[] = { 1, 3, 6, 1, 4, 1, 22736, 1, 5, 2, 1, 14 };
static const struct oid two[] = { { descr_ids, 9 }, { big_ids, 10 } };

static struct packet build(enum snmp_version version, enum pdu_type pdu)
{
	struct packet_request rq = { .version = version,
				     .community = "public",
				     .pdu = pdu,
				     .repetitions = 20,
				     .oids = two,
				     .n = 2 };
	struct packet p;

	cr_assert_eq(packet_build(&p, &rq), 0);
	return p;
}

Test(packet, a_request_reads_back_with_its_id_and_objects)
{
	static struct answer_room room;
	struct packet p = build(SNMP_V2C, PDU_GET);
	struct message m;
	struct answer a;

	packet_set_id(&p, 0x7abcdef1);
	cr_assert_eq(message_parse(p.bytes, p.length, &m), 0);
	cr_expect_eq(m.version, SNMP_V2C);
	cr_expect_eq(m.community_length, 6);
	cr_assert_eq(pdu_parse(m.pdu, m.pdu_length, &room, &a), 0);
	cr_expect_eq(a.type, PDU_GET);
	cr_expect_eq(a.id, 0x7abcdef1);
	cr_assert_eq(a.n, 2);
	cr_expect(oid_equal(a.varbinds[0].name, two[0]));
	cr_expect(oid_equal(a.varbinds[1].name, two[1]));
	cr_expect_eq(a.varbinds[1].value.type, VALUE_NULL);
	packet_fini(&p);
}

Test(packet, bulk_carries_its_repetitions)
{
	static struct answer_room room;
	struct packet p = build(SNMP_V2C, PDU_GETBULK);
	struct message m;
	struct answer a;

	cr_assert_eq(message_parse(p.bytes, p.length, &m), 0);
	cr_assert_eq(pdu_parse(m.pdu, m.pdu_length, &room, &a), 0);
	cr_expect_eq(a.error_status, 0);
	cr_expect_eq(a.error_index, 20);
	packet_fini(&p);
}

Test(packet, a_refused_object_never_becomes_a_request)
{
	struct oid o = { refused_ids, 12 };
	struct packet_request rq = {
		.version = SNMP_V2C, .community = "c", .pdu = PDU_GET, .oids = &o, .n = 1
	};
	struct packet p;

	cr_expect_eq(packet_build(&p, &rq), -EACCES);
	rq.pdu = PDU_GETNEXT;
	cr_expect_eq(packet_build(&p, &rq), -EACCES);
}

Test(packet, every_cut_and_every_flipped_byte_is_survived)
{
	static struct answer_room room;
	struct packet p = build(SNMP_V2C, PDU_GET);

	for (size_t cut = 0; cut < p.length; cut++) {
		unsigned char *copy = malloc(cut + 1);
		struct message m;
		struct answer a;

		memcpy(copy, p.bytes, cut);
		if (message_parse(copy, cut, &m) == 0)
			(void)pdu_parse(m.pdu, m.pdu_length, &room, &a);
		free(copy);
	}
	for (size_t at = 0; at < p.length; at++) {
		unsigned char *copy = malloc(p.length);
		struct message m;
		struct answer a;

		memcpy(copy, p.bytes, p.length);
		copy[at] ^= 0x85;
		if (message_parse(copy, p.length, &m) == 0)
			(void)pdu_parse(m.pdu, m.pdu_length, &room, &a);
		free(copy);
	}
	packet_fini(&p);
}

/* --- SNMPv3 --- */

static const uint8_t engine_id[] = { 0x80, 0, 0x1f, 0x88, 4, 'a', 'b', 'c' };

static const struct usm_credentials levels[] = {
	{ .user = "lan" },
	{ .user = "lan", .auth = "SHA", .auth_password = "authpass-1" },
	{ .user = "lan",
	  .auth = "MD5",
	  .auth_password = "authpass-1",
	  .priv = "DES",
	  .priv_password = "privpass-1" },
	{ .user = "lan",
	  .auth = "SHA-256",
	  .auth_password = "authpass-1",
	  .priv = "AES",
	  .priv_password = "privpass-1" },
	{ .user = "lan",
	  .auth = "SHA-512",
	  .auth_password = "authpass-1",
	  .priv = "AES-256",
	  .priv_password = "privpass-1" },
};

ParameterizedTestParameters(usm, each_level)
{
	static size_t index[sizeof levels / sizeof *levels] = { 0, 1, 2, 3, 4 };

	return cr_make_param_array(size_t, index, sizeof levels / sizeof *levels);
}

ParameterizedTest(size_t *i, usm, each_level)
{
	struct packet p = build(SNMP_V3, PDU_GET);
	struct usm_engine e = { 0 }, other;
	struct usm_user *u = NULL;
	struct usm_message m;
	uint8_t wire[2048], *pdu = NULL;
	char why[100] = "";
	size_t n = 0;

	cr_assert_eq(usm_user_open(&u, &levels[*i], why, sizeof why), 0, "%s", why);
	cr_assert_eq(usm_engine_set(&e, u, engine_id, sizeof engine_id), 0);
	e.boots = 7;
	e.time = 1000;
	int length = usm_write(&e, u, 0x01020304, p.bytes, p.length, true, 5000, wire, sizeof wire);
	cr_assert_gt(length, 0);
	cr_assert_eq(usm_read(wire, (size_t)length, &m), 0);
	cr_expect_eq(m.id, 0x01020304);
	cr_expect_eq(m.boots, 7);
	cr_expect_eq(m.time, 1005, "the engine's time goes on with ours");
	cr_assert_eq(usm_open(&e, u, &m, false, &pdu, &n), USM_OK);
	cr_expect_eq(n, p.length);
	cr_expect_eq(memcmp(pdu, p.bytes, n), 0);

	if (levels[*i].auth != NULL) { /* one bit changed on the way */
		length = usm_write(&e, u, 1, p.bytes, p.length, true, 0, wire, sizeof wire);
		wire[length - 1] ^= 1;
		cr_assert_eq(usm_read(wire, (size_t)length, &m), 0);
		cr_expect_eq(usm_open(&e, u, &m, false, &pdu, &n), USM_WRONG_DIGEST);
		other = e;
		other.auth_key[0] ^= 1;
		length = usm_write(&other, u, 1, p.bytes, p.length, true, 0, wire, sizeof wire);
		cr_assert_eq(usm_read(wire, (size_t)length, &m), 0);
		cr_expect_eq(usm_open(&e, u, &m, false, &pdu, &n), USM_WRONG_DIGEST);
	}
	usm_user_close(u);
	packet_fini(&p);
}

Test(usm, an_unsigned_answer_does_not_pass_for_a_signed_one)
{
	struct packet p = build(SNMP_V3, PDU_RESPONSE);
	struct usm_engine e = { 0 }, plain = { 0 };
	struct usm_user *signs = NULL, *open = NULL;
	struct usm_message m;
	uint8_t wire[2048], *pdu = NULL;
	char why[100] = "";
	size_t n = 0;

	cr_assert_eq(usm_user_open(&signs, &levels[3], why, sizeof why), 0);
	cr_assert_eq(usm_user_open(&open, &levels[0], why, sizeof why), 0);
	cr_assert_eq(usm_engine_set(&e, signs, engine_id, sizeof engine_id), 0);
	cr_assert_eq(usm_engine_set(&plain, open, engine_id, sizeof engine_id), 0);
	int length = usm_write(&plain, open, 1, p.bytes, p.length, false, 0, wire, sizeof wire);
	cr_assert_eq(usm_read(wire, (size_t)length, &m), 0);
	cr_expect_eq(usm_open(&e, signs, &m, true, &pdu, &n), USM_TOO_WEAK);
	usm_user_close(signs);
	usm_user_close(open);
	packet_fini(&p);
}

Test(usm, short_passwords_and_unknown_words_are_refused_with_a_reason)
{
	static const struct usm_credentials wrong[] = {
		{ .user = "" },
		{ .user = "u", .auth = "SHA-1024", .auth_password = "12345678" },
		{ .user = "u", .auth = "SHA", .auth_password = "1234567" },
		{ .user = "u", .auth = "SHA" },
		{ .user = "u", .priv = "AES", .priv_password = "12345678" },
	};

	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		struct usm_user *u = NULL;
		char why[120] = "";

		cr_expect_eq(usm_user_open(&u, &wrong[i], why, sizeof why), -EINVAL);
		cr_expect_neq(why[0], '\0');
	}
}
