/* What upsd sends: lines, and the variables in them. */
#include <assert.h>
#include <string.h>

#include "agent/core/nut.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void feed(struct nut_state *s, char *line)
{
	struct nut_line l;

	if (nut_line_split(&l, line) < 0)
		return;
	assert(l.n <= NUT_WORDS_MAX);
	if (l.n == 4 && strcmp(l.words[0], "VAR") == 0)
		nut_state_var(s, l.words[2], l.words[3]);
	if (l.n >= 2)
		(void)nut_error_find(l.words[1]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct nut_state s;
	char line[NUT_LINE_MAX];
	size_t n = 0;

	nut_state_init(&s);
	for (size_t i = 0; i < size; i++) {
		if (data[i] == '\n') {
			line[n] = '\0';
			feed(&s, line);
			n = 0;
		} else if (n < sizeof line - 1 && data[i] != '\0') {
			line[n++] = (char)data[i];
		}
	}
	assert(s.n <= NUT_READINGS_MAX);
	for (size_t i = 0; i < s.n; i++)
		assert(s.readings[i].reason != REASON_GOOD ||
		       metric_by_id(s.readings[i].metric)->kind != METRIC_GAUGE ||
		       metric_in_range(metric_by_id(s.readings[i].metric), s.readings[i].value));
	return 0;
}
