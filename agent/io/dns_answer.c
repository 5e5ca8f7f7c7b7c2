/* dns_answer.c - reads answers with glibc's ns_initparse. Happy path: header, question, then each
 * record of the asked type as text. Failure path: whatever the parser refuses is -EINVAL. */
#include "agent/io/dns_answer.h"

#include <arpa/inet.h>
#include <errno.h>
#include <resolv.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "lazy_resolv.h"

static const struct {
	const char *name;
	int type;
} types[] = {
	{ "A", ns_t_a },   { "AAAA", ns_t_aaaa }, { "CNAME", ns_t_cname }, { "MX", ns_t_mx },
	{ "NS", ns_t_ns }, { "SRV", ns_t_srv },	  { "TXT", ns_t_txt },
};

int dns_question_init(struct dns_question *q, const char *name, const char *type,
		      const char *expect)
{
	size_t len = strlen(name);

	if (len == 0 || len >= sizeof q->name ||
	    (expect != NULL && strlen(expect) >= sizeof q->expect))
		return -EINVAL;
	memset(q, 0, sizeof *q);
	memcpy(q->name, name, name[len - 1] == '.' ? len - 1 : len);
	(void)snprintf(q->expect, sizeof q->expect, "%s", expect != NULL ? expect : "");
	for (size_t i = 0; i < sizeof types / sizeof *types; i++)
		if (strcasecmp(types[i].name, type) == 0)
			q->type = types[i].type;
	return q->type != 0 ? 0 : -EINVAL;
}

/* A record's data for people; `skip` bytes before a name (MX 2, SRV 6). */
static int name_text(char *buf, size_t size, const ns_msg *m, const ns_rr *rr, size_t skip)
{
	char name[NS_MAXDNAME];

	if (ns_rr_rdlen(*rr) <= skip)
		return -EINVAL;
	if (ns_name_uncompress(ns_msg_base(*m), ns_msg_end(*m), ns_rr_rdata(*rr) + skip, name,
			       sizeof name) < 0)
		return -EINVAL;
	(void)snprintf(buf, size, "%s", name);
	return 0;
}

static int record_text(char *buf, size_t size, const ns_msg *m, const ns_rr *rr)
{
	const uint8_t *data = ns_rr_rdata(*rr);
	size_t len = ns_rr_rdlen(*rr);

	switch (ns_rr_type(*rr)) {
	case ns_t_a:
		return len == 4 && inet_ntop(AF_INET, data, buf, (socklen_t)size) ? 0 : -EINVAL;
	case ns_t_aaaa:
		return len == 16 && inet_ntop(AF_INET6, data, buf, (socklen_t)size) ? 0 : -EINVAL;
	case ns_t_mx:
		return name_text(buf, size, m, rr, 2);
	case ns_t_srv:
		return name_text(buf, size, m, rr, 6);
	case ns_t_txt: /* the first string */
		if (len == 0 || (size_t)data[0] + 1 > len)
			return -EINVAL;
		(void)snprintf(buf, size, "%.*s", (int)data[0], (const char *)data + 1);
		return 0;
	default:
		return name_text(buf, size, m, rr, 0);
	}
}

static bool is_ours(ns_msg *m, const struct dns_question *q)
{
	ns_rr rr;

	if (ns_msg_id(*m) != q->id || ns_msg_getflag(*m, ns_f_qr) != 1 ||
	    ns_msg_count(*m, ns_s_qd) != 1 || ns_parserr(m, ns_s_qd, 0, &rr) < 0)
		return false;
	return (int)ns_rr_type(rr) == q->type && strcasecmp(ns_rr_name(rr), q->name) == 0;
}

static const char *code_meaning(int code)
{
	static const struct {
		int code;
		const char *text;
	} meanings[] = { { ns_r_nxdomain, "no such name" },
			 { ns_r_servfail, "the server fails (SERVFAIL)" },
			 { ns_r_refused, "the server refuses to answer" } };

	for (size_t i = 0; i < sizeof meanings / sizeof *meanings; i++)
		if (meanings[i].code == code)
			return meanings[i].text;
	return "the server answers with an error";
}

int dns_answer_read(struct dns_answer *ret, const struct dns_question *q, const uint8_t *buf,
		    size_t len)
{
	struct dns_answer a = { .why = "the name has no such record" };
	bool expected = q->expect[0] == '\0';
	ns_msg m;
	ns_rr rr;

	if (ns_initparse(buf, (int)len, &m) < 0 || !is_ours(&m, q))
		return -EINVAL;
	for (int i = 0; i < ns_msg_count(m, ns_s_an); i++) {
		char text[DNS_TEXT_MAX];

		if (ns_parserr(&m, ns_s_an, i, &rr) < 0)
			return -EINVAL;
		if ((int)ns_rr_type(rr) != q->type || record_text(text, sizeof text, &m, &rr) < 0)
			continue;
		if (a.n++ == 0)
			(void)snprintf(a.first, sizeof a.first, "%s", text);
		expected = expected || strcasecmp(text, q->expect) == 0;
	}
	int code = (int)ns_msg_getflag(m, ns_f_rcode);
	if (code != ns_r_noerror)
		a.why = code_meaning(code);
	else if (a.n > 0)
		a.why = "the expected answer is not among them";
	a.good = code == ns_r_noerror && a.n > 0 && expected;
	*ret = a;
	return 0;
}
