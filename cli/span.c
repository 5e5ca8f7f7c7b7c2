#include "cli/span.h"

#include <time.h>

#include "cli/say.h"

bool span_option(struct span_wish *w, int option, const char *text)
{
	if (option == 'F')
		return (w->from_ms = time_parse(text)) > 0;
	if (option == 'U')
		return (w->until_ms = time_parse(text)) > 0;
	if (option == 'D')
		return (w->for_s = span_parse(text)) > 0;
	return true;
}

static void set_time(json_t *body, const char *name, int64_t unix_ms)
{
	time_t t = (time_t)(unix_ms / 1000);
	struct tm tm;
	char text[32];

	if (gmtime_r(&t, &tm) == NULL ||
	    strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
		return;
	(void)json_object_set_new(body, name, json_string(text));
}

bool span_into(const struct span_wish *w, json_t *body)
{
	int64_t from = w->from_ms > 0 ? w->from_ms : (int64_t)time(NULL) * 1000;

	if ((w->until_ms == 0) == (w->for_s == 0))
		return false;
	if (w->from_ms > 0)
		set_time(body, "from", from);
	set_time(body, "until", w->until_ms > 0 ? w->until_ms : from + w->for_s * 1000);
	return true;
}
