/* nut.c - a UPS behind NUT's upsd: nut://ups@host:3493.
 *
 * Happy path: connect, [STARTTLS], [LIST UPS where the URL names none], LIST VAR, read to END,
 * LOGOUT; agent/core/nut says what the variables mean. Failure paths: upsd that does not answer and
 * upsd that has no fresh data (DATA-STALE) both leave the UPS unreachable, each with its reason; a
 * line that cannot be read is counted and passed over; a peer that talks without end meets the
 * deadline and the limit of lines. Nothing is ever set and no password sent. */
#include "agent/core/nut.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/io/ask/asker.h"
#include "agent/io/senses.h"

enum { DEFAULT_PORT = 3493, LINES_MAX = 4000, UPS_MAX = 64 };

static const struct endpoint_option options[] = {
	{ .name = "tls", .kind = OPTION_FLAG, .dflt = 0 },
	{ .name = "verify", .kind = OPTION_FLAG, .dflt = 1 },
	{ .name = "ca", .kind = OPTION_TEXT, .max = 512 },
	{ .name = NULL },
};

struct nut_sense {
	struct asker a;
	struct nut_state state;
	char ups[UPS_MAX]; /* of this round */
	unsigned n_ups;	   /* told by LIST UPS */
	char line[NUT_LINE_MAX];
	size_t n_line;
	unsigned n_lines, n_broken;
};

static void finish(struct nut_sense *s, bool reachable)
{
	talk_stop(s->a.talk);
	round_end(&s->a.round, reachable, "ups", "nut");
}

static void fail(struct nut_sense *s, enum reading_reason reason, const char *what)
{
	asker_error(&s->a, what);
	round_unknown(&s->a.round, M_UPS_STATUS, reason);
	finish(s, false);
}

static void say(struct nut_sense *s, const char *verb, const char *ups)
{
	char text[UPS_MAX + 32];
	int n = snprintf(text, sizeof text, "%s%s%s\n", verb, ups[0] != '\0' ? " " : "", ups);

	int r = talk_send(s->a.talk, text, (size_t)n);
	if (r < 0)
		fail(s, REASON_UNREACHABLE, uv_strerror(r));
}

static void ask(struct nut_sense *s)
{
	if (s->ups[0] != '\0')
		say(s, "LIST VAR", s->ups);
	else
		say(s, "LIST UPS", "");
}

static void report(struct nut_sense *s)
{
	const struct nut_state *n = &s->state;

	for (size_t i = 0; i < n->n; i++)
		round_add(&s->a.round, &n->readings[i]);
	round_identity(&s->a.round, M_DEVICE_VENDOR, n->vendor);
	round_identity(&s->a.round, M_DEVICE_MODEL, n->model);
	round_identity(&s->a.round, M_DEVICE_SERIAL, n->serial);
	round_identity(&s->a.round, M_DEVICE_VERSION, n->version);
	round_evidence(&s->a.round, "upsd lists the variables of %s", s->ups);
	if (n->driver[0] != '\0')
		round_evidence(&s->a.round, "driver %s", n->driver);
	if (n->flags[0] != '\0')
		round_evidence(&s->a.round, "ups.status %s", n->flags);
	if (s->n_broken + n->n_refused > 0)
		round_evidence(&s->a.round, "%u lines not understood", s->n_broken + n->n_refused);
	(void)talk_send(s->a.talk, "LOGOUT\n", 7);
	finish(s, true);
}

static void on_error_line(struct nut_sense *s, const struct nut_line *l)
{
	const struct nut_error *e = nut_error_find(l->n > 1 ? l->words[1] : "");
	char what[200];

	(void)snprintf(what, sizeof what, "%.32s: %s", l->n > 1 ? l->words[1] : "ERR", e->advice);
	fail(s, e->reason, what);
}

static void on_list_end(struct nut_sense *s, const struct nut_line *l)
{
	if (l->n >= 3 && strcmp(l->words[2], "VAR") == 0) {
		report(s);
	} else if (s->n_ups == 1) {
		ask(s);
	} else {
		char what[120];

		(void)snprintf(what, sizeof what,
			       "it serves %u UPSes: name one, as in nut://NAME@host", s->n_ups);
		s->ups[0] = '\0';
		fail(s, REASON_UNREACHABLE, what);
	}
}

static void on_line(struct nut_sense *s)
{
	struct nut_line l;

	if (nut_line_split(&l, s->line) < 0 || ++s->n_lines > LINES_MAX) {
		s->n_broken++;
		return;
	}
	if (l.n == 0)
		return;
	if (strcmp(l.words[0], "VAR") == 0 && l.n == 4) {
		nut_state_var(&s->state, l.words[2], l.words[3]);
	} else if (strcmp(l.words[0], "UPS") == 0 && l.n >= 2) {
		s->n_ups++;
		(void)snprintf(s->ups, sizeof s->ups, "%s", l.words[1]);
	} else if (strcmp(l.words[0], "ERR") == 0) {
		on_error_line(s, &l);
	} else if (strcmp(l.words[0], "END") == 0) {
		on_list_end(s, &l);
	} else if (strcmp(l.words[0], "OK") == 0 && endpoint_flag(&s->a.at, "tls")) {
		int r = talk_secure(s->a.talk, s->a.at.host, endpoint_text(&s->a.at, "ca"),
				    endpoint_flag(&s->a.at, "verify"));
		if (r < 0)
			fail(s, REASON_UNREACHABLE, "ca: the file cannot be read");
	}
}

static void on_data(void *arg, const uint8_t *buf, size_t len)
{
	struct nut_sense *s = arg;

	for (size_t i = 0; i < len && s->a.round.done != NULL; i++) {
		if (buf[i] != '\n') {
			if (s->n_line < sizeof s->line - 1 && buf[i] != '\r')
				s->line[s->n_line++] = buf[i] != '\0' ? (char)buf[i] : '\a';
			continue;
		}
		s->line[s->n_line] = '\0';
		s->n_line = 0;
		on_line(s);
	}
}

static void on_connected(void *arg)
{
	struct nut_sense *s = arg;

	if (endpoint_flag(&s->a.at, "tls"))
		say(s, "STARTTLS", "");
	else
		ask(s);
}

static void on_secured(void *arg)
{
	struct nut_sense *s = arg;

	round_evidence(&s->a.round, "encrypted");
	ask(s);
}

static void on_ended(void *arg, int err)
{
	struct nut_sense *s = arg;

	fail(s, REASON_UNREACHABLE, talk_error(s->a.talk, err));
}

static const struct talk_calls calls = { on_connected, on_secured, on_data, on_ended };

static int nut_poll(struct sense *base, sense_done_fn *done, void *arg)
{
	struct nut_sense *s = (struct nut_sense *)base;

	int r = round_start(&s->a.round, done, arg);
	if (r < 0)
		return r;
	nut_state_init(&s->state);
	(void)snprintf(s->ups, sizeof s->ups, "%s", s->a.at.user);
	s->n_line = 0;
	s->n_lines = s->n_broken = s->n_ups = 0;
	return asker_talk(&s->a, DEFAULT_PORT);
}

/* A name that could smuggle a second command is no name. */
static bool name_fine(const char *ups)
{
	return strlen(ups) < UPS_MAX && strpbrk(ups, " \t\r\n\"\\") == NULL;
}

static int nut_open(struct sense **ret, uv_loop_t *loop, const struct sense_target *t, char *reterr,
		    size_t reterr_size)
{
	struct nut_sense *s = calloc(1, sizeof *s);
	if (s == NULL)
		return -ENOMEM;

	int r = endpoint_init(&s->a.at, t, options, reterr, reterr_size);
	if (r < 0)
		goto fail;
	r = -EINVAL;
	if (s->a.at.host[0] == '\0' || !name_fine(s->a.at.user)) {
		(void)snprintf(reterr, reterr_size, "URL: must be nut://ups@host:port");
		goto fail;
	}
	r = asker_open(&s->a, &sense_nut, loop, t->timeout_ms, &calls);
	if (r < 0)
		goto fail;
	*ret = &s->a.base;
	return 0;
fail: /* nothing is on the loop yet */
	asker_free(&s->a);
	return r;
}

static const char *const schemes[] = { "nut", NULL };

const struct sense_type sense_nut = { schemes, nut_open, nut_poll, asker_close };
