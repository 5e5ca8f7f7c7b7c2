#!/usr/bin/env bash
# The agent as a sub-agent of the real snmpd: its device table is walked, set is refused, and it comes
# back when snmpd restarts. usage: test_agentx.sh LINEWATCH_AGENT
set -euo pipefail
agent=$1
snmpd=$(command -v snmpd || echo /usr/sbin/snmpd)
[ -x "$snmpd" ] && command -v snmpwalk >/dev/null || { echo "skipped: no snmpd or snmpwalk"; exit 77; }
d=$(mktemp -d)
port=$((22610 + $$ % 200))
pids=()
cleanup() { for p in "${pids[@]}"; do kill "$p" 2>/dev/null || true; done; wait 2>/dev/null || true; rm -rf "$d"; }
trap cleanup EXIT
root=1.3.6.1.4.1.8072.9999.9999.111

cat >"$d/snmpd.conf" <<CONF
rwcommunity test
master agentx
agentXSocket $d/master
agentaddress udp:127.0.0.1:$port
CONF
cat >"$d/agent.yaml" <<CONF
name: danang/ws-01
broker: {host: 127.0.0.1, port: 1}
journal: {path: $d/journal}
workstation: yes
headsets: yes
agentx: {enabled: yes, socket: $d/master}
devices:
  - {id: web, class: service, url: "tcp://127.0.0.1:1"}
CONF
start_snmpd() {
	SNMP_PERSISTENT_DIR=$d/state MIBS='' "$snmpd" -f -C -c "$d/snmpd.conf" -Lf "$d/snmpd.log" &
	snmpd_pid=$!
	pids+=("$snmpd_pid")
}
walk() { snmpwalk -v2c -c test -t 1 -r 1 -m '' -On -Oq 127.0.0.1:$port $root 2>/dev/null; }
wait_for() { # seconds text
	local end=$((SECONDS + $1)) out
	while [ $SECONDS -lt $end ]; do
		out=$(walk || true)
		case $out in *"$2"*) return ;; esac
		sleep 0.2
	done
	echo "waited in vain for: $2"
	walk || true
	cat "$d/agent.log" "$d/snmpd.log"
	exit 1
}

start_snmpd
sleep 0.5
"$agent" --config "$d/agent.yaml" 2>"$d/agent.log" &
pids+=($!)
wait_for 10 ".$root.5.1.2.3 \"web\""
wait_for 10 ".$root.5.1.4.3 2"
wait_for 10 ".$root.5.1.4.1 1"
cells=$(walk || true)
[ "$(grep -cF ".$root.5.1." <<<"$cells")" = 12 ] || { echo "the device table has other cells:"; walk; exit 1; }
if snmpset -v2c -c test -m '' 127.0.0.1:$port $root.5.1.2.1 s x >/dev/null 2>&1; then
	echo "a cell could be set"
	exit 1
fi
kill "$snmpd_pid"
wait "$snmpd_pid" 2>/dev/null || true
start_snmpd
wait_for 25 ".$root.5.1.2.3 \"web\""
echo "agentx: walked, refused a set, came back"
