/* Thinning: a segment's reports are read one by one into a state; where a state, a flag, who is
 * silent or an event changed, a full report with the number and time of that moment is kept, marked
 * as thinned; all others go. The new file is on disk before it replaces the old one by rename, so a
 * crash or a power cut leaves one of the two, whole. That sync is waited for: it happens once in hours,
 * when the journal is full. What cannot be decoded is kept as it is. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/io/journal/journal_internal.h"
#include "common/core/reading.h"

struct thinner {
	struct journal *j;
	struct segment row; /* of the new file */
	uint8_t *out;
	size_t len;
	struct wire_layout *layout;
	struct wire_value *base; /* of the newest full report, one per slot */
	struct wire_value *now;
	struct wire_value *kept;
	uint8_t *silent, *silent_kept; /* one per device */
	uint64_t dropped;
};

static int put(struct thinner *t, enum spool_type type, const uint8_t *payload, size_t len)
{
	if (t->len + SPOOL_FRAME_BYTES + len > SEGMENT_MOST)
		return -EFBIG;
	spool_frame_write(t->out + t->len, type, payload, len);
	memcpy(t->out + t->len + SPOOL_FRAME_BYTES, payload, len);
	t->len += SPOOL_FRAME_BYTES + len;
	(void)segment_count(&t->row, type, payload, len);
	return 0;
}

static void forget_layout(struct thinner *t)
{
	wire_layout_free(t->layout);
	free(t->base);
	free(t->now);
	free(t->kept);
	free(t->silent);
	free(t->silent_kept);
	t->layout = NULL;
	t->base = t->now = t->kept = NULL;
	t->silent = t->silent_kept = NULL;
}

static int take_layout(struct thinner *t, struct wire_report *r)
{
	forget_layout(t);
	t->layout = r->birth;
	r->birth = NULL;
	t->base = calloc(t->layout->n_slots + 1u, sizeof *t->base);
	t->now = calloc(t->layout->n_slots + 1u, sizeof *t->now);
	t->kept = calloc(t->layout->n_slots + 1u, sizeof *t->kept);
	t->silent = calloc(t->layout->n_devices + 1u, 1);
	t->silent_kept = calloc(t->layout->n_devices + 1u, 1);
	bool all = t->base != NULL && t->now != NULL && t->kept != NULL && t->silent != NULL &&
		   t->silent_kept != NULL;
	return all ? 0 : -ENOMEM;
}

static void take_values(struct thinner *t, const struct wire_report *r)
{
	size_t bytes = t->layout->n_slots * sizeof *t->now;

	if (r->full_seq != 0) /* a delta says what differs from the newest full report */
		memcpy(t->now, t->base, bytes);
	for (size_t i = 0; i < r->n_values; i++)
		t->now[r->values[i].slot] = r->values[i];
	if (r->full_seq == 0)
		memcpy(t->base, t->now, bytes);
	memset(t->silent, 0, t->layout->n_devices);
	for (size_t i = 0; i < r->n_silent; i++)
		t->silent[r->silent[i]] = 1;
}

static bool state_changed(const struct thinner *t)
{
	uint32_t slot = 0;

	for (uint32_t d = 0; d < t->layout->n_devices; d++)
		for (uint32_t i = 0; i < t->layout->devices[d].n_slots; i++, slot++) {
			const struct metric *m =
				metric_by_id(t->layout->devices[d].slots[i].metric);
			const struct wire_value *a = &t->now[slot], *b = &t->kept[slot];
			bool counts =
				m != NULL && (m->kind == METRIC_STATE || m->kind == METRIC_FLAG ||
					      m->kind == METRIC_BITS);

			if (counts && (a->reason != b->reason ||
				       (a->reason == REASON_GOOD && a->scaled != b->scaled)))
				return true;
		}
	return memcmp(t->silent, t->silent_kept, t->layout->n_devices) != 0;
}

static void keep_state(struct thinner *t)
{
	memcpy(t->kept, t->now, t->layout->n_slots * sizeof *t->now);
	memcpy(t->silent_kept, t->silent, t->layout->n_devices);
}

/* The report as a full one, from the state at its moment. */
static int put_full(struct thinner *t, struct wire_report *r)
{
	struct wire_report full = *r;
	uint8_t *bytes;
	size_t len;

	full.full_seq = 0;
	full.flags |= WIRE_FLAG_THINNED;
	full.values = t->now;
	full.n_values = t->layout->n_slots;
	for (uint32_t i = 0; i < t->layout->n_slots; i++)
		t->now[i].slot = i;
	int e = wire_report_pack(&full, t->layout, &bytes, &len);
	if (e < 0)
		return e;
	e = put(t, SPOOL_REPORT, bytes, len);
	free(bytes);
	keep_state(t);
	return e;
}

static int thin_report(struct thinner *t, const struct spool_record *rec)
{
	struct wire_report r;
	int e = wire_report_unpack(rec->payload, rec->len, NULL, &r);

	if (e == 0 && r.birth != NULL) {
		e = take_layout(t, &r);
		if (e == 0) {
			take_values(t, &r);
			keep_state(t);
			e = put(t, rec->type, rec->payload, rec->len);
		}
		wire_report_fini(&r);
		return e;
	}
	e = wire_report_unpack(rec->payload, rec->len, t->layout, &r);
	if (e != 0) /* not for this layout: leave it to the collector to judge */
		return e < 0 ? e : put(t, rec->type, rec->payload, rec->len);
	take_values(t, &r);
	if (state_changed(t) || r.n_events > 0 || (r.flags & WIRE_FLAG_URGENT) != 0)
		e = put_full(t, &r);
	else
		t->dropped++;
	wire_report_fini(&r);
	return e;
}

static int write_new(struct journal *j, const struct segment *s, const uint8_t *bytes, size_t len)
{
	char name[32], temporary[40];
	int r = journal_fault("write");

	segment_name(name, sizeof name, s->id);
	(void)snprintf(temporary, sizeof temporary, "%s.new", name);
	int fd = openat(j->dirfd, temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
	if (fd < 0)
		return -errno;
	if (r == 0 && write(fd, bytes, len) != (ssize_t)len)
		r = -ENOSPC;
	if (r == 0)
		r = journal_fault("sync new");
	if (r == 0 && fdatasync(fd) < 0)
		r = -errno;
	if (r == 0 && renameat(j->dirfd, temporary, j->dirfd, name) < 0)
		r = -errno;
	if (r == 0)
		(void)syncer_request(j->syncer, fd, j->dirfd, 0, false);
	else
		(void)unlinkat(j->dirfd, temporary, 0);
	(void)close(fd);
	return r;
}

static int thin_all(struct thinner *t, const struct segment *s, const uint8_t *bytes, size_t len)
{
	struct spool_header h = { s->boot_id, s->created_wall_ms, true };
	struct spool_record rec;
	size_t at = SPOOL_HEADER_BYTES, skipped = 0;
	int r = 0;

	t->out = malloc(SEGMENT_MOST);
	if (t->out == NULL)
		return -ENOMEM;
	spool_header_write(t->out, &h);
	t->len = SPOOL_HEADER_BYTES;
	while (r == 0 && spool_next(bytes, len, &at, &skipped, &rec))
		r = thin_report(t, &rec);
	return r;
}

int64_t segment_thin(struct journal *j, size_t i)
{
	struct segment *s = &j->segments[i];
	struct thinner t = { .j = j, .row = *s };
	uint8_t *bytes;
	size_t len;
	int64_t saved = 0;

	s->thinned = true;
	if (i == j->n - 1 && j->fd >= 0)
		return 0; /* it is still being written */
	int r = segment_load(j, s, &bytes, &len);
	if (r < 0)
		return r;
	t.row.first = t.row.last = t.row.n = 0;
	t.row.thinned = true;
	r = thin_all(&t, s, bytes, len);
	if (r == 0 && t.len < len)
		r = write_new(j, s, t.out, t.len);
	if (r == 0 && t.len < len) {
		saved = (int64_t)(len - t.len);
		t.row.bytes = t.len;
		j->counters.thinned += t.dropped;
		if (j->page_id == s->id)
			page_drop(j);
		*s = t.row;
	}
	forget_layout(&t);
	free(t.out);
	free(bytes);
	return r < 0 ? r : saved;
}
