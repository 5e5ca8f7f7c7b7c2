#include "tests/scenario/scenario.h"

static const struct scenario scenarios[] = {
	{ "the line to a centre is cut: isolated, not down", NULL,
	  "~120 silence danang/gw\n"
	  "~120.3 silence danang/ws-01\n"
	  "~121 silence danang/ws-02\n"
	  "~122 silence danang/ws-03\n"
	  "~123.9 silence danang/ws-04\n"
	  "^600 birth danang/gw\n"
	  "^601 birth danang/ws-01\n"
	  "^602 birth danang/ws-02\n"
	  "^603 birth danang/ws-03\n"
	  "^604 birth danang/ws-04\n"
	  "606 site danang well\n"
	  "1500 end\n",
	  "raised danang/isolated by 140\nincidents 1\nroot danang/isolated\n"
	  "in danang/isolated danang/gw/lost\nin danang/isolated danang/ws-04/lost\n"
	  "pages opened 1\npages worse 0\ncapacity danang unknown\nends danang full\n"
	  "limiting danang danang/router-1\n"
	  "down danang/pbx-1 0 0\ndown danang 0 0\nunknown danang/pbx-1 480 500\nnever "
	  "danang/dark\nnever danang/below_minimum\npages resolved 2\nclosed danang/isolated\n"
	  "why danang/isolated gw, ws-01…04: Contact lost — because Đà Nẵng: Centre isolated\n" },
	{ "the line is cut and the wills come", NULL,
	  "~120 death danang/gw\n"
	  "~121 death danang/ws-01\n"
	  "~122 death danang/ws-02\n"
	  "~124 death danang/ws-03\n"
	  "~127 death danang/ws-04\n"
	  "600 end\n",
	  "raised danang/isolated by 147\nincidents 1\nroot danang/isolated\npages opened 1\n"
	  "never danang/dark\nends danang unknown\ndown danang/ws-01 0 0\n" },
	{ "a centre falls silent agent by agent: isolated, in any order", NULL,
	  "~120 silence danang/gw\n"
	  "~120.3 silence danang/ws-01\n"
	  "~121 silence danang/ws-02\n"
	  "~122 silence danang/ws-03\n"
	  "~123 silence danang/ws-04\n"
	  "~124 silence danang/ws-04\n"
	  "600 end\n",
	  "incidents 1\nroot danang/isolated\nunknown danang/router-1 470 490\n" },
	{ "the collector's own connection is lost: it accuses itself", NULL,
	  "120 broker down\n"
	  "400 broker up\n"
	  "1200 end\n",
	  "raised broker/lost by 130\nincidents 1\nroot broker/lost\npages opened 1\n"
	  "pages resolved 1\nnever hanoi/isolated\nnever danang/gw/lost\ncapacity hanoi unknown\n"
	  "limiting hanoi broker\nends hanoi full\ndown hanoi 0 0\nunknown danang/ups-1 280 "
	  "290\nclosed broker/lost\n" },
	{ "a blink of the connection is nothing", NULL,
	  "120 broker down\n"
	  "125 broker up\n"
	  "600 end\n",
	  "alarms 0\nnobody paged\nunknown danang/ups-1 0 2\n" },
	{ "the broker restarts: every will at once, everybody back within seconds", NULL,
	  "~120 site hanoi death\n"
	  "~120 site danang death\n"
	  "~120 site angiang death\n"
	  "^126 site hanoi birth\n"
	  "^127 site danang birth\n"
	  "^128 site angiang birth\n"
	  "600 end\n",
	  "alarms 0\nnobody paged\nunknown danang/ups-1 0 2\nends danang full\n" },
	{ "the broker restarts and the collector sees it go", NULL,
	  "120 broker down\n"
	  "123 broker up\n"
	  "~123.2 site hanoi death\n"
	  "~123.2 site danang death\n"
	  "~123.2 site angiang death\n"
	  "^130 site hanoi birth\n"
	  "^131 site danang birth\n"
	  "^132 site angiang birth\n"
	  "600 end\n",
	  "alarms 0\nnobody paged\n" },
	{ "everybody falls silent: it is the broker, not three centres", NULL,
	  "~120 site hanoi silence\n"
	  "~121 site danang silence\n"
	  "~122 site angiang silence\n"
	  "900 end\n",
	  "incidents 1\nroot broker/lost\nin broker/lost hanoi/isolated\n"
	  "in broker/lost angiang/ws-03/lost\npages opened 1\ntold lan opened\ndown hanoi 0 0\n" },
	{ "an agent restarts: nothing", NULL,
	  "120 death hanoi/ws-01\n"
	  "125 birth hanoi/ws-01\n"
	  "600 end\n",
	  "alarms 0\nnobody paged\nunknown hanoi/ws-01 0 2\n" },
	{ "a workstation is lost: a warning, its seat does not count", NULL,
	  "120 silence hanoi/ws-01\n"
	  "900 end\n",
	  "raised hanoi/ws-01/lost by 135\nseverity hanoi/ws-01/lost warning\nready hanoi 3\n"
	  "capacity hanoi degraded\nlimiting hanoi hanoi/ws-01\nnobody paged\nincidents 1\n"
	  "down hanoi/ws-01 0 0\nunknown hanoi/ws-01 770 790\n" },
	{ "every workstation of a centre is lost while its gateway is heard", NULL,
	  "~120 silence hanoi/ws-01\n"
	  "~121 silence hanoi/ws-02\n"
	  "~122 silence hanoi/ws-03\n"
	  "~123 silence hanoi/ws-04\n"
	  "900 end\n",
	  "capacity hanoi dark\nraised hanoi/dark by 150\npages opened 1\nroot hanoi/dark\n"
	  "in hanoi/dark hanoi/ws-01/lost\nincidents 1\nnever hanoi/isolated\n" },
	{ "the gateway alone is lost: the centre is unknown, and somebody looks", NULL,
	  "120 death hanoi/gw\n"
	  "600 end\n",
	  "raised hanoi/gw/lost by 135\nseverity hanoi/gw/lost major\nincidents 1\n"
	  "root hanoi/gw/lost\npages opened 1\nends hanoi unknown\ndown hanoi/pbx-1 0 0\n" },
	{ "after an outage the backlog heals the history and pages nobody", NULL,
	  "120 silence danang/gw\n"
	  "700 birth danang/gw\n"
	  "700 report danang/ups-1 ups.status=online\n"
	  "701 past danang/ups-1 150 ups.status=online\n"
	  "701 past danang/ups-1 300 ups.status=on_battery\n"
	  "701 past danang/ups-1 400 ups.status=off\n"
	  "701 past danang/ups-1 500 ups.status=online\n"
	  "1500 end\n",
	  "never danang/ups-1/on_battery\nnever danang/ups-1/output_off\nunknown danang/ups-1 0 2\n"
	  "down danang/ups-1 100 100\npages opened 1\ntold lan resolved\n" },
	{ "a router, and a PBX that does not need it: two faults", NULL,
	  "~120 reach danang/router-1 no\n"
	  "~121 reach danang/pbx-1 no\n"
	  "600 end\n",
	  "incidents 2\ndown danang/pbx-1 470 485\n" },
	{ "an agent's clock is not ours: nothing depends on it", NULL,
	  "120 report danang/ups-1 ups.status=online\n"
	  "121 report danang/ws-01 clock.offset_ms=7200000 clock.synchronised=0\n"
	  "600 end\n",
	  "raised danang/ws-01/clock_unsynchronised\n"
	  "severity danang/ws-01/clock_unsynchronised warning\nnobody paged\n" },
	{ "a dead time server shows before the clock drifts", NULL,
	  "121 report danang/ws-01 clock.offset_ms=1 clock.synchronised=1 clock.ntp_reach=0\n"
	  "600 end\n",
	  "raised danang/ws-01/clock_unsynchronised\nnobody paged\n" },
	{ "a time server that misses some polls is none", NULL,
	  "121 report danang/ws-01 clock.offset_ms=1 clock.synchronised=1 clock.ntp_reach=3\n"
	  "600 end\n",
	  "never danang/ws-01/clock_unsynchronised\n" },
};

int main(void)
{
	return scenario_main(scenarios, sizeof scenarios / sizeof *scenarios);
}
