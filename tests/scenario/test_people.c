#include "tests/scenario/scenario.h"

static const struct scenario scenarios[] = {
	{ "a UPS that was silenced before its mains fail wakes nobody, and is shown all the same",
	  NULL,
	  "60 mute danang/ups-1 lan 3600\n"
	  "120 report danang/ups-1 ups.status=on_battery battery.charge_percent=90\n"
	  "1800 report danang/ups-1 ups.status=online\n"
	  "4000 end\n",
	  "raised danang/ups-1/on_battery by 124\nincidents 1\nnobody paged\n"
	  "closed danang/ups-1/on_battery major\n" },
	{ "what still stands when the silence ends is told then, once", NULL,
	  "60 mute danang/ups-1 lan 600\n"
	  "120 report danang/ups-1 ups.status=on_battery battery.charge_percent=90\n"
	  "800 ack 1 lan\n"
	  "1800 report danang/ups-1 ups.status=online\n"
	  "4000 end\n",
	  "incidents 1\npages opened 1\npage opened after 599\npage opened by 602\n"
	  "pages resolved 1\n" },
	{ "a silence of one code says nothing about the others", NULL,
	  "60 mute danang/ups-1 lan 3600 overload\n"
	  "120 report danang/ups-1 ups.status=on_battery battery.charge_percent=90\n"
	  "600 end\n",
	  "pages opened 1\npage opened by 140\n" },
	{ "a silence of one thing says nothing about the same thing elsewhere", NULL,
	  "60 mute danang/ups-1 lan 3600\n"
	  "120 report angiang/ups-1 ups.status=on_battery battery.charge_percent=90\n"
	  "600 end\n",
	  "pages opened 1\npage opened by 140\n" },
	{ "a shelved alarm that clears and comes again stays shelved", NULL,
	  "120 report danang/ups-1 ups.status=on_battery battery.charge_percent=90\n"
	  "130 ack 1 lan\n"
	  "200 mute danang/ups-1 lan 7200 on_battery\n"
	  "300 report danang/ups-1 ups.status=online\n"
	  "2000 report danang/ups-1 ups.status=on_battery battery.charge_percent=90\n"
	  "4000 report danang/ups-1 ups.status=online\n"
	  "7500 end\n",
	  "incidents 2\npages opened 1\npage opened by 140\n" },
	{ "silenced while people are being called: nobody more is, until it ends", NULL,
	  "120 report danang/ups-1 ups.status=on_battery battery.charge_percent=90\n"
	  "200 mute danang/ups-1 lan 3000\n"
	  "3200 end\n",
	  "incidents 1\npages opened 1\npages escalated 1\npage escalated after 2999\n" },
	{ "a silence that is taken back", NULL,
	  "60 mute danang/ups-1 lan 3600\n"
	  "120 report danang/ups-1 ups.status=on_battery battery.charge_percent=90\n"
	  "300 unmute 1\n"
	  "500 end\n",
	  "pages opened 1\npage opened after 299\npage opened by 302\n" },
	{ "a silenced centre: its devices wake nobody, its critical alarms do", NULL,
	  "60 mute danang lan 3600\n"
	  "~120 reach danang/pbx-1 no\n"
	  "~120 report danang/phone-01 sip.registered=0\n"
	  "600 end\n",
	  "raised danang/pbx-1/unreachable\nraised danang/dark\nseverity danang/dark critical\n"
	  "incidents 1\nroot danang/pbx-1/unreachable\npages opened 1\n" },
};

int main(void)
{
	return scenario_main(scenarios, sizeof scenarios / sizeof *scenarios);
}
