#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "collector/conf/collector_conf.h"

#define SITE                                                                                       \
	"sites:\n"                                                                                 \
	"  - id: danang\n"                                                                         \
	"    minimum_seats: 1\n"                                                                   \
	"    power: [ups-1]\n"                                                                     \
	"    pbx: [pbx-1]\n"                                                                       \
	"    seats:\n"                                                                             \
	"      - {id: \"01\", workstation: ws-01, headset: h-01, phone: p-01}\n"                   \
	"    devices:\n"                                                                           \
	"      - {id: ups-1, class: ups, agent: gw}\n"                                             \
	"      - {id: pbx-1, class: pbx, agent: gw, depends_on: [ups-1]}\n"                        \
	"      - {id: ws-01, class: workstation, agent: ws-01}\n"                                  \
	"      - {id: h-01, class: headset, agent: ws-01}\n"                                       \
	"      - {id: p-01, class: phone, agent: gw}\n"
#define LAN "people:\n  - {id: lan, email: lan@example.vn}\n"

/* What the loader says of a text; "" when nothing is wrong. To be freed. */
static char *mistakes(const char *text)
{
	struct collector_conf *conf = NULL;
	char *said;
	size_t len;
	FILE *f = open_memstream(&said, &len);
	int r = collector_conf_load_text(&conf, "c.yaml", text, strlen(text), f);

	fclose(f);
	cr_assert_geq(r, 0);
	cr_expect_eq(r == 0, said[0] == '\0', "%s", said);
	collector_conf_free(conf);
	return said;
}

static const struct {
	const char *sentence, *text, *says;
} cases[] = {
	{ "a whole file is right", SITE LAN, "" },
	{ "what was received cannot be forgotten before a journal is empty",
	  SITE LAN "store:\n  path: x\n  keep_outbox: 30d\n  keep_ranges: 3d\n",
	  "c.yaml:19: keep_ranges: wants at least 14d" },
	{ "an unknown class is named with its line",
	  "sites:\n  - id: a\n    devices:\n      - {id: x, class: toaster}\n",
	  "c.yaml:4: class: \"toaster\" is no class" },
	{ "what does not exist cannot be depended on",
	  "sites:\n  - id: a\n    devices:\n      - {id: x, class: ups, depends_on: [y]}\n",
	  "c.yaml:4: depends_on: \"y\" is no device" },
	{ "a circle of dependencies is refused",
	  "sites:\n  - id: a\n    devices:\n      - {id: x, class: pbx, depends_on: [y]}\n"
	  "      - {id: y, class: pbx, depends_on: [x]}\n",
	  "c.yaml:5: depends_on: a/y needs itself in the end" },
	{ "the circle is named, not what stands behind it",
	  "sites:\n  - id: a\n    power: [u]\n    devices:\n"
	  "      - {id: u, class: ups, depends_on: [p]}\n      - {id: p, class: pbx, depends_on: "
	  "[u]}\n",
	  "c.yaml:5: depends_on: a/u needs itself in the end" },
	{ "what nobody could write to is no address",
	  SITE "people:\n  - {id: lan, email: lan, phone: 12-34}\n",
	  "c.yaml:15: email: \"lan\": wants an address" },
	{ "two devices cannot share an id",
	  "sites:\n  - id: a\n    devices:\n      - {id: x, class: ups}\n"
	  "      - {id: x, class: ups}\n",
	  "c.yaml:5: id: there is a device \"a/x\" already" },
	{ "a person who cannot be reached is refused", SITE "people:\n  - {id: lan}\n",
	  "c.yaml:15: id: lan cannot be reached" },
	{ "the rota names people that are there", SITE LAN "oncall:\n  rotation: {people: [bob]}\n",
	  "people: \"bob\" is nobody" },
	{ "a window ends after it begins",
	  SITE LAN "maintenance:\n  - {id: m, target: danang/01, from: \"2026-11-22T03:00Z\", "
		   "until: \"2026-11-22T02:00Z\"}\n",
	  "until: lies before from" },
	{ "a swap that lies backwards",
	  SITE LAN "oncall:\n  swaps:\n    - {person: lan, from: \"2026-11-22T03:00Z\", until: "
		   "\"2026-11-22T02:00Z\"}\n",
	  "until: lies before from" },
	{ "a holiday needs people who exist",
	  SITE LAN "oncall:\n  holidays:\n    - {name: Tet, from: \"2027-02-05T08:00Z\", until: "
		   "\"2027-02-12T08:00Z\", people: [bob]}\n",
	  "people: \"bob\" is nobody" },
	{ "a holiday needs somebody",
	  SITE LAN "oncall:\n  holidays:\n    - {name: Tet, from: \"2027-02-05T08:00Z\", until: "
		   "\"2027-02-12T08:00Z\"}\n",
	  "name: wants people" },
	{ "a new rule needs a condition", SITE LAN "rules:\n  - {code: odd, class: ups}\n",
	  "code: \"odd\" is a new code" },
	{ "a limit is cleared on its good side",
	  SITE LAN "rules:\n  - {code: warm, class: ups, metric: battery.temperature_celsius, "
		   "above: 40, clear: 45}\n",
	  "clear: 45 lies beyond the limit of 40" },
	{ "more seats cannot be asked for than there are",
	  "sites:\n  - id: a\n    minimum_seats: 3\n", "minimum_seats: is 3, but the site has 0" },
	{ "a centre stands somewhere", "sites:\n  - id: a\n    location: [16.05, 108.21]\n", "" },
	{ "a centre does not stand beyond the pole",
	  "sites:\n  - id: a\n    location: [108.21, 16.05]\n", "c.yaml:3: location: is no place" },
	{ "a place has two numbers", "sites:\n  - id: a\n    location: [16.05]\n",
	  "c.yaml:3: location: is no place" },
};

Test(collector_conf, every_mistake_is_told_with_its_line)
{
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char *said = mistakes(cases[i].text);

		if (cases[i].says[0] == '\0')
			cr_expect_str_empty(said, "%s: %s", cases[i].sentence, said);
		else
			cr_expect(strstr(said, cases[i].says) != NULL, "%s: %s", cases[i].sentence,
				  said);
		free(said);
	}
}

Test(collector_conf, all_mistakes_of_value_are_told_at_once)
{
	char *said = mistakes("sites:\n  - id: a\n    power: [u]\n    uplink: r\n    pbx: [p]\n");
	unsigned lines = 0;

	for (const char *c = said; *c != '\0'; c++)
		lines += *c == '\n';
	cr_expect_eq(lines, 3, "%s", said);
	free(said);
}

Test(collector_conf, a_seat_hangs_on_its_parts_and_its_centre)
{
	struct collector_conf *c = NULL;
	const char *text = SITE LAN;

	cr_assert_eq(collector_conf_load_text(&c, "c.yaml", text, strlen(text), stderr), 0);
	const struct topology *t = &c->topology;
	uint32_t phone = topology_find(t, ENTITY_DEVICE, "danang/p-01");
	uint32_t agent = topology_find(t, ENTITY_AGENT, "danang/ws-01");

	cr_assert_neq(phone, NO_ENTITY);
	cr_assert_neq(agent, NO_ENTITY);
	cr_expect_eq(t->entities[phone].seat, 0);
	cr_expect_eq(t->entities[agent].seat, 0);
	cr_assert_eq(t->entities[phone].n_needs, 1);
	cr_expect_eq(t->entities[phone].needs[0].any[0],
		     topology_find(t, ENTITY_DEVICE, "danang/pbx-1"));
	collector_conf_free(c);
}
