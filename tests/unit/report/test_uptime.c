/* The report beside an oracle that keeps a letter for every second of every device and centre, and
 * judges seats, classes, centres and the hotline second by second. */
#include <stdlib.h>

#include "../store/store_fixture.h"
#include "collector/conf/collector_conf.h"
#include "collector/io/report/uptime.h"

enum { SECONDS = 10800, ROUNDS = 12, RECORDS = 700, HEALED = 60 };
/* three hours around the end of summer time in Berlin, 25 October 2026 01:00 UTC */
static const int64_t T0 = 1792886400000ll;

static const char topology_text[] =
	"sites:\n"
	"  - id: danang\n    timezone: Europe/Berlin\n    pbx: [pbx-1, pbx-2]\n"
	"    calls_per_hour: [60, 120, 240, 480, 60, 60, 60, 60, 60, 60, 60, 60, 60, 60, 60, 60, "
	"60,"
	" 60, 60, 60, 60, 60, 60, 60]\n"
	"    seats:\n"
	"      - {id: \"01\", workstation: ws-1, headset: h-1, phone: p-1}\n"
	"      - {id: \"02\", workstation: ws-2, headset: h-2, phone: p-2}\n"
	"    devices:\n"
	"      - {id: pbx-1, class: pbx, agent: gw}\n      - {id: pbx-2, class: pbx, agent: gw}\n"
	"      - {id: ws-1, class: workstation, agent: gw}\n"
	"      - {id: ws-2, class: workstation, agent: gw}\n"
	"      - {id: h-1, class: headset, agent: gw}\n      - {id: h-2, class: headset, agent: "
	"gw}\n"
	"      - {id: p-1, class: phone, agent: gw}\n      - {id: p-2, class: phone, agent: gw}\n"
	"  - id: hanoi\n    timezone: Europe/Berlin\n    pbx: [pbx-1]\n"
	"    seats:\n      - {id: \"01\", workstation: ws-1, phone: p-1}\n"
	"    devices:\n      - {id: pbx-1, class: pbx, agent: gw}\n"
	"      - {id: ws-1, class: workstation, agent: gw}\n"
	"      - {id: p-1, class: phone, agent: gw}\n";

struct oracle {
	struct collector_conf *conf;
	const struct topology *t;
	uint8_t (*at)[SECONDS]; /* by entity */
	uint64_t dice;
};

static unsigned dice(struct oracle *o, unsigned sides)
{
	o->dice = o->dice * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(o->dice >> 33) % sides;
}

static bool counts(const struct entity *e)
{
	return e->kind == ENTITY_DEVICE || e->kind == ENTITY_SITE;
}

/* Words in an order of their own: most follow each other, some go back, some far. */
static void add_states(struct oracle *o, struct store_batch *b)
{
	for (int i = 0; i < RECORDS; i++) {
		uint32_t e = dice(o, o->t->n_entities);
		unsigned back = dice(o, 10) > 0 ? dice(o, 60) : dice(o, 4000);
		unsigned at = (unsigned)i * SECONDS / RECORDS;
		int s = (int)dice(o, 4);

		at = at > back ? at - back : 0;
		if (!counts(&o->t->entities[e]))
			continue;
		(void)store_add_state(b, (int)o->t->entities[e].kind, o->t->entities[e].id, s,
				      T0 + at * 1000ll, T0 + i * 1000ll, "");
		memset(o->at[e] + at, s, SECONDS - at);
	}
}

static void add_healed(struct oracle *o, struct store_batch *b)
{
	for (int i = 0; i < HEALED; i++) {
		uint32_t e = dice(o, o->t->n_entities);
		unsigned at = dice(o, SECONDS - 1), n = 1 + dice(o, 1500);
		int s = 1 + (int)dice(o, 2);

		if (!counts(&o->t->entities[e]))
			continue;
		(void)store_add_healed(b, (int)o->t->entities[e].kind, o->t->entities[e].id, s,
				       T0 + at * 1000ll, T0 + (at + n) * 1000ll, T0);
		for (unsigned k = at; k < at + n && k < SECONDS; k++)
			o->at[e][k] = o->at[e][k] == STATE_UNKNOWN ? (uint8_t)s : o->at[e][k];
	}
}

static uint8_t first_of(const uint8_t *s, size_t n, const uint8_t order[4])
{
	for (int k = 0; k < 4 && n > 0; k++) {
		for (size_t i = 0; i < n; i++) {
			if (s[i] == order[k])
				return order[k];
		}
	}
	return STATE_UNKNOWN;
}

static uint8_t any_of(const uint8_t *s, size_t n)
{
	return first_of(s, n, (uint8_t[]){ STATE_UP, STATE_UNKNOWN, STATE_PLANNED, STATE_DOWN });
}

static uint8_t all_of(const uint8_t *s, size_t n)
{
	return first_of(s, n, (uint8_t[]){ STATE_DOWN, STATE_PLANNED, STATE_UNKNOWN, STATE_UP });
}

static uint8_t seat_at(const struct oracle *o, uint32_t seat, unsigned sec)
{
	const struct seat *s = &o->t->seats[seat];
	const struct site *site = &o->t->sites[s->site];
	const uint32_t parts[] = { s->workstation, s->headset, s->phone };
	uint8_t have[4], pbx[8];
	size_t n = 0, n_pbx = 0;

	for (size_t i = 0; i < 3; i++) {
		if (parts[i] != NO_ENTITY)
			have[n++] = o->at[parts[i]][sec];
	}
	for (uint32_t i = 0; i < site->n_pbx; i++)
		pbx[n_pbx++] = o->at[site->pbx[i]][sec];
	have[n++] = any_of(pbx, n_pbx);
	return all_of(have, n);
}

static uint8_t site_at(const struct oracle *o, uint32_t site, unsigned sec)
{
	const struct site *s = &o->t->sites[site];
	uint8_t seats[8];

	if (o->at[s->entity][sec] != STATE_UNKNOWN)
		return o->at[s->entity][sec];
	for (uint32_t i = 0; i < s->n_seats; i++)
		seats[i] = seat_at(o, s->first_seat + i, sec);
	return any_of(seats, s->n_seats);
}

static uint32_t find_seat(const struct oracle *o, const char *id)
{
	for (uint32_t i = 0; i < o->t->n_seats; i++) {
		if (o->t->seats[i].id == id)
			return i;
	}
	return NO_ENTITY;
}

static uint8_t row_at(const struct oracle *o, const struct uptime_row *r, unsigned sec)
{
	uint8_t sites[4];

	switch (r->kind) {
	case UPTIME_HOTLINE:
		for (uint32_t i = 0; i < o->t->n_sites; i++)
			sites[i] = site_at(o, i, sec);
		return any_of(sites, o->t->n_sites);
	case UPTIME_SITE:
		for (uint32_t i = 0; i < o->t->n_sites; i++) {
			if (strcmp(o->t->sites[i].id, r->id) == 0)
				return site_at(o, i, sec);
		}
		return STATE_UNKNOWN;
	case UPTIME_SEAT:
		return seat_at(o, find_seat(o, r->id), sec);
	default:
		return o->at[topology_find(o->t, ENTITY_DEVICE, r->id)][sec];
	}
}

static void expect_row(const struct oracle *o, const struct uptime_row *r, unsigned from,
		       unsigned until)
{
	int64_t sums[4] = { 0 }, longest = 0, run = 0;
	unsigned outages = 0;

	for (unsigned i = from; i < until; i++) {
		uint8_t s = row_at(o, r, i);

		sums[s] += 1000;
		outages += s == STATE_DOWN && run == 0;
		run = s == STATE_DOWN ? run + 1000 : 0;
		longest = run > longest ? run : longest;
	}
	cr_assert_eq(r->sum.up_ms, sums[STATE_UP], "%s %u-%u up", r->id, from, until);
	cr_assert_eq(r->sum.down_ms, sums[STATE_DOWN], "%s %u-%u down", r->id, from, until);
	cr_assert_eq(r->sum.planned_ms, sums[STATE_PLANNED], "%s %u-%u planned", r->id, from,
		     until);
	cr_assert_eq(r->sum.unknown_ms, sums[STATE_UNKNOWN], "%s %u-%u unknown", r->id, from,
		     until);
	cr_assert_eq(r->sum.outages, outages, "%s %u-%u: %u outages, not %u", r->id, from, until,
		     r->sum.outages, outages);
	cr_assert_eq(r->sum.longest_ms, longest, "%s %u-%u longest", r->id, from, until);
	cr_assert_eq(availability_mtbf_ms(&r->sum), outages > 0 ? sums[STATE_UP] / outages : -1);
	cr_assert_eq(availability_mttr_ms(&r->sum), outages > 0 ? sums[STATE_DOWN] / outages : -1);
	struct bounds b = availability_bounds(&r->sum);
	double all = (double)(sums[STATE_UP] + sums[STATE_DOWN] + sums[STATE_UNKNOWN]);
	cr_assert_float_eq(b.least, all > 0 ? (double)sums[STATE_UP] / all : 1, 1e-12);
	cr_assert_float_eq(
		b.most, all > 0 ? (double)(sums[STATE_UP] + sums[STATE_UNKNOWN]) / all : 1, 1e-12);
}

/* By the local hour of each second: the hour from 02 to 03 comes twice in this night. */
static void expect_callers(const struct oracle *o, const struct uptime_row *r, unsigned from,
			   unsigned until)
{
	const double *rate = o->t->sites[0].calls_per_hour;
	double callers = 0;

	for (unsigned i = from; i < until; i++) {
		int64_t utc = T0 / 1000 + i;
		int64_t local = utc + (utc < 1792890000 ? 7200 : 3600);
		if (site_at(o, 0, i) == STATE_DOWN)
			callers += rate[local / 3600 % 24] / 3600;
	}
	cr_assert_float_eq(r->callers, callers, 1e-6, "%f callers, not %f", r->callers, callers);
}

static enum entity_state member_at(const struct oracle *o, uint32_t e, unsigned k)
{
	return (enum entity_state)o->at[e][k];
}

static int64_t bar_part(const struct availability *a, enum entity_state s)
{
	const int64_t parts[] = { a->unknown_ms, a->up_ms, a->down_ms, a->planned_ms };

	return parts[s];
}

/* A class's bars are those of its members, second by second. */
static void expect_bars(const struct oracle *o, const struct uptime_row *r, enum device_class c,
			const int64_t *starts, size_t n)
{
	for (size_t bar = 0; bar < n; bar++) {
		int64_t want[4] = { 0 };

		for (uint32_t e = 0; e < o->t->n_entities; e++) {
			if (o->t->entities[e].kind != ENTITY_DEVICE ||
			    o->t->entities[e].device_class != c)
				continue;
			for (int64_t at = starts[bar]; at < starts[bar + 1]; at += 1000)
				want[member_at(o, e, (unsigned)((at - T0) / 1000))] += 1000;
		}
		for (int s = STATE_UNKNOWN; s <= STATE_PLANNED; s++)
			cr_assert_eq(bar_part(&r->bars[bar], (enum entity_state)s), want[s],
				     "class %s, bar %zu, state %d", r->id, bar, s);
	}
}

/* Every bar of every row, summed up, is the row; the seats' are those of the seats' rows. */
static void expect_bars_add_up(const struct uptime *u)
{
	int64_t seats[4] = { 0 }, members[4] = { 0 };

	for (size_t i = 0; i < u->n; i++) {
		const struct uptime_row *r = &u->rows[i];

		for (int s = STATE_UNKNOWN; s <= STATE_PLANNED; s++) {
			int64_t sum = 0, whole = bar_part(&r->sum, (enum entity_state)s);

			for (size_t b = 0; r->bars != NULL && b < u->asked.n_bars; b++)
				sum += bar_part(&r->bars[b], (enum entity_state)s);
			cr_assert(r->bars == NULL || sum == whole, "%s", r->id);
			if (r->kind == UPTIME_CLASS && strcmp(r->id, UPTIME_SEATS) == 0)
				seats[s] = sum;
			members[s] += r->kind == UPTIME_SEAT ? whole : 0;
		}
	}
	if (u->asked.only == UPTIME_ALL)
		cr_assert_arr_eq(seats, members, sizeof seats);
}

static void expect_classes(const struct oracle *o, const struct uptime *u, unsigned from,
			   unsigned until)
{
	for (size_t i = 0; i < u->n; i++) {
		int64_t down = 0;
		enum device_class c;

		if (u->rows[i].kind != UPTIME_CLASS || strcmp(u->rows[i].id, UPTIME_SEATS) == 0)
			continue;
		cr_assert(device_class_parse(u->rows[i].id, &c));
		for (uint32_t e = 0; e < o->t->n_entities; e++) {
			for (unsigned k = from; k < until; k++)
				down += o->t->entities[e].kind == ENTITY_DEVICE &&
					o->t->entities[e].device_class == c &&
					o->at[e][k] == STATE_DOWN;
		}
		cr_assert_eq(u->rows[i].sum.down_ms, down * 1000, "class %s", u->rows[i].id);
		expect_bars(o, &u->rows[i], c, u->asked.starts, u->asked.n_bars);
	}
}

static void ask(struct fixture *f, const struct oracle *o, const struct zone *z, unsigned from,
		unsigned until)
{
	const int64_t starts[] = { T0 + from * 1000ll, T0 + (from + (until - from) / 3) * 1000ll,
				   T0 + until * 1000ll };
	struct uptime_request q = { .topology = o->t,
				    .site = NO_ENTITY,
				    .starts = starts,
				    .n_bars = 2,
				    .from_ms = T0 + from * 1000ll,
				    .until_ms = T0 + until * 1000ll,
				    .zone = z };
	struct uptime u;

	cr_assert_eq(uptime_read(&u, f->reader, &q), 0);
	cr_assert_gt(u.n, 15);
	for (size_t i = 0; i < u.n; i++) {
		if (u.rows[i].kind != UPTIME_CLASS)
			expect_row(o, &u.rows[i], from, until);
		if (u.rows[i].kind == UPTIME_HOTLINE ||
		    (u.rows[i].kind == UPTIME_SITE && strcmp(u.rows[i].id, "danang") == 0))
			expect_callers(o, &u.rows[i], from, until);
	}
	expect_classes(o, &u, from, until);
	expect_bars_add_up(&u);
	uptime_fini(&u);
	q.only = UPTIME_ONLY_SEAT;
	for (q.seat = 0; q.seat < o->t->n_seats; q.seat++) {
		cr_assert_eq(uptime_read(&u, f->reader, &q), 0);
		cr_assert_eq(u.n, 1);
		cr_assert_str_eq(u.rows[0].id, o->t->seats[q.seat].id);
		expect_row(o, &u.rows[0], from, until);
		cr_assert_not_null(u.rows[0].bars);
		expect_bars_add_up(&u);
		uptime_fini(&u);
	}
}

static void read_berlin(struct zone *ret)
{
	static uint8_t buf[1 << 16];
	FILE *f = fopen("/usr/share/zoneinfo/Europe/Berlin", "rb");

	cr_assert_not_null(f);
	size_t n = fread(buf, 1, sizeof buf, f);
	(void)fclose(f);
	cr_assert_eq(zone_parse(buf, n, ret), 0);
}

Test(uptime, any_span_agrees_with_counting_every_second, .timeout = 600)
{
	struct oracle o = { .dice = 11 };
	struct zone z;

	cr_assert_eq(collector_conf_load_text(&o.conf, "t", topology_text, strlen(topology_text),
					      stderr),
		     0);
	o.t = &o.conf->topology;
	read_berlin(&z);
	for (int round = 0; round < ROUNDS; round++) {
		struct fixture f;

		fixture_open(&f);
		o.at = calloc(o.t->n_entities, sizeof *o.at);
		struct store_batch *b = store_batch_new(f.store);
		add_states(&o, b);
		add_healed(&o, b);
		cr_assert_eq(fixture_commit(&f, b), 0);
		ask(&f, &o, &z, 0, SECONDS);
		for (int i = 0; i < 12; i++) {
			unsigned from = dice(&o, SECONDS - 1);
			ask(&f, &o, &z, from, from + 1 + dice(&o, SECONDS - from - 1));
		}
		fixture_close(&f);
		free(o.at);
	}
	zone_fini(&z);
	collector_conf_free(o.conf);
}

Test(uptime, months_have_the_length_that_the_zone_gives_them)
{
	static const struct {
		const char *month;
		int64_t hours;
	} cases[] = { { "2026-10", 31 * 24 + 1 },
		      { "2027-03", 31 * 24 - 1 },
		      { "2027-02", 28 * 24 },
		      { "2028-02", 29 * 24 },
		      { "2026-12", 31 * 24 } };
	struct zone z;
	int64_t from, until;

	read_berlin(&z);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		cr_assert_eq(month_span(&z, cases[i].month, &from, &until), 0);
		cr_expect_eq(until - from, cases[i].hours * 3600000, "%s", cases[i].month);
	}
	cr_expect_lt(month_span(&z, "2026-13", &from, &until), 0);
	cr_expect_lt(month_span(&z, "2026-1", &from, &until), 0);
	zone_fini(&z);
}
