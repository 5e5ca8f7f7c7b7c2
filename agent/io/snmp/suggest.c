/* suggest.c - GETNEXT by GETNEXT through what a device has, guessing at what the numbers mean.
 *
 * The guess is by size alone (231 may be volts, 2310 tenths of them), so every row is a comment: the
 * person who knows the device decides. Values of texts are shown cut, tables of calls not at all. */
#include "agent/io/snmp/suggest.h"

#include <errno.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>

#include "agent/core/plan.h"
#include "agent/io/ask/trouble.h"
#include "agent/io/snmp/access.h"
#include "agent/io/snmp/engine.h"

enum { WRITTEN = 0, SILENT = 1, MISUSE = 2, MAX_OBJECTS = 2000, SHOWN_TEXT = 40, OID_TEXT = 300 };

static const char *const starts[] = { "1.3.6.1.2.1.1.1", "1.3.6.1.2.1.33", "1.3.6.1.4.1" };
static const char *const ends[] = { "1.3.6.1.2.1.1.3", "1.3.6.1.2.1.34", "1.3.6.1.4.2" };
enum { PARTS = 3 };

struct suggestion {
	uv_loop_t *loop;
	struct snmp_engine *engine;
	struct snmp_peer *peer;
	struct snmp_access access;
	struct usm_user *user;
	struct packet packet;
	unsigned part, n_objects;
	uint32_t at[OID_MAX], end[OID_MAX];
	unsigned n_at, n_end;
	bool head_written;
	char descr[SHOWN_TEXT + 1];
	FILE *out;
	int status;
};

/* --- guesses --- */

static const struct guess {
	double low, high, scale;
	const char *metrics;
} guesses[] = {
	{ 0, 13, 1, NULL }, /* a state, or a small count */
	{ 200, 250, 1, "input.voltage_volts, output.voltage_volts" },
	{ 2000, 2500, 0.1, "input.voltage_volts, output.voltage_volts" },
	{ 45, 65, 1, "input.frequency_hertz" },
	{ 450, 650, 0.1, "input.frequency_hertz, battery.voltage_volts" },
	{ 4900, 5100, 0.01, "input.frequency_hertz" },
	{ 180, 400, 0.1, "battery.temperature_celsius, battery.voltage_volts" },
	{ 15, 45, 1, "battery.temperature_celsius, output.load_percent" },
	{ 100, 100, 1, "battery.charge_percent" },
	{ 1000, 1000, 0.1, "battery.charge_percent" },
	{ 0, 100, 1, "battery.charge_percent, output.load_percent" },
};

static const struct guess *guess_of(double v)
{
	for (size_t i = 0; i < sizeof guesses / sizeof *guesses; i++)
		if (v >= guesses[i].low && v <= guesses[i].high)
			return &guesses[i];
	return NULL;
}

static void write_number(struct suggestion *s, const char *name, const struct value *v, double n)
{
	const struct guess *g = guess_of(n);

	if (v->type == VALUE_TICKS)
		(void)fprintf(s->out,
			      "  # - {metric: battery.runtime_seconds, oid: %s, scale: 0.01}   # "
			      "%.0f: time\n",
			      name, n);
	else if (g != NULL && g->metrics == NULL)
		(void)fprintf(s->out, "  # %s = %.0f: a state, or a small count\n", name, n);
	else if (g != NULL && g->scale < 1)
		(void)fprintf(s->out, "  # - {metric: %.*s, oid: %s, scale: %g}   # %.0f: or %s\n",
			      (int)strcspn(g->metrics, ","), g->metrics, name, g->scale, n,
			      g->metrics);
	else if (g != NULL)
		(void)fprintf(s->out, "  # - {metric: %.*s, oid: %s}   # %.0f: or %s, or a state\n",
			      (int)strcspn(g->metrics, ","), g->metrics, name, n, g->metrics);
	else
		(void)fprintf(s->out, "  # - {metric: ?, oid: %s}   # %.0f\n", name, n);
}

static void write_object(struct suggestion *s, const struct varbind *vb)
{
	char name[OID_TEXT], text[SHOWN_TEXT + 1] = "";
	double n = 0;

	(void)oid_format(vb->name, name, sizeof name);
	if (vb->value.type == VALUE_TEXT && !value_number(&vb->value, &n)) {
		(void)text_clean(vb->value.text, vb->value.length, text, sizeof text);
		(void)fprintf(s->out, "  # %s is the text \"%s\"\n", name, text);
	} else if (value_number(&vb->value, &n)) {
		write_number(s, name, &vb->value, n);
	} else {
		(void)fprintf(s->out, "  # %s says nothing, or an object identifier\n", name);
	}
}

/* The enterprise is what the draft is matched by: 1.3.6.1.4.1.N */
static void write_head(struct suggestion *s, struct oid identity)
{
	char name[OID_TEXT];
	struct oid enterprise = { identity.id, identity.n > 7 ? 7 : identity.n };

	(void)oid_format(enterprise, name, sizeof name);
	(void)fprintf(
		s->out,
		"# A draft. Uncomment what is right, correct the metric, delete the rest;\n"
		"# then: linewatch-agent probe URL --profile my-device\n"
		"profile: my-device\n"
		"class: ups                 # ups, pbx, phone, headset, workstation, network\n"
		"about: \"%s\"\n"
		"match:\n"
		"  sysobjectid: [%s]\n"
		"  # answers: [an object below that only such a device has]\n"
		"  priority: 50\n"
		"rows:\n"
		"  - {metric: sys.uptime_seconds, oid: 1.3.6.1.2.1.1.3.0, scale: 0.01}\n",
		s->descr, name);
	s->head_written = true;
}

/* --- walking --- */

static void finish(struct suggestion *s, int status)
{
	s->status = status;
	snmp_peer_close(s->peer);
	s->peer = NULL;
	snmp_engine_close(s->engine);
	s->engine = NULL;
}

static void ask(struct suggestion *s);

static void start_part(struct suggestion *s)
{
	if (s->part == PARTS || s->n_objects == MAX_OBJECTS) {
		finish(s, s->head_written ? WRITTEN : SILENT);
		return;
	}
	s->n_at = (unsigned)oid_parse(starts[s->part], s->at);
	s->n_end = (unsigned)oid_parse(ends[s->part], s->end);
	s->part++;
	ask(s);
}

/* The root that holds `o`, if it is refused: the walk goes on behind it. */
static bool step_over(struct suggestion *s, struct oid o)
{
	for (size_t i = 0; oid_refused_at(i).n > 0; i++) {
		struct oid root = oid_refused_at(i);

		if (!oid_under(o, root))
			continue;
		memcpy(s->at, root.id, root.n * sizeof *s->at);
		s->n_at = root.n;
		s->at[root.n - 1]++;
		return true;
	}
	return false;
}

/* It stands between quotes in the draft. */
static void take_descr(struct suggestion *s, const struct value *v)
{
	(void)text_clean(v->text, v->length, s->descr, sizeof s->descr);
	for (char *p = s->descr; *p != '\0'; p++)
		if (*p == '"' || *p == '\\')
			*p = '\'';
}

static void take(struct suggestion *s, const struct varbind *vb)
{
	static const uint32_t descr[] = { 1, 3, 6, 1, 2, 1, 1, 1, 0 };
	static const uint32_t identity[] = { 1, 3, 6, 1, 2, 1, 1, 2, 0 };

	if (oid_equal(vb->name, (struct oid){ descr, 9 }) && vb->value.type == VALUE_TEXT)
		take_descr(s, &vb->value);
	else if (oid_equal(vb->name, (struct oid){ identity, 9 }) && vb->value.type == VALUE_OID)
		write_head(s, vb->value.oid);
	else if (s->part > 1)
		write_object(s, vb);
}

static void on_answer(void *arg, int status, const struct answer *a)
{
	struct suggestion *s = arg;
	struct oid at = { s->at, s->n_at }, end = { s->end, s->n_end };

	if (status != SNMP_ASKED) {
		char why[200];

		snmp_status_text(why, sizeof why, status, s->access.version, 0);
		if (!s->head_written)
			(void)fprintf(stderr, "suggest: %s\n", why);
		finish(s, s->head_written ? WRITTEN : SILENT);
		return;
	}
	if (a->n == 0 || a->error_status != 0 || a->varbinds[0].value.type == VALUE_MISSING ||
	    oid_compare(a->varbinds[0].name, at) <= 0 ||
	    oid_compare(a->varbinds[0].name, end) >= 0 || s->n_objects == MAX_OBJECTS) {
		if (s->part == 1 && !s->head_written)
			write_head(s, (struct oid){ NULL, 0 });
		start_part(s);
		return;
	}
	const struct varbind *vb = &a->varbinds[0];
	s->access.version = snmp_peer_version(s->peer);
	if (!s->access.version_told)
		snmp_peer_guess_version(s->peer, false);
	s->access.version_told = true;
	s->n_objects++;
	if (!step_over(s, vb->name)) {
		take(s, vb);
		memcpy(s->at, vb->name.id, vb->name.n * sizeof *s->at);
		s->n_at = vb->name.n;
	}
	ask(s);
}

static void ask(struct suggestion *s)
{
	struct oid from = { s->at, s->n_at };
	struct packet_request rq = { .version = s->access.version,
				     .community = s->access.community,
				     .pdu = PDU_GETNEXT,
				     .oids = &from,
				     .n = 1 };
	int r;

	packet_fini(&s->packet);
	r = packet_build(&s->packet, &rq);
	if (r == 0)
		r = snmp_peer_ask(s->peer, &s->packet, on_answer, s);
	if (r == -EACCES && step_over(s, from)) /* the next one is refused too */
		ask(s);
	else if (r < 0)
		finish(s, s->head_written ? WRITTEN : SILENT);
}

/* --- start --- */

static int open_peer(struct suggestion *s)
{
	struct snmp_peer_options o = { .version = s->access.version, .user = s->user };
	struct addrinfo hints = { .ai_socktype = SOCK_DGRAM }, *found = NULL;

	if (getaddrinfo(s->access.host, s->access.port, &hints, &found) != 0)
		return UV_EAI_NONAME;
	if (found->ai_addrlen > sizeof o.address) {
		freeaddrinfo(found);
		return -EAFNOSUPPORT;
	}
	memcpy(&o.address, found->ai_addr, found->ai_addrlen);
	freeaddrinfo(found);
	int r = snmp_peer_open(&s->peer, s->engine, &o);
	if (r == 0 && !s->access.version_told)
		snmp_peer_guess_version(s->peer, true);
	return r;
}

static int open_all(struct suggestion *s, const char *url, char *why, size_t size)
{
	struct sense_target t = { .url = url };
	int r = snmp_access_parse(&s->access, &t, why, size);

	if (r == 0 && s->access.version == SNMP_V3) {
		struct usm_credentials c = { .user = s->access.user,
					     .auth = s->access.auth,
					     .auth_password = s->access.auth_password,
					     .priv = s->access.priv,
					     .priv_password = s->access.priv_password,
					     .context = s->access.context };
		r = usm_user_open(&s->user, &c, why, size);
	}
	if (r == 0)
		r = snmp_engine_open(&s->engine, s->loop);
	return r < 0 ? r : open_peer(s);
}

int suggest_run(uv_loop_t *loop, const char *url, FILE *out)
{
	static struct suggestion s;
	char why[200] = "";
	int r;

	s = (struct suggestion){ .loop = loop, .out = out, .status = SILENT };
	r = open_all(&s, url, why, sizeof why);
	if (r < 0) {
		(void)fprintf(stderr, "suggest: %s: %s\n", url,
			      why[0] != '\0' ? why : trouble_text(r));
		finish(&s, MISUSE);
	} else {
		start_part(&s);
	}
	(void)uv_run(loop, UV_RUN_DEFAULT);
	packet_fini(&s.packet);
	usm_user_close(s.user);
	explicit_bzero(&s.access, sizeof s.access);
	return s.status;
}
