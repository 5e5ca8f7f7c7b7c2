/* The history lane's source: records in order from the oldest that is not stored, each preceded by
 * the birth and the full report that it is read by, where those were not served yet. What was sent
 * live in this session is left to its acknowledgement. Ranges that the collector misses are served
 * again, and only they, up to where serving had got. A report whose birth or full report was damaged
 * is served all the same, since the collector may have that; asked for once more, it is lost. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "agent/io/journal/journal_internal.h"

void page_drop(struct journal *j)
{
	free(j->page);
	j->page = NULL;
	j->page_id = 0;
	j->page_len = 0;
	j->walk = (struct walk){ 0 };
}

static struct segment *segment_from(struct journal *j, uint64_t id)
{
	for (size_t i = 0; i < j->n; i++)
		if (j->segments[i].id >= id)
			return &j->segments[i];
	return NULL;
}

bool is_newest(const struct journal *j, const struct segment *s)
{
	return j->fd >= 0 && s == &j->segments[j->n - 1];
}

/* Everything in it is on the collector's disk? A thinned or damaged one has holes: look at each. */
static bool all_stored(struct journal *j, const struct segment *s)
{
	struct spool_record rec;
	size_t len, at = 0, skipped = 0;
	uint8_t *bytes;
	bool all = true;

	if (s->n == 0 || spool_set_covers(&s->stored, s->first, s->last))
		return true;
	if (s->n == s->last - s->first + 1 || segment_load(j, s, &bytes, &len) < 0)
		return false;
	while (all && spool_next(bytes, len, &at, &skipped, &rec)) {
		struct wire_head head;
		if (rec.type != SPOOL_CONTEXT && wire_report_peek(rec.payload, rec.len, &head) == 0)
			all = spool_set_has(&s->stored, head.seq);
	}
	free(bytes);
	return all;
}

static uint64_t covered(const struct segment *s)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < s->stored.n; i++)
		sum += s->stored.ranges[i].last - s->stored.ranges[i].first + 1;
	return sum;
}

unsigned journal_stored(struct journal *j, const struct wire_range *r)
{
	uint64_t newly = 0;

	for (size_t i = 0; i < j->n;) {
		struct segment *s = &j->segments[i];
		uint64_t first = r->first_seq > s->first ? r->first_seq : s->first;
		uint64_t last = r->last_seq < s->last ? r->last_seq : s->last;

		if (s->boot_id != r->boot_id || s->n == 0 || first > last) {
			i++;
			continue;
		}
		uint64_t before = covered(s);
		(void)spool_set_add(&s->stored, first, last);
		newly += covered(s) - before;
		if (!is_newest(j, s) && all_stored(j, s))
			segment_remove(j, i);
		else
			i++;
	}
	return newly < UINT32_MAX ? (unsigned)newly : UINT32_MAX;
}

void journal_rewind(struct journal *j)
{
	j->cursor = j->high = (struct cursor){ 0, 0 };
	j->n_wanted = 0;
	j->told_boot = j->told_layout = 0;
	j->told_full = 0;
	page_drop(j);
}

void journal_live_from(struct journal *j, uint64_t seq)
{
	j->live_from = seq;
}

static bool behind_high(const struct journal *j, size_t at)
{
	return j->cursor.id < j->high.id || (j->cursor.id == j->high.id && at < j->high.at);
}

enum verdict { SERVE, SKIP, STOP };

static enum verdict judge(const struct journal *j, const struct segment *s, size_t at,
			  const struct wire_head *head)
{
	if (head->boot_id == j->boot_id && head->seq >= j->live_from)
		return STOP;
	if (behind_high(j, at))
		return wanted_has(j, head) ? SERVE : SKIP;
	return spool_set_has(&s->stored, head->seq) && !wanted_has(j, head) ? SKIP : SERVE;
}

static void unreadable(struct journal *j, const struct segment *s, int r)
{
	j->counters.lost += s->n;
	log_limited(&j->limit_damage, LOG_P_ERROR,
		    "a journal segment cannot be read -> its reports are lost segment=%llu "
		    "reports=%u reason=\"%s\"",
		    (unsigned long long)s->id, s->n, strerror(-r));
}

/* The segment at the cursor, in memory. NULL: there is no more. */
static struct segment *page_in(struct journal *j)
{
	for (;;) {
		struct segment *s = segment_from(j, j->cursor.id);
		if (s == NULL)
			return NULL;
		if (s->id != j->cursor.id)
			j->cursor = (struct cursor){ s->id, 0 };
		if (j->page_id == s->id && (j->page_len >= s->bytes || j->walk.at < j->page_len))
			return s;
		page_drop(j);
		int r = segment_load(j, s, &j->page, &j->page_len);
		if (r == 0) {
			j->page_id = s->id;
			return s;
		}
		j->page = NULL;
		if (is_newest(j, s))
			return NULL; /* the next append finds it out and mends it */
		unreadable(j, s, r);
		segment_remove(j, (size_t)(s - j->segments));
	}
}

/* What the page's next reports are read by. */
static void note(struct walk *c, const struct spool_record *rec, const struct wire_head *head)
{
	if (head->is_birth) {
		c->birth = *rec;
		c->birth_head = *head;
		c->has_birth = true;
	}
	if (rec->type != SPOOL_DELTA) {
		c->full = *rec;
		c->full_head = *head;
		c->has_full = true;
	}
}

static void serve(struct journal *j, const struct spool_record *rec, const struct wire_head *head,
		  bool context, struct journal_record *ret)
{
	if (head->is_birth) {
		j->told_boot = head->boot_id;
		j->told_layout = head->layout;
	}
	if (rec->type != SPOOL_DELTA)
		j->told_full = head->seq;
	j->counters.resent++;
	*ret = (struct journal_record){ rec->payload, rec->len, context };
}

static bool birth_told(const struct journal *j, const struct wire_head *head)
{
	return j->told_boot == head->boot_id && j->told_layout == head->layout;
}

static bool birth_here(const struct journal *j, const struct wire_head *head)
{
	return j->walk.has_birth && j->walk.birth_head.layout == head->layout;
}

static bool full_here(const struct journal *j, const struct wire_head *head)
{
	return j->walk.has_full && j->walk.full_head.seq == head->full_seq;
}

/* Is something that it is read by not in the journal? */
static bool orphan(const struct journal *j, const struct wire_head *head)
{
	if (head->is_birth)
		return false;
	return (!birth_told(j, head) && !birth_here(j, head)) ||
	       (head->full_seq != 0 && !full_here(j, head));
}

/* An orphan that is asked for once more is of no use to the collector either. */
static bool given_up(struct journal *j, const struct segment *s, const struct wire_head *head)
{
	if (!wanted_has(j, head) || !orphan(j, head))
		return false;
	j->walk.orphans = true;
	return s->orphans_served;
}

/* Serve `rec`, or first what it is read by. True: rec itself was served. */
static bool serve_in_order(struct journal *j, const struct spool_record *rec,
			   const struct wire_head *head, struct journal_record *ret)
{
	const struct walk *c = &j->walk;

	if (!head->is_birth && !birth_told(j, head) && birth_here(j, head)) {
		serve(j, &c->birth, &c->birth_head, true, ret);
		return false;
	}
	if (rec->type == SPOOL_DELTA && full_here(j, head) && j->told_full != c->full_head.seq) {
		serve(j, &c->full, &c->full_head, true, ret);
		return false;
	}
	serve(j, rec, head, false, ret);
	return true;
}

/* Walk on through the page; false: nothing left to serve in it. A page that was just loaded is walked
 * from its start, so that the context is known. */
static bool next_of_page(struct journal *j, struct segment *s, struct journal_record *ret,
			 bool *stop)
{
	struct spool_record rec;
	struct wire_head head;
	size_t at = j->walk.at, skipped = 0;

	while (spool_next(j->page, j->page_len, &at, &skipped, &rec)) {
		enum verdict v = SKIP;

		if (wire_report_peek(rec.payload, rec.len, &head) != 0)
			continue;
		if (rec.type != SPOOL_CONTEXT && rec.at >= j->cursor.at)
			v = judge(j, s, rec.at, &head);
		*stop = v == STOP;
		if (v == STOP)
			break;
		bool gone = v == SERVE && given_up(j, s, &head);
		if (gone)
			v = SKIP;
		bool served = v == SERVE && serve_in_order(j, &rec, &head, ret);
		if (v == SERVE && !served)
			return true; /* its context was: rec comes with the next call */
		if (rec.type != SPOOL_CONTEXT)
			wanted_pass(j, &head, !gone);
		note(&j->walk, &rec, &head);
		j->walk.at = at;
		if (j->cursor.at < at)
			j->cursor.at = at;
		if (served)
			return true;
	}
	s->orphans_served |= j->walk.orphans;
	return false;
}

bool journal_next(struct journal *j, struct journal_record *ret)
{
	bool stop = false, unread;

	for (;;) {
		struct segment *s = page_in(j);
		unread = s == NULL && j->n > 0 && is_newest(j, &j->segments[j->n - 1]) &&
			 j->cursor.id == j->segments[j->n - 1].id;
		if (s == NULL)
			break;
		if (next_of_page(j, s, ret, &stop))
			return true;
		if (stop || is_newest(j, s))
			break;
		j->cursor = (struct cursor){ s->id + 1, 0 };
	}
	wanted_end(j, unread);
	page_drop(j);
	return false;
}
