/* Happy path: a heartbeat is due (or a change is urgent): the image makes a report, the journal takes
 * it, the live lane sends it. A report that is urgent goes out when the journal has it on disk, at
 * the latest after HELD_MS. With a new session the present goes first, as a birth; then the backlog
 * follows on the history lane, as fast as its bandwidth and the collector's storing allow.
 *
 * Without a connection reports only go to the journal; without a journal they only go out live. */
#include "agent/speaker.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "agent/clock_file.h"
#include "agent/core/lane.h"
#include "agent/io/journal/journal.h"
#include "agent/io/publisher/publisher.h"
#include "agent/io/snmp/engine.h"
#include "common/io/deadline.h"
#include "common/io/log.h"
#include "common/io/wall.h"
#include "common/wire/wire_control.h"

enum {
	SETTLE_MS = 3000, /* the first birth waits so long for the first answers */
	ANSWERS_MS = 250, /* a heartbeat waits so long for polls that are under way */
	LAYOUT_MS = 300,  /* new slots often come several devices at once */
	GAP_MS = 100,	  /* between urgent reports */
	HELD_MS = 1000,	  /* an urgent report waits for the disk no longer */
	HELD_MAX = 64,
	SELF_MS = 60000,
	DRIFT_MS = 50,
	STEP_MS = 500, /* a wall clock that moves by more was stepped */
	BACKLOG_MAX = 64
};

struct held {
	uint64_t seq;
	uint8_t *bytes;
	size_t len;
};

struct speaker {
	uv_loop_t *loop;
	const struct agent_conf *conf;
	struct image *image;
	struct watch *watch;
	struct speaker_handlers h;
	struct journal *journal;
	struct publisher *publisher;
	struct deadline *beat, *history, *release;
	struct lane lane;
	uint32_t boot_id, session, self;
	uint64_t seq, last_ms, waited_since_ms, self_ms;
	int64_t wall_less_mono; /* at the last report; INT64_MIN: none yet */
	bool urgent, waiting, birth_wanted, full_wanted, history_armed;
	bool backlog; /* the history lane may have something to send */
	struct held held[HELD_MAX];
	size_t n_held;
	struct wire_range lost[WIRE_MAX_RANGES]; /* said with the report at hand */
	size_t n_lost;
	unsigned n_open;
	void (*closed)(void *arg);
	void *closed_arg;
};

/* What the machine's clock says, right or wrong; what reports say is wall_now_ms(). */
static uint64_t wall_ms(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_REALTIME, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/* ---- the live lane ---- */

static void send_live(struct speaker *s, uint64_t seq, const uint8_t *bytes, size_t len)
{
	if (!publisher_is_up(s->publisher) || s->session == 0)
		return;
	int r = publisher_send(s->publisher, LANE_LIVE, bytes, len);
	if (r < 0) {
		journal_live_from(s->journal, seq + 1); /* it follows as history */
		s->backlog = true;
	}
}

static void release_held(struct speaker *s, uint64_t upto)
{
	size_t n = 0;

	while (n < s->n_held && s->held[n].seq <= upto) {
		send_live(s, s->held[n].seq, s->held[n].bytes, s->held[n].len);
		free(s->held[n++].bytes);
	}
	memmove(s->held, s->held + n, (s->n_held - n) * sizeof *s->held);
	s->n_held -= n;
	if (s->n_held == 0)
		deadline_disarm(s->release);
}

static void on_release(void *arg)
{
	release_held(arg, UINT64_MAX);
}

static void on_synced(void *arg, uint64_t seq)
{
	release_held(arg, seq);
}

/* In order: behind an urgent report that waits for the disk, everything waits. Takes `bytes`. */
static void go_live(struct speaker *s, uint64_t seq, uint8_t *bytes, size_t len, bool hold)
{
	if ((!hold && s->n_held == 0) || !publisher_is_up(s->publisher)) {
		send_live(s, seq, bytes, len);
		free(bytes);
		return;
	}
	if (s->n_held == HELD_MAX)
		release_held(s, UINT64_MAX);
	if (s->n_held == 0)
		(void)deadline_arm(s->release, HELD_MS);
	s->held[s->n_held++] = (struct held){ seq, bytes, len };
}

/* ---- the history lane ---- */

static void history_later(struct speaker *s, uint64_t delay_ms)
{
	(void)deadline_arm(s->history, delay_ms);
	s->history_armed = true;
}

static bool history_may(const struct speaker *s)
{
	return publisher_is_up(s->publisher) && s->session != 0 &&
	       publisher_collector_listens(s->publisher);
}

static void soon(struct speaker *s, uint64_t gap_ms);

static void history_turn(struct speaker *s)
{
	uint64_t now = watch_now_ms(s->watch);
	struct journal_record rec;

	if (!history_may(s))
		return;
	if (lane_stalled(&s->lane, now)) {
		journal_rewind(s->journal);
		s->backlog = true;
	}
	while (s->backlog && lane_open(&s->lane, now)) {
		if (publisher_room(s->publisher, LANE_HISTORY) == 0)
			return; /* an acknowledgement goes on */
		s->backlog = journal_next(s->journal, &rec);
		if (!s->backlog)
			break;
		if (publisher_send(s->publisher, LANE_HISTORY, rec.bytes, rec.len) < 0) {
			journal_rewind(s->journal);
			history_later(s, 1000);
			return;
		}
		lane_sent(&s->lane, rec.len, now);
		if (rec.context)
			lane_stored(&s->lane, 1,
				    now); /* stored long ago: nobody will say so again */
	}
	if (!s->backlog && journal_has_lost(s->journal))
		soon(s, GAP_MS);
	uint64_t wake = s->backlog ? lane_wake_ms(&s->lane, now) : now + LANE_PATIENCE_MS;
	if (s->backlog || s->lane.in_flight > 0)
		history_later(s, wake > now ? wake - now : 1);
}

static void on_history(void *arg)
{
	struct speaker *s = arg;

	s->history_armed = false;
	history_turn(s);
}

/* ---- making reports ---- */

static void note_clock_step(struct speaker *s, const struct image_head *h)
{
	int64_t now = (int64_t)wall_ms() - (int64_t)h->mono_ms;
	int64_t step = s->wall_less_mono != INT64_MIN ? now - s->wall_less_mono : 0;

	if (step > STEP_MS || step < -STEP_MS) {
		log_warning("the clock of this machine was stepped by_ms=%lld", (long long)step);
		image_event(s->image, s->self, WIRE_EVENT_CLOCK_STEP, step, h->mono_ms);
	}
	s->wall_less_mono = now;
}

static void fill_self(struct speaker *s, uint64_t now)
{
	const struct watch_counters *w = watch_counters(s->watch);
	const struct journal_counters *j = journal_counters(s->journal);
	const struct mqtt_counters *m = publisher_mqtt(s->publisher);
	uint64_t oldest = journal_oldest_wall_ms(s->journal), wall = wall_ms();
	double bytes = (double)journal_bytes(s->journal),
	       most = s->conf->journal.max_mib * 1048576.0;
	double age = oldest != 0 && oldest < wall ? (double)(wall - oldest) / 1000 : 0;
	const struct reading readings[] = {
		{ .metric = M_AGENT_JOURNAL_BYTES, .value = bytes },
		{ .metric = M_AGENT_JOURNAL_AGE, .value = age },
		{ .metric = M_AGENT_JOURNAL_FULL,
		  .value = bytes < most ? 100 * bytes / most : 100 },
		{ .metric = M_AGENT_THINNED, .value = (double)(j->thinned + j->dropped) },
		{ .metric = M_AGENT_WRITE_ERRORS, .value = (double)j->write_errors },
		{ .metric = M_AGENT_DAMAGED, .value = (double)j->damaged },
		{ .metric = M_AGENT_LOST, .value = (double)j->lost },
		{ .metric = M_AGENT_POLLS, .value = (double)w->polls },
		{ .metric = M_AGENT_POLL_FAILURES, .value = (double)w->failures },
		{ .metric = M_AGENT_REFUSED,
		  .value = (double)(image_refused(s->image) + w->refused +
				    snmp_engine_refused(s->loop) +
				    publisher_counters(s->publisher)->garbled) },
		{ .metric = M_MQTT_RTT,
		  .reason = m->rtt_us == 0 ? REASON_NOT_MEASURED : REASON_GOOD,
		  .value = m->rtt_us / 1000.0 },
	};
	struct image_round round = { .reachable = true,
				     .profile = "linewatch-agent",
				     .readings = readings,
				     .n_readings = sizeof readings / sizeof *readings };

	if (s->self_ms != 0 && now < s->self_ms)
		return;
	s->self_ms = now + SELF_MS;
	(void)image_apply(s->image, s->self, &round, now);
}

/* The clocks are read in whole milliseconds and drift apart by less than people see: what would cost
 * two bytes in every report is left out until it is worth a word. */
static void snap_wall(const struct speaker *s, struct image_head *h)
{
	const struct wire_layout *l = image_layout(s->image);
	int64_t expected = (int64_t)(l->wall_ms + h->mono_ms - l->mono_ms);
	int64_t off = (int64_t)h->wall_ms - expected;

	if (l->number > 0 && off >= -DRIFT_MS && off <= DRIFT_MS)
		h->wall_ms = (uint64_t)expected;
}

/* With what the collector asked for in vain. */
static int pack(struct speaker *s, struct wire_report *r, uint8_t **ret, size_t *ret_len)
{
	r->lost = s->lost; /* the speaker's, not the report's */
	r->n_lost = s->n_lost;
	int e = wire_report_pack(r, image_layout(s->image), ret, ret_len);
	r->lost = NULL;
	r->n_lost = 0;
	return e;
}

static int pack_birth(struct speaker *s, const struct image_head *h, struct wire_report *r,
		      uint8_t **ret, size_t *ret_len)
{
	struct wire_range backlog[BACKLOG_MAX];
	int e = image_birth(s->image, h, r);
	if (e < 0)
		return e;

	r->first_seq = journal_first_seq(s->journal, h->seq);
	r->n_backlog = journal_backlog(s->journal, backlog, BACKLOG_MAX);
	r->backlog = backlog;
	e = pack(s, r, ret, ret_len);
	r->backlog = NULL; /* it was this function's */
	r->n_backlog = 0;
	return e;
}

static int pack_report(struct speaker *s, struct image_head *h, bool birth, struct wire_report *r,
		       uint8_t **ret, size_t *ret_len)
{
	int e;

	if (birth) {
		e = pack_birth(s, h, r, ret, ret_len);
		if (e != -EINVAL || image_is_terse(s->image))
			return e;
		log_warning("too many devices for one birth -> their identities are left out "
			    "devices=%u",
			    image_devices(s->image));
		image_be_terse(s->image);
		return pack_birth(s, h, r, ret, ret_len);
	}
	snap_wall(s, h);
	e = image_report(s->image, h, s->full_wanted || journal_wants_full(s->journal), r);
	return e < 0 ? e : pack(s, r, ret, ret_len);
}

static int make_report(struct speaker *s, struct image_head *h, bool birth, struct wire_report *r)
{
	uint8_t *bytes;
	size_t len;
	bool urgent = s->urgent;

	s->n_lost = journal_lost(s->journal, s->lost, WIRE_MAX_RANGES);
	int e = pack_report(s, h, birth, r, &bytes, &len);

	if (e < 0)
		return e;
	enum journal_kind kind = birth		    ? JOURNAL_BIRTH
				 : r->full_seq == 0 ? JOURNAL_FULL
						    : JOURNAL_DELTA;
	enum journal_sync sync = urgent ? JOURNAL_NOW : JOURNAL_SOON;
	e = journal_append(s->journal, h->seq, kind, bytes, len, sync);
	go_live(s, h->seq, bytes, len, urgent && e == 0);
	s->full_wanted = e < 0; /* a delta must not rest on what may never be read */
	return 0;
}

static void next_beat(struct speaker *s)
{
	uint64_t now = watch_now_ms(s->watch), beat = s->conf->heartbeat_ms;

	(void)deadline_arm(s->beat, beat - now % beat);
}

static void say(struct speaker *s)
{
	uint64_t now = watch_now_ms(s->watch);
	struct image_head h = { .seq = s->seq + 1,
				.mono_ms = now,
				.wall_ms = (uint64_t)wall_now_ms(),
				.flags = s->urgent ? WIRE_FLAG_URGENT : 0,
				.session = s->session };
	struct wire_report r;

	fill_self(s, now);
	clock_file_keep(s->conf->journal.path);
	note_clock_step(s, &h);
	bool birth = s->birth_wanted || image_birth_due(s->image);
	int e = make_report(s, &h, birth, &r);
	if (e < 0) {
		log_error("a report cannot be made -> the next one tries again reason=\"%s\"",
			  strerror(-e));
		s->birth_wanted = true;
	} else {
		if (s->birth_wanted && s->session != 0)
			history_later(s, 200); /* the present went first */
		s->seq = h.seq;
		s->birth_wanted = false;
	}
	s->last_ms = now;
	s->urgent = s->waiting = false;
	next_beat(s);
}

static bool ready(const struct speaker *s, uint64_t now)
{
	return watch_settled(s->watch) || now >= SETTLE_MS;
}

static void on_beat(void *arg)
{
	struct speaker *s = arg;
	uint64_t now = watch_now_ms(s->watch);

	if (!ready(s, now)) {
		(void)deadline_arm(s->beat, SETTLE_MS - now);
		return;
	}
	if (!s->urgent && !s->waiting && watch_asking(s->watch)) {
		s->waiting = true;
		(void)deadline_arm(s->beat, ANSWERS_MS);
		return;
	}
	say(s);
}

static void soon(struct speaker *s, uint64_t gap_ms)
{
	uint64_t now = watch_now_ms(s->watch);
	uint64_t at = s->last_ms + gap_ms;

	if (s->seq > 0)
		(void)deadline_arm(s->beat, at > now ? at - now : 0);
	else if (ready(s, now))
		(void)deadline_arm(s->beat, 0);
}

void speaker_changed(struct speaker *s, int change)
{
	if ((change & IMAGE_URGENT) != 0) {
		s->urgent = true;
		soon(s, GAP_MS);
	} else if ((change & IMAGE_LAYOUT) != 0) {
		soon(s, LAYOUT_MS);
	} else if (s->seq == 0 || (s->waiting && !watch_asking(s->watch))) {
		soon(s, 0);
	}
}

/* ---- the collector's words ---- */

static void on_control(void *arg, const struct wire_control *c)
{
	struct speaker *s = arg;
	uint64_t now = watch_now_ms(s->watch);
	unsigned stored = 0;

	s->h.collector_heard(s->h.arg);
	for (size_t i = 0; i < c->n_stored; i++)
		stored += journal_stored(s->journal, &c->stored[i]);
	lane_stored(&s->lane, stored, now);
	for (size_t i = 0; i < c->n_missing; i++)
		journal_missing(s->journal, &c->missing[i]);
	for (size_t i = 0; i < c->n_polls; i++)
		s->h.poll_now(s->h.arg, c->polls[i]);
	if (c->drill != 0) {
		image_event(s->image, s->self, WIRE_EVENT_DRILL, c->drill, now);
		s->urgent = true;
		soon(s, 0);
	}
	if (c->rebirth) {
		s->birth_wanted = true;
		soon(s, GAP_MS);
	}
	s->backlog |= c->n_missing > 0;
	if (s->backlog && (c->n_missing > 0 || (stored > 0 && !s->history_armed)))
		history_later(s, 0);
}

/* Everything that is not known to be stored and does not go out live from now on is backlog. */
static void begin_backlog(struct speaker *s)
{
	journal_rewind(s->journal);
	journal_live_from(s->journal, s->seq + 1);
	lane_init(&s->lane, s->conf->journal.history_kbit, watch_now_ms(s->watch));
	s->backlog = true;
}

static void on_up(void *arg, uint32_t session)
{
	struct speaker *s = arg;

	s->session = session;
	s->birth_wanted = true;
	begin_backlog(s);
	if (ready(s, watch_now_ms(s->watch)))
		say(s);
}

static void on_collector_back(void *arg)
{
	struct speaker *s = arg;

	if (s->session == 0)
		return;
	begin_backlog(s);
	history_later(s, 500);
}

static void on_down(void *arg)
{
	struct speaker *s = arg;

	s->session = 0;
	journal_live_from(s->journal, UINT64_MAX);
	deadline_disarm(s->history);
	s->history_armed = false;
	release_held(s, UINT64_MAX);
}

static void on_room(void *arg)
{
	struct speaker *s = arg;

	if (s->backlog && !s->history_armed)
		history_turn(s);
}

/* ---- life ---- */

/* A little more than a heartbeat, so that an agent that speaks never pings. */
static unsigned keepalive_s(uint32_t heartbeat_ms)
{
	unsigned s = heartbeat_ms / 1000 + 2;

	return s < 5 ? 5 : s > 60 ? 60 : s;
}

static int open_publisher(struct speaker *s)
{
	struct mqtt_options mo;

	broker_conf_options(&s->conf->broker, &mo);
	mo.password = s->conf->broker_password;
	mo.keepalive_s = keepalive_s(s->conf->heartbeat_ms);
	struct publisher_options po = { .mqtt = &mo,
					.site = s->conf->site,
					.agent = s->conf->agent,
					.collector = s->conf->collector,
					.boot_id = s->boot_id };
	struct publisher_handlers ph = {
		on_up, on_down, on_collector_back, on_control, on_room, s
	};

	return publisher_open(&s->publisher, s->loop, &po, &ph);
}

static int open_parts(struct speaker *s)
{
	struct journal_options jo = { .path = s->conf->journal.path,
				      .max_bytes = (uint64_t)s->conf->journal.max_mib << 20,
				      .boot_id = s->boot_id };
	char id[80];

	(void)snprintf(id, sizeof id, "%.64s.agent", s->conf->agent);
	id[WIRE_MAX_TEXT] = '\0';
	int r = image_add(s->image, id, "agent", SELF_MS);
	if (r < 0)
		return r;
	s->self = (uint32_t)r;
	clock_file_restore(jo.path);
	r = deadline_open(&s->beat, s->loop, on_beat, s);
	if (r == 0)
		r = deadline_open(&s->history, s->loop, on_history, s);
	if (r == 0)
		r = deadline_open(&s->release, s->loop, on_release, s);
	if (r == 0)
		r = journal_open(&s->journal, s->loop, &jo, on_synced, s);
	return r;
}

int speaker_open(struct speaker **ret, uv_loop_t *loop, const struct agent_conf *c,
		 struct image *im, struct watch *w, uint32_t boot_id,
		 const struct speaker_handlers *h)
{
	struct speaker *s = calloc(1, sizeof *s);
	if (s == NULL)
		return -ENOMEM;

	s->loop = loop;
	s->conf = c;
	s->image = im;
	s->watch = w;
	s->h = *h;
	s->boot_id = boot_id;
	s->wall_less_mono = INT64_MIN;
	int r = open_parts(s);
	if (r == 0)
		r = open_publisher(s);
	if (r < 0) {
		speaker_close(s, NULL, NULL);
		return r;
	}
	(void)deadline_arm(s->beat, SETTLE_MS);
	*ret = s;
	return 0;
}

static void part_closed(void *arg)
{
	struct speaker *s = arg;

	if (--s->n_open > 0)
		return;
	void (*closed)(void *arg) = s->closed;
	void *closed_arg = s->closed_arg;
	free(s);
	if (closed != NULL)
		closed(closed_arg);
}

void speaker_close(struct speaker *s, void (*closed)(void *arg), void *arg)
{
	if (s == NULL)
		return;
	s->closed = closed;
	s->closed_arg = arg;
	s->n_open = 1;
	release_held(s, UINT64_MAX);
	deadline_close(&s->beat);
	deadline_close(&s->history);
	deadline_close(&s->release);
	if (s->publisher != NULL) {
		s->n_open++;
		publisher_close(s->publisher, part_closed, s);
	}
	if (s->journal != NULL) {
		s->n_open++;
		journal_close(s->journal, part_closed, s);
	}
	part_closed(s);
}
