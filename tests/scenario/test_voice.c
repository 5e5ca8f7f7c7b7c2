#include "tests/scenario/scenario.h"

static const struct scenario scenarios[] = {
	{ "the PBX crashes and its phones are heard of first", NULL,
	  "~126.8 report hanoi/phone-02 sip.registered=0\n"
	  "~126.9 report hanoi/phone-04 sip.registered=0\n"
	  "~128.4 report hanoi/phone-03 sip.registered=0\n"
	  "~131 reach hanoi/pbx-1 no\n"
	  "~131.7 report hanoi/phone-01 sip.registered=0\n"
	  "185 ack 1 lan\n"
	  "1025 reach hanoi/pbx-1 yes\n"
	  "~1031 report hanoi/phone-01 sip.registered=1\n"
	  "~1032 report hanoi/phone-02 sip.registered=1\n"
	  "~1033 report hanoi/phone-03 sip.registered=1\n"
	  "~1034 report hanoi/phone-04 sip.registered=1\n"
	  "2500 end\n",
	  "incidents 1\nroot hanoi/pbx-1/unreachable\nin hanoi/pbx-1/unreachable "
	  "hanoi/phone-01/unregistered\nin hanoi/pbx-1/unreachable hanoi/phone-02/unregistered\n"
	  "in hanoi/pbx-1/unreachable hanoi/phone-03/unregistered\n"
	  "in hanoi/pbx-1/unreachable hanoi/phone-04/unregistered\nin hanoi/pbx-1/unreachable "
	  "hanoi/dark\ncapacity hanoi dark\nends hanoi full\npages opened 1\npages worse 0\n"
	  "pages resolved 1\npages escalated 0\nclosed hanoi/pbx-1/unreachable\n"
	  "down hanoi 880 920\n" },
	{ "the PBX does not answer for six seconds: nobody is woken", NULL,
	  "120 reach hanoi/pbx-1 no\n"
	  "126 reach hanoi/pbx-1 yes\n"
	  "600 end\n",
	  "incidents 0\nnobody paged\ndown hanoi/pbx-1 6 6\nends hanoi full\n" },
	{ "it recovers while the page is being settled", NULL,
	  "120 reach hanoi/pbx-1 no\n"
	  "129 reach hanoi/pbx-1 yes\n"
	  "600 end\n",
	  "nobody paged\nincidents 0\nends hanoi full\n" },
	{ "all phones are gone, the PBX says it is well", NULL,
	  "~120 report hanoi/phone-01 sip.registered=0\n"
	  "~121 report hanoi/phone-02 sip.registered=0\n"
	  "~122 report hanoi/phone-03 sip.registered=0\n"
	  "~123 report hanoi/phone-04 sip.registered=0\n"
	  "600 end\n",
	  "raised hanoi/dark by 135\npages opened 1\nroot hanoi/dark\n"
	  "in hanoi/dark hanoi/phone-01/unregistered\nincidents 1\nends hanoi dark\n" },
	{ "all phones are gone in the same moment: still one incident of the centre", NULL,
	  "~120 report hanoi/phone-03 sip.registered=0\n"
	  "~120 report hanoi/phone-01 sip.registered=0\n"
	  "~120 report hanoi/phone-04 sip.registered=0\n"
	  "~120 report hanoi/phone-02 sip.registered=0\n"
	  "600 end\n",
	  "raised hanoi/dark by 130\npages opened 1\nroot hanoi/dark\nincidents 1\n"
	  "in hanoi/dark hanoi/phone-01/unregistered\nin hanoi/dark hanoi/phone-04/unregistered\n"
	  "text opened Không nhận được: 01 (phone-01), 02 (phone-02)\n"
	  "why hanoi/dark phone-01…04: Phone not registered with the PBX — because Hà Nội: Centre "
	  "dark since 09:02:00\n" },
	{ "the PBX itself counts fewer registrations", NULL,
	  "~120 report hanoi/pbx-1 pbx.registered_endpoints=0\n"
	  "~121 report hanoi/phone-01 sip.registered=0\n"
	  "~122 report hanoi/phone-02 sip.registered=0\n"
	  "600 end\n",
	  "raised hanoi/pbx-1/registrations_dropped by 132\nincidents 1\n"
	  "root hanoi/pbx-1/registrations_dropped\n"
	  "in hanoi/pbx-1/registrations_dropped hanoi/phone-02/unregistered\npages opened 1\n" },
	{ "one headset is unplugged: a warning, nobody is paged", NULL,
	  "231 report angiang/ws-02-headset headset.present=0\n"
	  "1431 end\n",
	  "raised angiang/ws-02-headset/missing by 246\n"
	  "severity angiang/ws-02-headset/missing warning\nready angiang 3\n"
	  "capacity angiang degraded\nlimiting angiang angiang/ws-02-headset\nnobody paged\n"
	  "incidents 1\nin angiang/ws-02-headset/missing angiang/ws-02-headset/missing\n" },
	{ "headsets go one by one until the centre is below its minimum", NULL,
	  "~120 report angiang/ws-01-headset headset.present=0\n"
	  "~300 report angiang/ws-02-headset headset.present=0\n"
	  "~480 report angiang/ws-03-headset headset.present=0\n"
	  "900 end\n",
	  "raised angiang/below_minimum by 495\nseverity angiang/below_minimum critical\n"
	  "root angiang/below_minimum\npages opened 1\npage opened after 480\n"
	  "capacity angiang critical\n" },
	{ "three headsets at once are one incident of the centre", NULL,
	  "~120 report angiang/ws-01-headset headset.present=0\n"
	  "~121 report angiang/ws-02-headset headset.present=0\n"
	  "~122 report angiang/ws-03-headset headset.present=0\n"
	  "700 report angiang/ws-01-headset headset.present=1\n"
	  "1200 end\n",
	  "incidents 1\nroot angiang/below_minimum\nin angiang/below_minimum "
	  "angiang/ws-01-headset/missing\nin angiang/below_minimum "
	  "angiang/ws-03-headset/missing\npages opened 1\nends angiang degraded\n" },
	{ "a service goes down and comes back", NULL,
	  "120 report qms service.up=0\n"
	  "400 report qms service.up=1\n"
	  "1000 end\n",
	  "raised qms/down by 130\nincidents 1\nroot qms/down\nends hanoi full\ndown qms 280 280\n"
	  "closed qms/down\n" },
	{ "a service whose rule was made critical pages in its own time",
	  "rules:\n  - {code: down, class: service, severity: critical, hold: 5s}\n",
	  "120 report qms service.up=0\n"
	  "600 end\n",
	  "severity qms/down critical\nraised qms/down by 125\npages opened 1\n" },
	{ "a rule of one's own",
	  "rules:\n  - {code: too_warm, class: workstation, metric: host.temperature_celsius, "
	  "above: 80, clear: 70, hold: 10s, severity: minor, text: {vi: Máy nóng, en: Hot}}\n",
	  "120 report hanoi/ws-01 host.temperature_celsius=60\n"
	  "180 report hanoi/ws-01 host.temperature_celsius=85\n"
	  "300 report hanoi/ws-01 host.temperature_celsius=75\n"
	  "400 report hanoi/ws-01 host.temperature_celsius=65\n"
	  "900 end\n",
	  "raised hanoi/ws-01/too_warm after 190\ncleared hanoi/ws-01/too_warm after 400\n"
	  "nobody paged\n" },
	{ "every line of the PBX is taken", NULL,
	  "120 report hanoi/pbx-1 pbx.calls_active=30 pbx.calls_limit=30\n"
	  "300 report hanoi/pbx-1 pbx.calls_active=12 pbx.calls_limit=30\n"
	  "900 end\n",
	  "raised hanoi/pbx-1/calls_full by 131\ncleared hanoi/pbx-1/calls_full\npages opened 1\n"
	  "ends hanoi full\n" },
};

int main(void)
{
	return scenario_main(scenarios, sizeof scenarios / sizeof *scenarios);
}
