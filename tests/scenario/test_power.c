#include "tests/scenario/scenario.h"

static const struct scenario scenarios[] = {
	{ "a dip of two seconds says nothing", NULL,
	  "120 report danang/ups-1 ups.status=on_battery input.voltage_volts=0\n"
	  "122 report danang/ups-1 ups.status=online input.voltage_volts=228\n"
	  "600 end\n",
	  "alarms 0\nincidents 0\nnobody paged\nup danang/ups-1 598 600\n" },
	{ "mains are cut for ten minutes and taken on by the technician", NULL,
	  "120 report danang/ups-1 ups.status=on_battery battery.charge_percent=99\n"
	  "150 report danang/ups-1 battery.charge_percent=98 battery.runtime_seconds=2370\n"
	  "180 ack 1 lan\n"
	  "300 report danang/ups-1 battery.charge_percent=93 battery.runtime_seconds=2200\n"
	  "500 report danang/ups-1 battery.charge_percent=86 battery.runtime_seconds=2000\n"
	  "720 report danang/ups-1 ups.status=online\n"
	  "1800 end\n",
	  "raised danang/ups-1/on_battery by 125\nseverity danang/ups-1/on_battery major\n"
	  "incidents 1\nroot danang/ups-1/on_battery\npage opened by 130\npages opened 1\n"
	  "pages escalated 0\npages resolved 1\nclosed danang/ups-1/on_battery\n"
	  "minutes danang 30 41\ncapacity danang full\nends danang full\nup danang 1799 1799\n"
	  "text opened Mất điện lưới\n" },
	{ "nobody answers: the next one, then everyone, and never silence", NULL,
	  "120 report danang/ups-1 ups.status=on_battery\n"
	  "3000 report danang/ups-1 ups.status=online\n"
	  "4000 end\n",
	  "incidents 1\npages opened 1\ntold lan opened\npage escalated after 420\n"
	  "told minh escalated\ntold hoa escalated\npages escalated 13\npages resolved 3\n" },
	{ "the battery runs low while somebody has it: worse, told again", NULL,
	  "120 report danang/ups-1 ups.status=on_battery\n"
	  "150 ack 1 lan\n"
	  "600 report danang/ups-1 ups.status=low_battery battery.runtime_seconds=200\n"
	  "1000 report danang/ups-1 ups.status=online battery.runtime_seconds=300\n"
	  "2000 end\n",
	  "raised danang/ups-1/low_battery by 605\nincidents 1\nin danang/ups-1/on_battery "
	  "danang/ups-1/low_battery\npages opened 1\npages worse 1\npage worse by 607\n"
	  "pages escalated 0\npages resolved 1\nclosed danang/ups-1/on_battery\n" },
	{ "mains to dark: the battery ends, then the whole centre is gone", NULL,
	  "120 report danang/ups-1 ups.status=on_battery battery.charge_percent=90\n"
	  "130 ack 1 lan\n"
	  "600 report danang/ups-1 ups.status=low_battery battery.runtime_seconds=120\n"
	  "~700 silence danang/gw\n"
	  "~700.5 silence danang/ws-01\n"
	  "~701 silence danang/ws-02\n"
	  "~702 silence danang/ws-03\n"
	  "~704 silence danang/ws-04\n"
	  "2000 end\n",
	  "incidents 1\nroot danang/ups-1/on_battery\nin danang/ups-1/on_battery "
	  "danang/ups-1/lost_on_battery\nin danang/ups-1/on_battery danang/isolated\n"
	  "in danang/ups-1/on_battery danang/ws-03/lost\ncapacity danang dark\nends danang dark\n"
	  "pages opened 1\nopen danang/ups-1/on_battery\n" },
	{ "contact is lost while on battery: its own alarm, in the same incident", NULL,
	  "120 report danang/ups-1 ups.status=on_battery battery.charge_percent=95\n"
	  "~200 silence danang/gw\n"
	  "~201 silence danang/ws-01\n"
	  "~202 silence danang/ws-02\n"
	  "~203 silence danang/ws-03\n"
	  "~204 silence danang/ws-04\n"
	  "600 end\n",
	  "raised danang/ups-1/lost_on_battery by 224\nseverity danang/ups-1/lost_on_battery "
	  "critical\nincidents 1\nin danang/ups-1/on_battery danang/ups-1/lost_on_battery\n"
	  "in danang/ups-1/on_battery danang/gw/lost\nends danang unknown\npages worse 1\n"
	  "raised danang/isolated by 224\n" },
	{ "the gateway that watches the UPS falls silent on battery: one thing, told as worse",
	  NULL,
	  "120 report danang/ups-1 ups.status=on_battery\n"
	  "200 silence danang/gw\n"
	  "600 end\n",
	  "raised danang/ups-1/lost_on_battery by 218\nraised danang/gw/lost\nincidents 1\n"
	  "in danang/ups-1/on_battery danang/gw/lost\npages opened 1\npages worse 1\n"
	  "text worse Nay: Mất liên lạc với UPS khi đang chạy pin (danang/ups-1)\n" },
	{ "the UPS stops answering while on battery, the rest lives", NULL,
	  "120 report danang/ups-1 ups.status=on_battery\n"
	  "200 reach danang/ups-1 no\n"
	  "600 end\n",
	  "raised danang/ups-1/lost_on_battery by 210\nincidents 1\nends danang full\n"
	  "pages worse 1\n" },
	{ "the UPS's output is off and takes the PBX with it", NULL,
	  "~120 report danang/ups-1 ups.status=off\n"
	  "~121 reach danang/pbx-1 no\n"
	  "~122 report danang/phone-01 sip.registered=0\n"
	  "~123 reach danang/router-1 no\n"
	  "600 end\n",
	  "incidents 1\nroot danang/ups-1/output_off\nin danang/ups-1/output_off "
	  "danang/pbx-1/unreachable\nin danang/ups-1/output_off danang/phone-01/unregistered\n"
	  "in danang/ups-1/output_off danang/dark\npages opened 1\npages worse 0\n" },
	{ "the management card dies: the UPS still feeds what answers", NULL,
	  "120 reach danang/ups-1 no\n"
	  "125 report danang/pbx-1 pbx.calls_active=1\n"
	  "300 reach danang/pbx-1 no\n"
	  "600 end\n",
	  "incidents 2\nroot danang/ups-1/unreachable\nroot danang/pbx-1/unreachable\n" },
	{ "mains flap for half an hour: told once, and the last word is true", NULL,
	  "120 report danang/ups-1 ups.status=on_battery\n160 report danang/ups-1 "
	  "ups.status=online\n"
	  "200 report danang/ups-1 ups.status=on_battery\n240 report danang/ups-1 "
	  "ups.status=online\n"
	  "280 report danang/ups-1 ups.status=on_battery\n320 report danang/ups-1 "
	  "ups.status=online\n"
	  "360 report danang/ups-1 ups.status=on_battery\n400 report danang/ups-1 "
	  "ups.status=online\n"
	  "440 report danang/ups-1 ups.status=on_battery\n480 report danang/ups-1 "
	  "ups.status=online\n"
	  "2400 end\n",
	  "incidents 1\npages opened 1\ntold lan resolved\nclosed danang/ups-1/on_battery\n"
	  "cleared danang/ups-1/on_battery after 900\n" },
	{ "mains flap and stay away: it is said that it is so", NULL,
	  "120 report danang/ups-1 ups.status=on_battery\n160 report danang/ups-1 "
	  "ups.status=online\n"
	  "200 report danang/ups-1 ups.status=on_battery\n240 report danang/ups-1 "
	  "ups.status=online\n"
	  "280 report danang/ups-1 ups.status=on_battery\n320 report danang/ups-1 "
	  "ups.status=online\n"
	  "340 ack 1 lan\n"
	  "360 report danang/ups-1 ups.status=on_battery\n"
	  "2400 end\n",
	  "incidents 1\npages opened 1\nopen danang/ups-1/on_battery\npages worse 1\n"
	  "page worse after 900\n" },
	{ "slow flapping is still one incident", NULL,
	  "120 report danang/ups-1 ups.status=on_battery\n240 report danang/ups-1 "
	  "ups.status=online\n"
	  "290 report danang/ups-1 ups.status=on_battery\n410 report danang/ups-1 "
	  "ups.status=online\n"
	  "460 report danang/ups-1 ups.status=on_battery\n580 report danang/ups-1 "
	  "ups.status=online\n"
	  "3000 end\n",
	  "incidents 1\npages opened 1\nclosed danang/ups-1/on_battery\n" },
	{ "one outage of half a minute is over a minute after it is", NULL,
	  "120 report danang/ups-1 ups.status=on_battery\n150 report danang/ups-1 "
	  "ups.status=online\n"
	  "400 end\n",
	  "incidents 1\npages opened 1\npages resolved 1\npage resolved by 220\n" },
	{ "power that chatters too fast to be held is told all the same", NULL,
	  "120 report danang/ups-1 ups.status=on_battery\n121 report danang/ups-1 "
	  "ups.status=online\n"
	  "123 report danang/ups-1 ups.status=on_battery\n124 report danang/ups-1 "
	  "ups.status=online\n"
	  "126 report danang/ups-1 ups.status=on_battery\n127 report danang/ups-1 "
	  "ups.status=online\n"
	  "2400 end\n",
	  "raised danang/ups-1/on_battery by 127\npages opened 1\ntold lan resolved\n" },
	{ "nonsense from the UPS is no number and no alarm", NULL,
	  "120 report danang/ups-1 battery.charge_percent=255 battery.runtime_seconds=65535\n"
	  "130 report danang/ups-1 battery.charge_percent=-1 battery.runtime_seconds=-1\n"
	  "140 report danang/ups-1 battery.temperature_celsius=255 output.load_percent=65535\n"
	  "150 report danang/ups-1 battery.runtime_seconds=4294967295 "
	  "ups.status=sideways\n"
	  "160 report danang/ups-1 battery.charge_percent=0 battery.runtime_seconds=0\n"
	  "600 end\n",
	  "alarms 0\nnobody paged\nends danang full\n" },
	{ "a gauge that lies on battery is silent about the minutes", NULL,
	  "120 report danang/ups-1 ups.status=on_battery battery.charge_percent=100\n"
	  "200 report danang/ups-1 battery.charge_percent=60\n"
	  "300 report danang/ups-1 battery.charge_percent=90\n"
	  "301 report danang/ups-1 battery.charge_percent=90\n"
	  "600 end\n",
	  "raised danang/ups-1/gauge_unreliable\nseverity danang/ups-1/gauge_unreliable minor\n"
	  "incidents 1\npages worse 0\n" },
};

int main(void)
{
	return scenario_main(scenarios, sizeof scenarios / sizeof *scenarios);
}
