/* figures.c - what the store costs: bytes and CPU a sample beside plain SQLite rows of the same
 * values, a chart over a year, and a month's report over five years of state changes.
 *
 *   linewatch-store-figures FOLDER [UPSES] [HOURS]
 *   linewatch-store-figures --openmetrics [UPSES] [HOURS]      the same samples as text, for promtool */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>

#include "collector/conf/collector_conf.h"
#include "collector/io/report/uptime.h"
#include "collector/io/store/apply.h"
#include "collector/io/store/day.h"
#include "collector/io/store/roll.h"

enum { SLOTS = 15, STEP_MS = 30000, GROUP = 20 /* steps a commit */ };
static const int64_t T0 = 1788220800000ll; /* a UTC midnight */

static const uint16_t metrics[SLOTS] = {
	M_BATTERY_CHARGE,   M_BATTERY_RUNTIME,	  M_BATTERY_VOLTAGE,	 M_BATTERY_TEMPERATURE,
	M_BATTERY_REPLACE,  M_INPUT_VOLTAGE,	  M_INPUT_FREQUENCY,	 M_OUTPUT_VOLTAGE,
	M_OUTPUT_LOAD,	    M_UPS_STATUS,	  M_OUTPUT_CURRENT,	 M_OUTPUT_POWER,
	M_OUTPUT_FREQUENCY, M_BATTERY_ON_SECONDS, M_AMBIENT_TEMPERATURE,
};

struct bench {
	uv_loop_t loop;
	struct store *store;
	char path[512];
	bool done;
	int status;
	uint64_t dice;
};

static double cpu(void)
{
	struct rusage u;

	(void)getrusage(RUSAGE_SELF, &u);
	return (double)u.ru_utime.tv_sec + (double)u.ru_stime.tv_sec +
	       (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

static double wall(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void die(const char *what)
{
	(void)fprintf(stderr, "%s\n", what);
	exit(1);
}

/* Normal enough for jitter: the sum of three dice. */
static int64_t jitter(struct bench *b, double sigma)
{
	double sum = 0;

	for (int i = 0; i < 3; i++) {
		b->dice = b->dice * 6364136223846793005u + 1442695040888963407u;
		sum += (double)(b->dice >> 40) / (1 << 24) * 2 - 1;
	}
	return llround(sum * sigma);
}

/* Mains that wander and jitter, a load that follows the day, a battery at rest: as measured UPSes. */
static void sample(struct bench *b, unsigned ups, int64_t i, struct store_value *v)
{
	double day = sin((double)i / 2880 * 6.2831853 + ups);

	for (unsigned k = 0; k < SLOTS; k++)
		v[k] = (struct store_value){ 0, metric_by_id(metrics[k])->nominal };
	v[2].scaled += jitter(b, 0.3);
	v[3].scaled += llround(day * 8);
	v[5].scaled += llround(day * 20) + jitter(b, 8);
	v[7].scaled += jitter(b, 2);
	v[8].scaled += llround(day * 50) + jitter(b, 2);
	v[10].scaled = v[8].scaled / 10;
	v[11].scaled = v[8].scaled * 2;
	v[14].scaled += llround(day * 15);
}

/* ---- the store ---- */

static void open_store(struct bench *b, const char *folder, const char *name)
{
	struct store_options o = { .path = b->path };
	char err[256];

	(void)snprintf(b->path, sizeof b->path, "%s/%s", folder, name);
	if (uv_loop_init(&b->loop) < 0 || store_open(&b->store, &b->loop, &o, err, sizeof err) < 0)
		die(err);
}

static void close_store(struct bench *b)
{
	store_close(b->store, NULL, NULL);
	(void)uv_run(&b->loop, UV_RUN_DEFAULT);
	(void)uv_loop_close(&b->loop);
}

static void on_done(void *arg, struct store_batch *batch, int status)
{
	struct bench *b = arg;

	store_batch_free(batch);
	b->done = true;
	b->status = status;
}

static void commit(struct bench *b, struct store_batch *batch)
{
	b->done = false;
	if (store_commit(b->store, batch, on_done, b) < 0)
		die("cannot commit");
	while (!b->done)
		(void)uv_run(&b->loop, UV_RUN_ONCE);
	if (b->status < 0)
		die("a commit failed");
}

static void roll_now(struct bench *b)
{
	struct store_stats before, now;

	store_stats(b->store, &before);
	store_roll(b->store);
	do {
		(void)uv_sleep(5);
		store_stats(b->store, &now);
	} while (now.roll_us == before.roll_us);
}

static long long file_size(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 ? (long long)st.st_size : 0;
}

static struct store_shape *shape_of(const char *device)
{
	struct store_series s[SLOTS] = { 0 };

	for (unsigned k = 0; k < SLOTS; k++)
		s[k].metric = metrics[k];
	return store_shape_new(device, s, SLOTS);
}

static struct store_shape **make_shapes(unsigned upses)
{
	struct store_shape **shapes = calloc(upses, sizeof(struct store_shape *));
	char id[32];

	for (unsigned u = 0; u < upses; u++) {
		(void)snprintf(id, sizeof id, "site/ups-%u", u);
		shapes[u] = shape_of(id);
	}
	return shapes;
}

static void line(const char *what, long long bytes, double n, double cpu_s)
{
	(void)printf("%-58s | %8.3f | %8.3f\n", what, (double)bytes / n, cpu_s / n * 1e6);
}

static void bench_chunks(const char *folder, unsigned upses, unsigned hours)
{
	struct bench b = { .dice = 1 };
	double n = (double)upses * SLOTS * hours * 120, began, appended, rolled = 0, joined;
	struct store_value v[SLOTS];

	open_store(&b, folder, "chunks.db");
	struct store_shape **shapes = make_shapes(upses);
	began = cpu();
	for (unsigned h = 0; h < hours; h++) {
		for (unsigned g = 0; g < 120 / GROUP; g++) {
			struct store_batch *batch = store_batch_new(b.store);
			for (unsigned k = 0; k < GROUP * upses; k++) {
				int64_t i = h * 120 + g * GROUP + k / upses;
				sample(&b, k % upses, i, v);
				(void)store_add_reading(batch, shapes[k % upses], T0 + i * STEP_MS,
							0, v);
			}
			commit(&b, batch);
		}
		double t = cpu();
		roll_now(&b);
		rolled += cpu() - t;
	}
	double t = cpu();
	roll_now(&b); /* the first one after the day: its hours become one chunk */
	joined = cpu() - t;
	rolled += joined;
	appended = cpu() - began - rolled;
	close_store(&b);
	for (unsigned u = 0; u < upses; u++)
		store_shape_unref(shapes[u]);
	free(shapes);
	line("this store, whole file after the day", file_size(b.path), n, appended + rolled);
	sqlite3 *db;
	if (sqlite3_open(b.path, &db) == SQLITE_OK) {
		line("  its column chunks alone",
		     sql_number(db, "SELECT sum(length(body)) FROM chunk", 0), n, rolled);
		line("  of that, joining hours to days", 0, n, joined);
		line("  its hourly figures alone",
		     sql_number(db, "SELECT sum(length(body)) FROM day", 0), n, 0);
		line("  free pages, used again by the next hours",
		     sql_number(db, "PRAGMA freelist_count", 0) * 4096, n, 0);
	}
	(void)sqlite3_close(db);
}

/* ---- plain rows ---- */

static void bench_rows(const char *folder, unsigned upses, unsigned hours, bool clustered)
{
	struct bench b = { .dice = 1 };
	double n = (double)upses * SLOTS * hours * 120, began;
	struct store_value v[SLOTS];
	sqlite3_stmt *st;
	sqlite3 *db;

	(void)snprintf(b.path, sizeof b.path, "%s/rows-%d.db", folder, clustered);
	if (sqlite3_open(b.path, &db) != SQLITE_OK)
		die("sqlite");
	(void)sql_exec(db, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL");
	(void)sql_exec(db, clustered ? "CREATE TABLE s(device INTEGER, metric INTEGER, ts INTEGER, "
				       "v REAL, PRIMARY KEY(device, metric, ts)) WITHOUT ROWID"
				     : "CREATE TABLE s(device INTEGER, metric INTEGER, ts INTEGER, "
				       "v REAL); CREATE INDEX i ON s(device, metric, ts)");
	(void)sqlite3_prepare_v2(db, "INSERT INTO s VALUES(?,?,?,?)", -1, &st, NULL);
	began = cpu();
	for (unsigned i = 0; i < hours * 120; i++) {
		if (i % GROUP == 0)
			(void)sql_exec(db, "BEGIN");
		for (unsigned u = 0; u < upses; u++) {
			sample(&b, u, i, v);
			for (unsigned k = 0; k < SLOTS; k++) {
				(void)sqlite3_bind_int64(st, 1, u);
				(void)sqlite3_bind_int64(st, 2, metrics[k]);
				(void)sqlite3_bind_int64(st, 3, T0 / 1000 + i * 30);
				(void)sqlite3_bind_double(
					st, 4,
					metric_unscale(metric_by_id(metrics[k]), v[k].scaled));
				(void)sqlite3_step(st);
				(void)sqlite3_reset(st);
			}
		}
		if (i % GROUP == GROUP - 1)
			(void)sql_exec(db, "COMMIT");
	}
	double used = cpu() - began;
	(void)sqlite3_finalize(st);
	(void)sqlite3_close(db);
	line(clustered ? "SQLite rows, clustered" : "SQLite rows with an index", file_size(b.path),
	     n, used);
}

/* ---- reading ---- */

static int count_hour(void *arg, const struct store_hour *h)
{
	(void)h;
	++*(size_t *)arg;
	return 0;
}

static void bench_chart(const char *folder)
{
	struct bench b = { .dice = 1 };
	struct store_value v[SLOTS];
	struct store_reader *r = NULL;
	struct store_series s = { M_INPUT_VOLTAGE, 0, NULL };
	char err[256];
	size_t hours = 0;

	open_store(&b, folder, "year.db");
	struct store_shape *sh = shape_of("site/ups-0");
	for (int day = 0; day < 365; day++) {
		struct store_batch *batch = store_batch_new(b.store);
		for (int i = 0; i < 288; i++) {
			sample(&b, 0, day * 2880 + i * 10, v);
			(void)store_add_reading(batch, sh, T0 + ((int64_t)day * 288 + i) * 300000,
						0, v);
		}
		commit(&b, batch);
	}
	roll_now(&b);
	store_shape_unref(sh);
	close_store(&b);
	double began = wall();
	if (store_reader_open(&r, b.path, err, sizeof err) < 0)
		die(err);
	if (store_read_hours(r, "site/ups-0", &s, T0, T0 + 365ll * 86400000, count_hour, &hours) <
	    0)
		die("cannot read");
	(void)printf("\nchart of one metric over a year, %zu hours, file just opened: %.1f ms\n",
		     hours, (wall() - began) * 1e3);
	store_reader_close(&r);
}

static struct collector_conf *thousand_devices(void)
{
	struct collector_conf *c = NULL;
	char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);

	(void)fprintf(f, "sites:\n");
	for (int s = 0; s < 10; s++) {
		(void)fprintf(f,
			      "  - id: s%d\n    name: S%d\n    timezone: Asia/Ho_Chi_Minh\n    "
			      "devices:\n",
			      s, s);
		for (int d = 0; d < 100; d++)
			(void)fprintf(f, "      - {id: d-%d, class: ups, agent: gw}\n", d);
	}
	(void)fclose(f);
	if (collector_conf_load_text(&c, "bench", text, len, stderr) != 0)
		die("topology");
	free(text);
	return c;
}

static void fill_states(struct bench *b, const struct topology *t)
{
	static const int years = 5, changes = 100;

	for (int i = 0; i < years * changes; i++) {
		struct store_batch *batch = store_batch_new(b->store);
		for (uint32_t e = 0; e < t->n_entities; e++) {
			int64_t at = T0 + (int64_t)i * 86400000 * 365 / changes + e * 1000;
			if (t->entities[e].kind == ENTITY_DEVICE)
				(void)store_add_state(batch, ENTITY_DEVICE, t->entities[e].id,
						      i % 2 ? STATE_DOWN : STATE_UP, at, at, "");
		}
		commit(b, batch);
	}
}

static void bench_month(const char *folder)
{
	struct bench b = { .dice = 1 };
	struct collector_conf *c = thousand_devices();
	struct store_reader *r = NULL;
	struct zone utc = { 0 };
	struct uptime u;
	char err[256];

	open_store(&b, folder, "states.db");
	double cpu0 = cpu();
	fill_states(&b, &c->topology);
	(void)printf("500,000 state changes chained, signed and indexed: %.1f us CPU each\n",
		     (cpu() - cpu0) / 500000 * 1e6);
	close_store(&b);
	if (store_reader_open(&r, b.path, err, sizeof err) < 0)
		die(err);
	int64_t from = T0 + 4ll * 365 * 86400000;
	struct uptime_request q = { .topology = &c->topology,
				    .site = NO_ENTITY,
				    .from_ms = from,
				    .until_ms = from + 30ll * 86400000,
				    .zone = &utc };
	for (int i = 0; i < 2; i++) {
		double began = wall();
		if (uptime_read(&u, r, &q) < 0)
			die("cannot read");
		(void)printf(
			"month's report of 1,000 devices over five years of changes, %s: %.1f ms\n",
			i == 0 ? "file just opened" : "again", (wall() - began) * 1e3);
		uptime_fini(&u);
	}
	double began = wall();
	struct store_proof p;
	if (store_verify(r, &p, err, sizeof err) != 0)
		die(err);
	(void)printf("linewatch verify, %llu records: %.2f s\n", (unsigned long long)p.records,
		     wall() - began);
	store_reader_close(&r);
	collector_conf_free(c);
}

/* A family after the other, as the format wants it. */
static void print_samples(unsigned upses, unsigned hours)
{
	struct store_value v[SLOTS];

	for (unsigned k = 0; k < SLOTS; k++) {
		struct bench b = { .dice = 1 };

		(void)printf("# TYPE metric_%u gauge\n", k);
		for (unsigned i = 0; i < hours * 120; i++) {
			for (unsigned u = 0; u < upses; u++) {
				sample(&b, u, i, v);
				(void)printf("metric_%u{device=\"site/ups-%u\"} %.10g %lld\n", k, u,
					     metric_unscale(metric_by_id(metrics[k]), v[k].scaled),
					     (long long)(T0 / 1000 + i * 30));
			}
		}
	}
	(void)printf("# EOF\n");
}

int main(int argc, char **argv)
{
	unsigned upses = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 10) : 60;
	unsigned hours = argc > 3 ? (unsigned)strtoul(argv[3], NULL, 10) : 24;

	if (argc < 2)
		die("linewatch-store-figures FOLDER [UPSES] [HOURS]");
	if (strcmp(argv[1], "--openmetrics") == 0) {
		print_samples(upses, hours);
		return 0;
	}
	(void)setvbuf(stdout, NULL, _IOLBF, 0);
	(void)printf("%u simulated UPSes, %d metrics each 30 s, %u h\n", upses, SLOTS, hours);
	(void)printf("%-58s | %8s | %8s\n", "", "B/sample", "us CPU");
	bench_chunks(argv[1], upses, hours);
	bench_rows(argv[1], upses, hours, false);
	bench_rows(argv[1], upses, hours, true);
	bench_chart(argv[1]);
	bench_month(argv[1]);
	return 0;
}
