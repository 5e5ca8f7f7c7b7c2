#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/core/agentx.h"

static const uint32_t root[] = { 1, 3, 6, 1, 4, 1, 99 };

static uint32_t three(void *arg)
{
	(void)arg;
	return 3;
}

static uint32_t none(void *arg)
{
	(void)arg;
	return 0;
}

static struct agentx_value cell(void *arg, uint32_t row, uint32_t column)
{
	(void)arg;
	return (struct agentx_value){ .kind = AGENTX_INTEGER, .number = column * 100 + row };
}

static const struct agentx_table tables[] = {
	{ 3, 2, 3, none, NULL, cell },
	{ 5, 2, 4, three, NULL, cell },
};
static const struct agentx_mib mib = { root, 7, tables, 2, NULL };

static size_t word(uint8_t *p, size_t n, uint32_t v, bool network)
{
	for (int i = 0; i < 4; i++)
		p[n + (size_t)i] = (uint8_t)(v >> (network ? 24 - 8 * i : 8 * i));
	return n + 4;
}

/* A request for one name, as a master sends it; `dotted` below the root, "" for the root itself. */
static size_t request(uint8_t *p, enum agentx_type type, const char *dotted, bool include,
		      bool network)
{
	uint32_t id[16], k = 0;
	size_t n;

	for (const char *s = dotted; s != NULL && *s != '\0'; s = strchr(s, '.'), s += s != NULL)
		id[k++] = (uint32_t)strtoul(s, NULL, 10);
	memset(p, 0, AGENTX_HEADER_BYTES);
	p[0] = 1;
	p[1] = (uint8_t)type;
	p[2] = network ? 0x10 : 0;
	n = word(p, 4, 7, network);
	n = word(p, n, 8, network);
	n = word(p, n, 9, network);
	n += 4;
	if (type == AGENTX_GET_BULK) {
		p[n++] = 0;
		p[n++] = 0;
		p[n++] = network ? 0 : 4;
		p[n++] = network ? 4 : 0;
	}
	const uint8_t head[] = { (uint8_t)(2 + k), 4, include, 0 }; /* 1.3.6.1.4, then 1.99 */
	memcpy(p + n, head, 4);
	n = word(p, n + 4, 1, network);
	n = word(p, n, 99, network);
	for (uint32_t i = 0; i < k; i++)
		n = word(p, n, id[i], network);
	n = word(p, n, 0, network); /* no end */
	(void)word(p, 16, (uint32_t)(n - AGENTX_HEADER_BYTES), network);
	return n;
}

/* "5.2.1=201 …", "x" for an exception: the varbinds of an answer. */
static const char *told(const uint8_t *p, size_t len)
{
	static char text[512];
	size_t at = AGENTX_HEADER_BYTES + 8, n = 0;

	text[0] = '\0';
	while (at + 8 <= len) {
		unsigned type = (unsigned)p[at] << 8 | p[at + 1], ids = p[at + 4];
		const uint8_t *id = p + at + 8;

		for (unsigned i = 7; i < ids; i++)
			n += (size_t)snprintf(text + n, sizeof text - n, "%u.", id[4 * i + 3]);
		at += 8 + 4 * (size_t)ids;
		if (type == AGENTX_INTEGER) {
			n += (size_t)snprintf(text + n, sizeof text - n, "=%u ",
					      (unsigned)p[at + 2] << 8 | p[at + 3]);
			at += 4;
		} else {
			n += (size_t)snprintf(text + n, sizeof text - n, "x%u ", type);
		}
	}
	return text;
}

static const struct {
	enum agentx_type type;
	const char *asked;
	bool include;
	const char *told;
} cases[] = {
	{ AGENTX_GET, "5.1.2.1", false, "5.1.2.1.=201 " },
	{ AGENTX_GET, "5.1.2.4", false, "5.1.2.4.x128 " },
	{ AGENTX_GET, "5.1.2.0", false, "5.1.2.0.x128 " },
	{ AGENTX_GET, "3.1.2.1", false, "3.1.2.1.x128 " },
	{ AGENTX_GET_NEXT, "", false, "5.1.2.1.=201 " },
	{ AGENTX_GET_NEXT, "5.1.2", false, "5.1.2.1.=201 " },
	{ AGENTX_GET_NEXT, "5.1.2.1", false, "5.1.2.2.=202 " },
	{ AGENTX_GET_NEXT, "5.1.2.1", true, "5.1.2.1.=201 " },
	{ AGENTX_GET_NEXT, "5.1.2.1.7", false, "5.1.2.2.=202 " },
	{ AGENTX_GET_NEXT, "5.1.2.3", false, "5.1.3.1.=301 " },
	{ AGENTX_GET_NEXT, "5.1.2.3", true, "5.1.2.3.=203 " },
	{ AGENTX_GET_NEXT, "5.1.4.3", false, "5.1.4.3.x130 " },
	{ AGENTX_GET_NEXT, "9", false, "9.x130 " },
	{ AGENTX_GET_BULK, "5.1.4.1", false, "5.1.4.2.=402 5.1.4.3.=403 5.1.4.3.x130 " },
};

Test(agentx, a_walk_meets_every_cell_once_and_in_order)
{
	uint8_t in[512], out[AGENTX_PACKET_MAX];

	for (size_t i = 0; i < 2 * sizeof cases / sizeof *cases; i++) {
		bool network = i % 2 == 0;
		size_t len = request(in, cases[i / 2].type, cases[i / 2].asked,
				     cases[i / 2].include, network);
		size_t n = agentx_answer(out, in, len, &mib);
		cr_expect_eq(agentx_response_error(out, n), 0);
		cr_expect_str_eq(told(out, n), cases[i / 2].told, "%s: %s", cases[i / 2].asked,
				 told(out, n));
	}
}

static uint32_t by_tens(void *arg, uint32_t row)
{
	(void)arg;
	return row == 3 ? 200 : row * 10;
}

static const struct agentx_table alarms[] = {
	{ 6, 2, 3, three, by_tens, cell },
	{ 7, 1, 2, NULL, NULL, cell },
};
static const struct agentx_mib alarm_mib = { root, 7, alarms, 2, NULL };

static const struct {
	enum agentx_type type;
	const char *asked;
	bool include;
	const char *told;
} sparse_cases[] = {
	{ AGENTX_GET, "6.1.2.10", false, "6.1.2.10.=201 " },
	{ AGENTX_GET, "6.1.2.11", false, "6.1.2.11.x128 " },
	{ AGENTX_GET, "6.1.3.200", false, "6.1.3.200.=303 " },
	{ AGENTX_GET_NEXT, "6.1.2", false, "6.1.2.10.=201 " },
	{ AGENTX_GET_NEXT, "6.1.2.10", false, "6.1.2.20.=202 " },
	{ AGENTX_GET_NEXT, "6.1.2.15", false, "6.1.2.20.=202 " },
	{ AGENTX_GET_NEXT, "6.1.2.20", true, "6.1.2.20.=202 " },
	{ AGENTX_GET_NEXT, "6.1.2.200", false, "6.1.3.10.=301 " },
	{ AGENTX_GET_NEXT, "6.1.3.200", false, "7.1.0.=101 " },
	{ AGENTX_GET, "7.1.0", false, "7.1.0.=101 " },
	{ AGENTX_GET, "7.2.0", false, "7.2.0.=201 " },
	{ AGENTX_GET, "7.1.1", false, "7.1.1.x128 " },
	{ AGENTX_GET, "7.3.0", false, "7.3.0.x128 " },
	{ AGENTX_GET_NEXT, "7.1", false, "7.1.0.=101 " },
	{ AGENTX_GET_NEXT, "7.1.0", false, "7.2.0.=201 " },
	{ AGENTX_GET_NEXT, "7.2.0", false, "7.2.0.x130 " },
	{ AGENTX_GET_BULK, "6.1.3.20", false, "6.1.3.200.=303 7.1.0.=101 7.2.0.=201 7.2.0.x130 " },
};

Test(agentx, rows_that_have_indices_of_their_own_and_scalars)
{
	uint8_t in[512], out[AGENTX_PACKET_MAX];

	for (size_t i = 0; i < sizeof sparse_cases / sizeof *sparse_cases; i++) {
		size_t len = request(in, sparse_cases[i].type, sparse_cases[i].asked,
				     sparse_cases[i].include, true);
		size_t n = agentx_answer(out, in, len, &alarm_mib);

		cr_expect_str_eq(told(out, n), sparse_cases[i].told, "%s: %s",
				 sparse_cases[i].asked, told(out, n));
	}
}

Test(agentx, a_request_that_is_cut_anywhere_is_refused)
{
	uint8_t in[512], out[AGENTX_PACKET_MAX];
	size_t len = request(in, AGENTX_GET_NEXT, "5.1.2", false, true);

	for (size_t cut = 0; cut < len; cut++)
		cr_expect_eq(agentx_answer(out, in, cut, &mib), 0, "%zu", cut);
	in[len - 5] = 200; /* an end that is longer than the packet */
	(void)word(in, 16, (uint32_t)(len - AGENTX_HEADER_BYTES), true);
	in[len - 4] = 200;
	size_t n = agentx_answer(out, in, len, &mib);
	cr_expect_eq(agentx_response_error(out, n), 266);
}

Test(agentx, nothing_can_be_set)
{
	uint8_t in[512], out[AGENTX_PACKET_MAX];
	size_t len = request(in, AGENTX_TEST_SET, "5.1.2.1", false, true);

	cr_expect_eq(agentx_response_error(out, agentx_answer(out, in, len, &mib)), 17);
	len = request(in, AGENTX_CLEANUP_SET, "5.1.2.1", false, true);
	cr_expect_eq(agentx_answer(out, in, len, &mib), 0);
}
