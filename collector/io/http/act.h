/* act.h - private to http/: what the handlers of people's acts share. */
#ifndef LW_ACT_H
#define LW_ACT_H

#include "collector/io/http/request.h"

/* api_act.c: who acts (false: it has replied), and that it happened: to the store's log and every
 * page. Takes data; returns the event. */
bool act_by(struct request *q, const char **ret);
json_t *act_happened(struct request *q, const char *type, uint32_t entity, json_t *data);

/* The engine was told something: its effects are to be carried out. */
void act_engine_changed(struct request *q);

/* api_alarms.c: an incident with its reason in the language that was asked for. */
json_t *in_words(const struct request *q, json_t *incident);

#endif
