/* The lines of a timeline, as anything at all. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/replay.h"

static const char config[] = "sites:\n"
			     "  - id: a\n"
			     "    minimum_seats: 1\n"
			     "    power: [u]\n"
			     "    pbx: [p]\n"
			     "    seats:\n"
			     "      - {id: s, workstation: w, headset: h, phone: t}\n"
			     "    devices:\n"
			     "      - {id: u, class: ups, agent: gw}\n"
			     "      - {id: p, class: pbx, agent: gw, depends_on: [u]}\n"
			     "      - {id: w, class: workstation, agent: w, depends_on: [u]}\n"
			     "      - {id: h, class: headset, agent: w}\n"
			     "      - {id: t, class: phone, agent: gw, depends_on: [p]}\n"
			     "people:\n"
			     "  - {id: lan, email: lan@example.vn}\n";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct collector_conf *conf;
	static struct topology *t;
	struct replay_event *e = calloc(1, sizeof *e);
	char why[REPLAY_ERROR];

	if (conf == NULL) {
		if (collector_conf_load_text(&conf, "fuzz.yaml", config, strlen(config), stderr) !=
		    0)
			abort();
		t = &conf->topology;
	}
	for (size_t from = 0, n; e != NULL && from < size; from += n + 1) {
		const uint8_t *end = memchr(data + from, '\n', size - from);

		n = end != NULL ? (size_t)(end - data) - from : size - from;
		if (replay_parse(e, (const char *)data + from, n, t, why) == 0)
			json_decref(e->json);
	}
	free(e);
	return 0;
}
