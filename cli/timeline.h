/* timeline.h - what happened, in sentences: the same words as the page has for it. */
#ifndef LW_TIMELINE_H
#define LW_TIMELINE_H

#include <jansson.h>

#include "cli/say.h"

/* Events of the API's log, a line each: time, mark, sentence. */
void show_timeline(const struct cli *cli, const json_t *events);

#endif
