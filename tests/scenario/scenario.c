#include "tests/scenario/scenario.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/replay.h"
#include "tests/scenario/scenario_priv.h"

static char *run(const struct collector_conf *conf, const struct line *lines, size_t n,
		 bool restart)
{
	const struct replay_options options = { .restart = restart };
	char *out, *timeline = scenario_timeline(conf, lines, n);
	size_t len;
	FILE *in = fmemopen(timeline, strlen(timeline), "r");
	FILE *f = open_memstream(&out, &len);
	int r = replay_run(conf, "scenario", in, f, stderr, &options);

	fclose(in);
	fclose(f);
	free(timeline);
	assert(r == 0);
	(void)r;
	return out;
}

static void check_restarted(const struct scenario *s, const char *plain, const char *restarted)
{
	while (*plain != '\0' && *plain == *restarted) {
		size_t n = strcspn(plain, "\n"), m = strcspn(restarted, "\n");

		if (n != m || memcmp(plain, restarted, n) != 0)
			break;
		plain += n + (plain[n] == '\n');
		restarted += m + (restarted[m] == '\n');
	}
	scenario_expect(*plain == '\0' && *restarted == '\0',
			"%s: a restart changes what comes out:\n- %.*s\n+ %.*s", s->sentence,
			(int)strcspn(plain, "\n"), plain, (int)strcspn(restarted, "\n"), restarted);
}

static void run_scenario(const struct scenario *s)
{
	static struct line lines[LINES_MAX], shuffled[LINES_MAX];
	struct collector_conf *conf = scenario_conf(s->config);
	size_t n = scenario_read(s->script, lines);
	char *out = run(conf, lines, n, false), *again = run(conf, lines, n, true);
	char how[32];

	scenario_check(s, out, "as told");
	check_restarted(s, out, again);
	free(out);
	free(again);
	for (uint32_t k = 1; k <= SCENARIO_ORDERS; k++) {
		memcpy(shuffled, lines, n * sizeof *lines);
		scenario_shuffle(shuffled, n, k);
		out = run(conf, shuffled, n, false);
		(void)snprintf(how, sizeof how, "order %" PRIu32, k);
		scenario_check(s, out, how);
		free(out);
	}
	collector_conf_free(conf);
}

int scenario_main(const struct scenario *s, size_t n)
{
	size_t good = 0;

	for (size_t i = 0; i < n; i++) {
		unsigned before = scenario_failures;

		run_scenario(&s[i]);
		good += scenario_failures == before;
		printf("%s %s\n", scenario_failures == before ? "ok  " : "FAIL", s[i].sentence);
	}
	printf("%zu of %zu scenarios, each in %d orders and restarted at every step\n", good, n,
	       SCENARIO_ORDERS + 1);
	return scenario_failures == 0 ? 0 : 1;
}
