/* scenario_priv.h - what the parts of the scenario runner share: script, timeline, expectations. */
#ifndef LW_SCENARIO_PRIV_H
#define LW_SCENARIO_PRIV_H

#include <stdbool.h>
#include <stdint.h>

#include "collector/conf/collector_conf.h"
#include "tests/scenario/scenario.h"

enum { LINES_MAX = 400, WORDS_MAX = 40, START_S = 1795485600 }; /* 2026-11-24T02:00Z */

struct line {
	double at_s;
	char loose; /* which mark it has */
	char text[240];
};

/* scenario_script.c. `more` is added to the three centres, or stands for them: "sites: …". */
struct collector_conf *scenario_conf(const char *more);
size_t scenario_read(const char *script, struct line *lines);
/* The loose lines that stand together keep their times and change their texts. */
void scenario_shuffle(struct line *lines, size_t n, uint32_t seed);
char *scenario_timeline(const struct collector_conf *conf, const struct line *lines, size_t n);
size_t scenario_words(char *text, char *words[WORDS_MAX]);

/* scenario_check.c. `how` names the run in what is told. */
extern unsigned scenario_failures;
bool scenario_expect(bool good, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void scenario_check(const struct scenario *s, const char *out, const char *how);

#endif
