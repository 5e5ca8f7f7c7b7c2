/* What the collector asks for once more. Happy path: the walk over the journal begins anew and serves
 * the wanted ranges alone, up to where it had got. Numbers ascend along the walk, so what it comes by
 * later than its turn is not there: damaged, thinned, or its file is gone. That is told, so that the
 * collector writes it down as a hole and need not ask again. What waits in memory for the disk is
 * neither served nor lost. */
#include <string.h>

#include "agent/io/journal/journal_internal.h"

static void lose(struct journal *j, uint32_t boot_id, uint64_t first, uint64_t last)
{
	struct wire_range *end = j->n_lost > 0 ? &j->lost[j->n_lost - 1] : NULL;

	j->counters.gone += last - first + 1;
	log_limited(&j->limit_gone, LOG_P_WARNING,
		    "reports that the collector asks for are not in the journal -> told as lost "
		    "boot=%08x first=%llu last=%llu",
		    boot_id, (unsigned long long)first, (unsigned long long)last);
	if (end != NULL && end->boot_id == boot_id && end->last_seq + 1 == first)
		end->last_seq = last;
	else if (j->n_lost < WIRE_MAX_RANGES)
		j->lost[j->n_lost++] = (struct wire_range){ boot_id, first, last };
}

/* The newest number that the journal can be asked for; 0: none. */
static uint64_t newest_of(const struct journal *j, uint32_t boot_id)
{
	if (boot_id == j->boot_id)
		return j->pending != NULL ? j->pending->seq - 1 : j->appended_seq;
	return j->scanned ? UINT64_MAX : 0; /* what earlier boots left is not known yet */
}

static bool asked_already(const struct journal *j, const struct wire_range *r)
{
	for (size_t i = 0; i < j->n_wanted; i++)
		if (j->wanted[i].range.boot_id == r->boot_id &&
		    j->wanted[i].range.first_seq <= r->first_seq &&
		    j->wanted[i].range.last_seq >= r->last_seq)
			return true;
	return false;
}

void journal_missing(struct journal *j, const struct wire_range *r)
{
	if (r->first_seq > newest_of(j, r->boot_id) || r->first_seq > r->last_seq ||
	    j->n_wanted == WANTED_MAX || asked_already(j, r))
		return;
	j->wanted[j->n_wanted++] = (struct wanted){ *r, r->first_seq };
	if (r->boot_id == j->boot_id && j->live_from <= r->last_seq)
		j->live_from = r->last_seq + 1;
	if (j->cursor.id > j->high.id || (j->cursor.id == j->high.id && j->cursor.at > j->high.at))
		j->high = j->cursor;
	j->cursor = (struct cursor){ 0, 0 };
	j->told_layout = 0;
	j->told_full = 0;
	page_drop(j);
}

bool wanted_has(const struct journal *j, const struct wire_head *head)
{
	for (size_t i = 0; i < j->n_wanted; i++)
		if (j->wanted[i].range.boot_id == head->boot_id &&
		    j->wanted[i].range.first_seq <= head->seq &&
		    head->seq <= j->wanted[i].range.last_seq)
			return true;
	return false;
}

void wanted_pass(struct journal *j, const struct wire_head *head, bool served)
{
	for (size_t i = 0; i < j->n_wanted; i++) {
		struct wanted *w = &j->wanted[i];
		uint64_t upto = served ? head->seq - 1 : head->seq;

		if (w->range.boot_id != head->boot_id || head->seq < w->next ||
		    head->seq > w->range.last_seq)
			continue;
		if (w->next <= upto)
			lose(j, head->boot_id, w->next, upto);
		w->next = head->seq + 1;
	}
}

void wanted_end(struct journal *j, bool newest_unread)
{
	for (size_t i = 0; i < j->n_wanted; i++) {
		struct wanted *w = &j->wanted[i];
		bool ours = w->range.boot_id == j->boot_id;
		uint64_t upto = newest_of(j, w->range.boot_id);

		if (ours && upto >= j->live_from)
			upto = j->live_from - 1;
		if (upto > w->range.last_seq)
			upto = w->range.last_seq;
		if (w->next <= upto && !(ours && newest_unread))
			lose(j, w->range.boot_id, w->next, upto);
	}
	j->n_wanted = 0;
}

bool journal_has_lost(const struct journal *j)
{
	return j->n_lost > 0;
}

size_t journal_lost(struct journal *j, struct wire_range *ret, size_t max)
{
	size_t n = j->n_lost < max ? j->n_lost : max;

	memcpy(ret, j->lost, n * sizeof *ret);
	j->n_lost = 0;
	return n;
}
