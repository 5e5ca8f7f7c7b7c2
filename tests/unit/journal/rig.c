#include <criterion/criterion.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/journal/rig.h"

uv_loop_t loop;
struct journal *j;
uint64_t seq, synced_to;
uint32_t boot = 11;
char folder[64];
static struct image *im;

static void on_synced(void *arg, uint64_t upto)
{
	(void)arg;
	synced_to = upto;
}

void start(uint64_t max_bytes)
{
	struct journal_options o = { folder, max_bytes, boot };

	seq = 0;
	cr_assert_eq(uv_loop_init(&loop), 0);
	cr_assert_eq(journal_open(&j, &loop, &o, on_synced, NULL), 0);
	cr_assert_eq(image_new(&im, boot, "0"), 0);
	cr_assert_eq(image_add(im, "ups-1", "ups", 2500), 0);
}

void stop(void)
{
	journal_close(j, NULL, NULL);
	(void)uv_run(&loop, UV_RUN_DEFAULT);
	cr_assert_eq(uv_loop_close(&loop), 0);
	image_free(im);
}

void set_up(void)
{
	(void)snprintf(folder, sizeof folder, "/tmp/lw-journal-XXXXXX");
	cr_assert_not_null(mkdtemp(folder));
	log_set_least((enum log_priority)0);
}

unsigned each_file(void (*fn)(const char *path))
{
	unsigned n = 0;
	DIR *d = opendir(folder);

	for (struct dirent *e = d != NULL ? readdir(d) : NULL; e != NULL; e = readdir(d)) {
		char path[400];
		if (e->d_name[0] == '.')
			continue;
		(void)snprintf(path, sizeof path, "%s/%s", folder, e->d_name);
		n++;
		if (fn != NULL)
			fn(path);
	}
	if (d != NULL)
		(void)closedir(d);
	return n;
}

void remove_file(const char *path)
{
	(void)unlink(path);
}

void tear_down(void)
{
	(void)each_file(remove_file);
	(void)rmdir(folder);
}

int append(double charge, double status, enum journal_sync sync)
{
	struct reading readings[] = { { .metric = M_BATTERY_CHARGE, .value = charge },
				      { .metric = M_UPS_STATUS, .value = status } };
	struct image_round round = { true, "ups", "rfc1628", readings, 2, NULL, 0 };
	seq++;
	struct image_head h = { .seq = seq, .mono_ms = seq * 5000, .wall_ms = 1000 + seq * 5000 };
	struct wire_report r;
	uint8_t *bytes;
	size_t len;

	cr_assert_geq(image_apply(im, 0, &round, h.mono_ms), 0);
	bool birth = image_birth_due(im);
	cr_assert_eq(birth ? image_birth(im, &h, &r)
			   : image_report(im, &h, journal_wants_full(j), &r),
		     0);
	cr_assert_eq(wire_report_pack(&r, image_layout(im), &bytes, &len), 0);
	int e = journal_append(j, seq,
			       birth		 ? JOURNAL_BIRTH
			       : r.full_seq == 0 ? JOURNAL_FULL
						 : JOURNAL_DELTA,
			       bytes, len, sync);
	free(bytes);
	return e;
}

static void hear(struct heard *h, const struct journal_record *rec)
{
	struct wire_head head;
	struct wire_report r;

	cr_assert_eq(wire_report_peek(rec->bytes, rec->len, &head), 0);
	cr_assert_eq(wire_report_unpack(rec->bytes, rec->len, head.is_birth ? NULL : h->layout, &r),
		     0, "seq %u comes without its birth", (unsigned)head.seq);
	if (r.birth != NULL) {
		wire_layout_free(h->layout);
		h->layout = r.birth;
		r.birth = NULL;
	}
	h->charge = h->full_charge;
	h->status = h->full_status;
	for (size_t i = 0; i < r.n_values; i++)
		*(r.values[i].slot == 0 ? &h->charge : &h->status) = (double)r.values[i].scaled;
	if (r.full_seq == 0) {
		h->full_charge = h->charge;
		h->full_status = h->status;
	}
	h->thinned += (r.flags & WIRE_FLAG_THINNED) != 0;
	if (rec->context) {
		h->contexts++;
	} else {
		h->boots[h->n] = head.boot_id;
		h->seqs[h->n] = head.seq;
		h->charges[h->n++] = h->charge / 10;
	}
	wire_report_fini(&r);
}

struct heard *listen_all(void)
{
	struct heard *h = calloc(1, sizeof *h);
	struct journal_record rec;

	while (journal_next(j, &rec))
		hear(h, &rec);
	return h;
}

void heard_free(struct heard *h)
{
	wire_layout_free(h->layout);
	free(h);
}

void expect_run(const struct heard *h, size_t from, uint64_t first, uint64_t last)
{
	for (uint64_t s = first; s <= last; s++) {
		cr_assert_lt(from + (s - first), h->n, "number %u is missing", (unsigned)s);
		cr_assert_eq(h->seqs[from + (s - first)], s);
	}
}
