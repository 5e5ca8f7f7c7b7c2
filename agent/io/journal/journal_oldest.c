#include "agent/io/journal/journal_oldest.h"

#include <stdlib.h>

#include "agent/io/journal/journal_internal.h"

void oldest_note(struct oldest *o, const void *bytes, size_t len)
{
	struct wire_head head;

	if (wire_report_peek(bytes, len, &head) != 0)
		return;
	if (head.is_birth)
		o->birth = head;
	o->recent[head.seq % RECENT] =
		(struct moment){ head.seq, (uint64_t)wire_head_wall_ms(&head, &o->birth) };
}

bool oldest_recent(const struct oldest *o, uint64_t seq, uint64_t *ret_wall_ms)
{
	const struct moment *m = &o->recent[seq % RECENT];

	*ret_wall_ms = m->wall_ms;
	return m->seq == seq;
}

/* 0: all of it is stored. */
static uint64_t first_waiting(const struct segment *s)
{
	const struct spool_range *r = &s->stored.ranges[0];
	uint64_t seq = s->first;

	if (s->n == 0)
		return 0;
	if (s->stored.n > 0 && r->first <= seq)
		seq = r->last + 1;
	return seq <= s->last ? seq : 0;
}

/* The first that is not stored of those that can be read; 0: none, or nobody knows its time. */
static uint64_t read_wall_ms(struct journal *j, const struct segment *s)
{
	struct wire_head head, birth = { 0 };
	struct spool_record rec;
	size_t len, at = 0, skipped = 0;
	uint64_t found = 0;
	uint8_t *bytes;

	if (segment_load(j, s, &bytes, &len) < 0)
		return 0;
	while (found == 0 && spool_next(bytes, len, &at, &skipped, &rec)) {
		if (wire_report_peek(rec.payload, rec.len, &head) != 0)
			continue;
		if (head.is_birth)
			birth = head;
		if (rec.type == SPOOL_CONTEXT || spool_set_has(&s->stored, head.seq))
			continue;
		found = birth.layout == head.layout ? (uint64_t)wire_head_wall_ms(&head, &birth)
						    : s->created_wall_ms;
	}
	free(bytes);
	return found;
}

static uint64_t segment_wall_ms(struct journal *j, const struct segment *s, uint64_t seq)
{
	struct oldest *o = &j->oldest;
	uint64_t wall_ms;

	if (s->boot_id == j->boot_id && oldest_recent(o, seq, &wall_ms))
		return wall_ms;
	if (o->segment != s->id || o->waiting.seq != seq) {
		o->segment = s->id;
		o->waiting = (struct moment){ seq, read_wall_ms(j, s) };
	}
	return o->waiting.wall_ms;
}

uint64_t journal_oldest_wall_ms(struct journal *j)
{
	uint64_t wall_ms = 0;

	for (size_t i = 0; i < j->n && wall_ms == 0; i++) {
		uint64_t seq = first_waiting(&j->segments[i]);

		if (seq != 0)
			wall_ms = segment_wall_ms(j, &j->segments[i], seq);
	}
	if (wall_ms == 0 && j->pending != NULL)
		wall_ms = j->pending->wall_ms;
	return wall_ms;
}
