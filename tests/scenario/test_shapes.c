#include "tests/scenario/scenario.h"

/* Two of everything in one centre; the other one calls through the first one's PBX. */
#define TWO_CENTRES                                                                                \
	"sites:\n"                                                                                 \
	"  - id: a\n    name: Trung tâm A\n    minimum_seats: 2\n    power: [ups-1, ups-2]\n"     \
	"    uplink: router-1\n    pbx: [pbx-1, pbx-2]\n    seats:\n"                              \
	"      - {id: \"01\", workstation: ws-01, phone: ph-01}\n"                                 \
	"      - {id: \"02\", workstation: ws-02, phone: ph-02}\n"                                 \
	"      - {id: \"03\", workstation: ws-03}\n    devices:\n"                                 \
	"      - {id: ups-1, class: ups, agent: gw}\n"                                             \
	"      - {id: ups-2, class: ups, agent: gw}\n"                                             \
	"      - {id: sw-1, class: network, agent: gw, depends_on_any: [{any: [ups-1, ups-2]}]}\n" \
	"      - {id: router-1, class: network, agent: gw, depends_on: [ups-1]}\n"                 \
	"      - {id: pbx-1, class: pbx, agent: gw, depends_on: [sw-1, ups-1]}\n"                  \
	"      - {id: pbx-2, class: pbx, agent: gw, depends_on: [sw-1, ups-2]}\n"                  \
	"      - {id: ws-01, class: workstation, agent: ws-01}\n"                                  \
	"      - {id: ws-02, class: workstation, agent: ws-02}\n"                                  \
	"      - {id: ws-03, class: workstation, agent: ws-03}\n"                                  \
	"      - {id: ph-01, class: phone, agent: gw}\n"                                           \
	"      - {id: ph-02, class: phone, agent: gw}\n"                                           \
	"  - id: b\n    name: Trung tâm B\n    minimum_seats: 1\n    power: [ups-1]\n"            \
	"    uplink: router-1\n    pbx: [a/pbx-1]\n    seats:\n"                                   \
	"      - {id: \"01\", workstation: ws-01}\n"                                               \
	"      - {id: \"02\", workstation: ws-02}\n    devices:\n"                                 \
	"      - {id: ups-1, class: ups, agent: gw}\n"                                             \
	"      - {id: router-1, class: network, agent: a/gw}\n"                                    \
	"      - {id: ws-01, class: workstation, agent: ws-01}\n"                                  \
	"      - {id: ws-02, class: workstation, agent: ws-02}\n"                                  \
	"services:\n"                                                                              \
	"  - {id: db, name: Case DB, class: service, agent: a/gw, needed_for_seats: true}\n"       \
	"  - {id: app, name: App 111, class: service, agent: a/gw, depends_on: [db]}\n"            \
	"  - {id: qms, name: QMS, class: service, agent: b/gw}\n"

static const struct scenario scenarios[] = {
	{ "a service that seats cannot do without takes every centre with it", TWO_CENTRES,
	  "~120 report db service.up=0\n"
	  "~120 report app service.up=0\n"
	  "600 report db service.up=1\n"
	  "600 report app service.up=1\n"
	  "1200 end\n",
	  "raised db/down by 129\ncapacity a dark\ncapacity b dark\nlimiting a db\nlimiting b db\n"
	  "raised a/dark\nraised b/dark\nincidents 1\nroot db/down\nin db/down a/dark\n"
	  "in db/down b/dark\nin db/down app/down\npages opened 1\npages resolved 2\nends a full\n"
	  "ends b full\nclosed db/down\ndown a 480 480\ndown b 480 480\ndown db 480 480\n" },
	{ "a service that is only useful takes no seat", TWO_CENTRES,
	  "120 report qms service.up=0\n"
	  "600 end\n",
	  "raised qms/down\nincidents 1\npages opened 1\nends a full\nends b full\n"
	  "never a/dark\nnever b/dark\ndown a 0 0\n" },
	{ "a needed service that nobody can ask any more is unknown, not down", TWO_CENTRES,
	  "120 silence a/gw\n"
	  "600 end\n",
	  "raised a/gw/lost by 136\nnever db/down\nnever db/unreachable\nnever b/dark\n"
	  "down db 0 0\nunknown db 480 500\nincidents 1\n" },
	{ "one PBX of two: the centre that has the other goes on, the one that shares it is dark",
	  TWO_CENTRES,
	  "120 reach a/pbx-1 no\n"
	  "600 reach a/pbx-1 yes\n"
	  "1200 end\n",
	  "ends a full\nnever a/dark\ncapacity b dark\nlimiting b a/pbx-1\nraised b/dark by 129\n"
	  "incidents 1\nroot a/pbx-1/unreachable\nin a/pbx-1/unreachable b/dark\npages opened 1\n"
	  "ends b full\ndown b 480 480\ndown a 0 0\n" },
	{ "the switch that both PBXs need is dead: they are unknown behind it", TWO_CENTRES,
	  "~120 reach a/pbx-1 no\n"
	  "~120 reach a/pbx-2 no\n"
	  "~120 reach a/sw-1 no\n"
	  "~120 report a/ph-01 sip.registered=0\n"
	  "~120 report a/ph-02 sip.registered=0\n"
	  "600 end\n",
	  "incidents 1\nroot a/sw-1/unreachable\nin a/sw-1/unreachable a/pbx-1/unreachable\n"
	  "in a/sw-1/unreachable a/ph-02/unregistered\npages opened 1\ndown a/pbx-1 0 0\n"
	  "unknown a/pbx-1 470 482\ndown a/sw-1 480 480\n" },
	{ "a centre's router is seen dead by another centre: one incident, its devices unknown",
	  TWO_CENTRES,
	  "~120 reach b/router-1 no\n"
	  "~120 site b silence\n"
	  "900 end\n",
	  "incidents 1\nroot b/router-1/unreachable\nin b/router-1/unreachable b/isolated\n"
	  "in b/router-1/unreachable b/gw/lost\npages opened 1\nends b unknown\ndown b 0 0\n"
	  "down b/ups-1 0 0\nunknown b/ups-1 770 790\nends a full\n" },
	{ "a router that does not answer while the centre behind it talks is only itself",
	  TWO_CENTRES,
	  "120 reach b/router-1 no\n"
	  "600 end\n",
	  "incidents 1\nroot b/router-1/unreachable\nnever b/isolated\nends b full\n"
	  "down b/router-1 480 480\nunknown b/ws-01 0 2\nunknown b 0 2\n" },
	{ "one UPS of two is off: what hangs on the other goes on", TWO_CENTRES,
	  "~120 report a/ups-2 ups.status=off\n"
	  "~120 reach a/pbx-2 no\n"
	  "600 end\n",
	  "incidents 1\nroot a/ups-2/output_off\nin a/ups-2/output_off a/pbx-2/unreachable\n"
	  "pages opened 1\nends a full\nnever a/dark\n" },
};

int main(void)
{
	return scenario_main(scenarios, sizeof scenarios / sizeof *scenarios);
}
