/* Happy path: append writes a record into the newest segment's page cache and asks for a sync as
 * urgent as the report; a segment that is full is closed and the next begins with a copy of the
 * birth. What the collector stored is removed by whole segments.
 *
 * When the disk refuses (full, read-only, gone), reports wait in memory, the disk is tried again
 * every second, whether there are new reports or not, and one line says so at each change. When the folder reaches its limit the oldest
 * segment is thinned to its state changes, and if that is not enough it is dropped: both counted. */
#include "agent/io/journal/journal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/io/journal/journal_internal.h"

enum { RETRY_MS = 1000 };

static void on_synced(void *arg, uint64_t seq, int error)
{
	struct journal *j = arg;

	if (error < 0) {
		j->counters.write_errors++;
		log_limited(&j->limit_write, LOG_P_ERROR,
			    "the journal cannot be made safe on disk reason=\"%s\" path=%s",
			    strerror(-error), j->path);
	}
	if (j->synced != NULL)
		j->synced(j->arg, seq);
}

static void sync_now(struct journal *j, bool notify)
{
	if (j->fd < 0)
		return;
	/* a new file is safe only when its name is */
	int r = syncer_request(j->syncer, j->fd, j->begun ? j->dirfd : -1, j->newest_seq, notify);
	if (r == 0)
		j->begun = false;
	if (r < 0)
		on_synced(j, j->newest_seq, r);
}

static void on_retry(void *arg);

int journal_open(struct journal **ret, uv_loop_t *loop, const struct journal_options *o,
		 void (*synced)(void *arg, uint64_t seq), void *arg)
{
	int r = -ENOMEM;
	struct journal *j = calloc(1, sizeof *j);
	if (j == NULL)
		return -ENOMEM;

	j->loop = loop;
	j->fd = j->dirfd = -1;
	j->max_bytes = o->max_bytes;
	j->boot_id = o->boot_id;
	j->synced = synced;
	j->arg = arg;
	j->live_from = UINT64_MAX;
	j->pending_end = &j->pending;
	j->next_id = 1;
	j->path = strdup(o->path);
	if (j->path == NULL)
		goto fail;
	r = deadline_open(&j->retry, loop, on_retry, j);
	if (r < 0)
		goto fail;
	r = syncer_open(&j->syncer, loop, on_synced, j);
	if (r < 0)
		goto fail;
	r = journal_scan(j);
	if (r == -ENOMEM)
		goto fail;
	if (r < 0) {
		j->counters.write_errors++;
		log_error("the journal's folder cannot be used -> reports wait in memory path=%s "
			  "reason=\"%s\"",
			  j->path, strerror(-r));
	}
	*ret = j;
	return 0;
fail:
	journal_close(j, NULL, NULL);
	return r;
}

uint64_t journal_bytes(const struct journal *j)
{
	uint64_t sum = j->pending_bytes;

	for (size_t i = 0; i < j->n; i++)
		sum += j->segments[i].bytes;
	return sum;
}

/* Below the limit by one whole segment, before a new one begins. */
static void make_room(struct journal *j)
{
	while (j->n > 0 && journal_bytes(j) + SEGMENT_BYTES > j->max_bytes) {
		size_t i = 0;
		int64_t saved = 0;

		while (i < j->n && j->segments[i].thinned)
			i++;
		if (i < j->n)
			saved = segment_thin(j, i);
		log_limited(&j->limit_full, LOG_P_WARNING,
			    "the journal is full -> the oldest readings are thinned to their state "
			    "changes path=%s bytes=%llu thinned=%llu",
			    j->path, (unsigned long long)journal_bytes(j),
			    (unsigned long long)j->counters.thinned);
		if (saved > 0)
			continue;
		if (i < j->n && saved == 0)
			continue; /* marked as thinned, nothing to gain: on to the next */
		j->counters.dropped += j->segments[0].n;
		segment_remove(j, 0);
	}
}

static int remember_context(struct journal *j, const void *bytes, size_t len)
{
	uint8_t *copy = malloc(len);
	if (copy == NULL)
		return -ENOMEM;
	memcpy(copy, bytes, len);
	free(j->context);
	j->context = copy;
	j->context_len = len;
	return 0;
}

bool journal_wants_full(const struct journal *j)
{
	return j->fd < 0 || j->segments[j->n - 1].bytes >= SEGMENT_BYTES;
}

/* Somebody removed the file under us: what it held is still readable through fd, and is written
 * anew; the caller begins the next segment. */
static bool vanished(struct journal *j)
{
	struct stat st;

	return j->fd >= 0 && (fstat(j->fd, &st) < 0 || st.st_nlink == 0);
}

static int rescue(struct journal *j)
{
	struct segment *s = &j->segments[j->n - 1];
	uint8_t *bytes = malloc(s->bytes);
	if (bytes == NULL)
		return -ENOMEM;

	log_error("a journal segment was deleted while in use -> written anew path=%s reports=%u",
		  j->path, s->n);
	ssize_t got = pread(j->fd, bytes, s->bytes, 0);
	struct segment kept = *s;
	segment_end(j);
	j->n--;
	page_drop(j);
	int r = got == (ssize_t)kept.bytes ? segment_begin(j) : -EIO;
	if (r == 0) {
		struct segment *anew = &j->segments[j->n - 1];

		anew->bytes = 0; /* the old bytes hold header and context too */
		r = segment_write(j, bytes, kept.bytes);
		anew->first = kept.first;
		anew->last = kept.last;
		anew->n = kept.n;
		anew->stored = kept.stored;
	}
	if (r < 0)
		j->counters.lost += kept.n;
	free(bytes);
	return r;
}

static int write_record(struct journal *j, uint64_t seq, enum journal_kind kind,
			const uint8_t *bytes, size_t len)
{
	uint8_t *record;
	int r = 0;

	if (vanished(j))
		r = rescue(j);
	if (r == 0 && (j->fd < 0 || (kind != JOURNAL_DELTA && journal_wants_full(j)))) {
		make_room(j);
		r = segment_begin(j);
	}
	if (r < 0)
		return r;
	record = malloc(SPOOL_FRAME_BYTES + len);
	if (record == NULL)
		return -ENOMEM;
	memcpy(record + SPOOL_FRAME_BYTES, bytes, len);
	enum spool_type type = kind == JOURNAL_DELTA ? SPOOL_DELTA : SPOOL_REPORT;
	spool_frame_write(record, type, bytes, len);
	r = segment_write(j, record, SPOOL_FRAME_BYTES + len);
	free(record);
	if (r < 0)
		return r;
	(void)segment_count(&j->segments[j->n - 1], type, bytes, len);
	j->newest_seq = seq;
	return 0;
}

static void pending_drop(struct journal *j)
{
	struct pending *p = j->pending;

	j->pending = p->next;
	if (j->pending == NULL)
		j->pending_end = &j->pending;
	j->pending_bytes -= p->len;
	free(p);
}

/* Deltas are of no use without the full report before them: they go together. */
static void pending_bound(struct journal *j)
{
	while (j->pending != NULL && j->pending_bytes > PENDING_BYTES) {
		do {
			pending_drop(j);
			j->counters.lost++;
		} while (j->pending != NULL && j->pending->kind == JOURNAL_DELTA);
	}
}

static int pending_add(struct journal *j, uint64_t seq, enum journal_kind kind, const void *bytes,
		       size_t len, enum journal_sync sync)
{
	struct pending *p = malloc(sizeof *p + len);
	if (p == NULL) {
		j->counters.lost++;
		return -ENOMEM;
	}
	*p = (struct pending){ .seq = seq,
			       .wall_ms = j->oldest.recent[seq % RECENT].wall_ms,
			       .kind = kind,
			       .sync = sync,
			       .len = len };
	memcpy(p->bytes, bytes, len);
	*j->pending_end = p;
	j->pending_end = &p->next;
	j->pending_bytes += len;
	pending_bound(j);
	return 0;
}

static int pending_flush(struct journal *j)
{
	uint64_t now = uv_now(j->loop);

	if (j->pending == NULL)
		return 0;
	if (now < j->retry_ms)
		return -EAGAIN;
	j->retry_ms = now + RETRY_MS;
	while (j->pending != NULL) {
		struct pending *p = j->pending;
		int r = write_record(j, p->seq, p->kind, p->bytes, p->len);
		if (r < 0)
			return r;
		pending_drop(j);
	}
	log_notice("the journal can be written again -> what waited in memory is on disk path=%s",
		   j->path);
	j->limit_write = (struct log_limit){ 0 };
	return 0;
}

static void retry_later(struct journal *j)
{
	j->retry_ms = uv_now(j->loop) + RETRY_MS;
	(void)deadline_arm(j->retry, RETRY_MS);
}

/* Nothing new came since the disk refused: what waits in memory must not wait for that. */
static void on_retry(void *arg)
{
	struct journal *j = arg;

	if (pending_flush(j) < 0)
		retry_later(j);
	else
		sync_now(j, false);
}

int journal_append(struct journal *j, uint64_t seq, enum journal_kind kind, const void *bytes,
		   size_t len, enum journal_sync sync)
{
	int r = pending_flush(j);

	j->counters.appended++;
	j->appended_seq = seq;
	oldest_note(&j->oldest, bytes, len);
	if (r == 0)
		r = write_record(j, seq, kind, bytes, len);
	if (kind == JOURNAL_BIRTH && remember_context(j, bytes, len) < 0 && r == 0)
		segment_end(j); /* the next segment could not be read alone: begin none on it */
	if (r == 0) {
		sync_now(j, sync == JOURNAL_NOW);
		return 0;
	}
	if (r != -EAGAIN) {
		j->counters.write_errors++;
		retry_later(j);
		log_limited(&j->limit_write, LOG_P_ERROR,
			    "the journal cannot be written -> reports wait in memory path=%s "
			    "reason=\"%s\"",
			    j->path, strerror(-r));
	}
	(void)pending_add(j, seq, kind, bytes, len, sync);
	return r;
}

uint64_t journal_first_seq(const struct journal *j, uint64_t next_seq)
{
	for (size_t i = 0; i < j->n; i++)
		if (j->segments[i].boot_id == j->boot_id && j->segments[i].n > 0)
			return j->segments[i].first;
	return j->pending != NULL ? j->pending->seq : next_seq;
}

size_t journal_backlog(const struct journal *j, struct wire_range *ret, size_t max)
{
	size_t n = 0;

	for (size_t i = 0; i < j->n; i++) {
		const struct segment *s = &j->segments[i];

		if (s->boot_id == j->boot_id || s->n == 0)
			continue;
		if (n > 0 && ret[n - 1].boot_id == s->boot_id)
			ret[n - 1].last_seq = s->last;
		else if (n < max)
			ret[n++] = (struct wire_range){ s->boot_id, s->first, s->last };
	}
	return n;
}

const struct journal_counters *journal_counters(const struct journal *j)
{
	return &j->counters;
}

static void on_syncer_closed(void *arg)
{
	struct journal *j = arg;
	void (*closed)(void *arg) = j->closed;
	void *closed_arg = j->closed_arg;

	free(j->segments);
	free(j->context);
	free(j->path);
	free(j);
	if (closed != NULL)
		closed(closed_arg);
}

void journal_close(struct journal *j, void (*closed)(void *arg), void *arg)
{
	if (j == NULL)
		return;
	j->closed = closed;
	j->closed_arg = arg;
	j->synced = NULL;
	deadline_close(&j->retry);
	j->retry_ms = 0; /* the last chance */
	(void)pending_flush(j);
	while (j->pending != NULL)
		pending_drop(j);
	if (j->syncer != NULL)
		segment_end(j);
	page_drop(j);
	if (j->dirfd >= 0)
		(void)close(j->dirfd);
	if (j->syncer != NULL)
		syncer_close(j->syncer, on_syncer_closed, j);
	else
		on_syncer_closed(j);
}
