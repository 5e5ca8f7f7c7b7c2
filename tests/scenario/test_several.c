#include "tests/scenario/scenario.h"

static const struct scenario scenarios[] = {
	{ "two faults in two centres are two incidents", NULL,
	  "~120 report danang/ups-1 ups.status=on_battery\n"
	  "~121 reach hanoi/pbx-1 no\n"
	  "900 end\n",
	  "incidents 2\nroot danang/ups-1/on_battery\nroot hanoi/pbx-1/unreachable\n"
	  "pages opened 2\n" },
	{ "two faults in one centre stay apart", NULL,
	  "~120 report danang/ups-1 ups.status=on_battery\n"
	  "~121 reach danang/pbx-1 no\n"
	  "900 end\n",
	  "incidents 2\nroot danang/ups-1/on_battery\nroot danang/pbx-1/unreachable\n"
	  "pages opened 2\nin danang/pbx-1/unreachable danang/dark\n" },
	{ "a headset and the mains of one centre stay apart", NULL,
	  "~120 report danang/ups-1 ups.status=on_battery\n"
	  "~121 report danang/ws-01-headset headset.present=0\n"
	  "900 end\n",
	  "incidents 2\nroot danang/ups-1/on_battery\nroot danang/ws-01-headset/missing\n"
	  "pages opened 1\npages worse 0\n" },
	{ "two lines are cut", NULL,
	  "~120 site danang silence\n"
	  "~122 site angiang silence\n"
	  "900 end\n",
	  "incidents 2\nroot danang/isolated\nroot angiang/isolated\npages opened 2\nnever "
	  "broker/lost\n" },
	{ "a phone is broken long before the PBX crashes", NULL,
	  "120 report hanoi/phone-01 sip.registered=0\n"
	  "800 reach hanoi/pbx-1 no\n"
	  "1500 end\n",
	  "incidents 2\nroot hanoi/phone-01/unregistered\nroot hanoi/pbx-1/unreachable\n"
	  "pages opened 1\n" },
	{ "a phone is told of before the PBX is: one incident that grows", NULL,
	  "120 report hanoi/phone-01 sip.registered=0\n"
	  "150 reach hanoi/pbx-1 no\n"
	  "900 end\n",
	  "incidents 1\nroot hanoi/pbx-1/unreachable\nin hanoi/pbx-1/unreachable "
	  "hanoi/phone-01/unregistered\npages opened 1\n" },
	{ "people were told of the centre before its cause was seen: their incident goes on", NULL,
	  "120 report hanoi/phone-01 sip.registered=0\n"
	  "130 report hanoi/phone-02 sip.registered=0\n"
	  "140 report hanoi/phone-03 sip.registered=0\n"
	  "150 report hanoi/phone-04 sip.registered=0\n"
	  "170 reach hanoi/pbx-1 no\n"
	  "190 ack 3 lan\n"
	  "900 end\n",
	  "root hanoi/pbx-1/unreachable\nin hanoi/pbx-1/unreachable hanoi/dark\n"
	  "in hanoi/pbx-1/unreachable hanoi/phone-01/unregistered\npages opened 1\n"
	  "pages escalated 0\nopen hanoi/pbx-1/unreachable\n" },
	{ "planned work on the UPS: seen, and nobody paged",
	  "maintenance:\n  - {id: m1, target: danang/ups-1, from: \"2026-11-24T02:01:40Z\", "
	  "until: \"2026-11-24T02:10:00Z\", reason: battery swap}\n",
	  "120 report danang/ups-1 ups.status=on_battery\n"
	  "400 report danang/ups-1 ups.status=online\n"
	  "1200 end\n",
	  "raised danang/ups-1/on_battery\nnobody paged\nplanned danang/ups-1 500 500\n"
	  "planned danang/pbx-1 0 0\n" },
	{ "phones behind a PBX that is being worked on are planned with it, not down",
	  "maintenance:\n  - {id: m1, target: danang/pbx-1, from: \"2026-11-24T02:01:40Z\", "
	  "until: \"2026-11-24T02:10:00Z\", reason: upgrade}\n",
	  "~120 reach danang/pbx-1 no\n"
	  "~122 report danang/phone-01 sip.registered=0\n"
	  "~122 report danang/phone-02 sip.registered=0\n"
	  "400 reach danang/pbx-1 yes\n"
	  "410 report danang/phone-01 sip.registered=1\n"
	  "1200 report danang/phone-02 sip.registered=1\n"
	  "1500 end\n",
	  "planned danang/pbx-1 500 500\nplanned danang/phone-01 275 282\n"
	  "down danang/phone-01 8 14\nplanned danang/phone-03 0 0\ndown danang/phone-03 0 0\n"
	  "down danang/phone-02 798 804\n" },
	{ "a headset that is unplugged while the PBX is worked on is down: the work does not "
	  "explain it",
	  "maintenance:\n  - {id: m1, target: danang/pbx-1, from: \"2026-11-24T02:01:40Z\", "
	  "until: \"2026-11-24T02:10:00Z\", reason: upgrade}\n",
	  "120 reach danang/pbx-1 no\n"
	  "200 report danang/ws-01-headset headset.present=0\n"
	  "500 end\n",
	  "planned danang/ws-01-headset 0 0\ndown danang/ws-01-headset 298 302\n" },
	{ "behind a UPS that is off for work and the switch it feeds, what does not answer is "
	  "planned",
	  "maintenance:\n  - {id: m1, target: danang/ups-1, from: \"2026-11-24T02:01:40Z\", "
	  "until: \"2026-11-24T02:20:00Z\"}\n",
	  "~120 report danang/ups-1 ups.status=off\n"
	  "~121 reach danang/pbx-1 no\n"
	  "~121 report danang/phone-01 sip.registered=0\n"
	  "900 end\n",
	  "planned danang/pbx-1 775 782\nplanned danang/phone-01 775 782\n" },
	{ "planned work ends and it is still bad: told then",
	  "maintenance:\n  - {id: m1, target: danang/ups-1, from: \"2026-11-24T02:01:40Z\", "
	  "until: \"2026-11-24T02:10:00Z\", reason: battery swap}\n",
	  "120 report danang/ups-1 ups.status=on_battery\n"
	  "1200 end\n",
	  "pages opened 1\npage opened after 600\npage opened by 605\nincidents 1\n" },
	{ "planned work of a seat is nobody's fault",
	  "maintenance:\n  - {id: m1, target: danang/01, from: \"2026-11-24T02:01:40Z\", "
	  "until: \"2026-11-24T02:10:00Z\"}\n",
	  "120 report danang/ws-01-headset headset.present=0\n"
	  "1200 end\n",
	  "nobody paged\nplanned danang/ws-01-headset 500 500\nplanned danang/phone-01 500 500\n" },
	{ "planned work of a whole centre",
	  "maintenance:\n  - {id: m1, target: danang, from: \"2026-11-24T02:01:40Z\", "
	  "until: \"2026-11-24T02:10:00Z\"}\n",
	  "120 reach danang/pbx-1 no\n"
	  "500 reach danang/pbx-1 yes\n"
	  "1200 end\n",
	  "nobody paged\nplanned danang 500 500\nplanned danang/pbx-1 500 500\nends danang "
	  "full\n" },
	{ "planned work on a UPS that takes the whole centre down is told",
	  "maintenance:\n  - {id: m1, target: danang/ups-1, from: \"2026-11-24T02:01:40Z\", "
	  "until: \"2026-11-24T02:20:00Z\"}\n",
	  "~120 report danang/ups-1 ups.status=off\n"
	  "~121 reach danang/pbx-1 no\n"
	  "900 end\n",
	  "raised danang/dark\npages opened 1\nincidents 1\n" },
	{ "a fault long after another one is over and forgotten is an incident of its own", NULL,
	  "120 report danang/ups-1 ups.status=on_battery battery.charge_percent=90\n"
	  "300 report danang/ups-1 ups.status=online\n"
	  "3000 report danang/ups-1 ups.status=on_battery battery.charge_percent=90\n"
	  "3060 end\n",
	  "incidents 2\npages opened 2\npages resolved 1\n" },
	{ "an incident gets worse and comes back better", NULL,
	  "120 report danang/ups-1 ups.status=on_battery\n"
	  "140 ack 1 lan\n"
	  "300 report danang/ups-1 ups.status=off\n"
	  "301 reach danang/pbx-1 no\n"
	  "600 report danang/ups-1 ups.status=online\n"
	  "601 reach danang/pbx-1 yes\n"
	  "1500 end\n",
	  "incidents 1\nroot danang/ups-1/on_battery\nin danang/ups-1/on_battery "
	  "danang/ups-1/output_off\nin danang/ups-1/on_battery danang/dark\npages opened 1\n"
	  "told lan worse\npages resolved 1\nends danang full\nclosed danang/ups-1/on_battery\n" },
	{ "who had it was told that it is worse and said nothing: nobody has it then", NULL,
	  "120 report danang/ups-1 ups.status=on_battery\n"
	  "140 ack 1 lan\n"
	  "300 report danang/ups-1 ups.status=low_battery\n"
	  "2400 end\n",
	  "pages worse 1\ntext worse Lan đang xử lý\ntext worse Nay: Pin UPS sắp hết "
	  "(danang/ups-1)\npages escalated 1\npage escalated after 2100\n"
	  "text escalated Không ai nhận trước\n" },
	{ "an acknowledgement stops the escalation for good", NULL,
	  "120 reach hanoi/pbx-1 no\n"
	  "450 ack 1 minh\n"
	  "3000 end\n",
	  "pages opened 1\npages escalated 1\ntold minh escalated\nopen "
	  "hanoi/pbx-1/unreachable\n" },
};

int main(void)
{
	return scenario_main(scenarios, sizeof scenarios / sizeof *scenarios);
}
