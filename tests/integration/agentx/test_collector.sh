#!/usr/bin/env bash
# The collector's standing alarms through the real snmpd: without a broker it accuses the broker, and
# that alarm is a row of lwActiveAlarmTable; an agent's tables could stand beside it.
# usage: test_collector.sh LINEWATCH_COLLECTOR
set -euo pipefail
collector=$1
snmpd=$(command -v snmpd || echo /usr/sbin/snmpd)
[ -x "$snmpd" ] && command -v snmpwalk >/dev/null || { echo "skipped: no snmpd or snmpwalk"; exit 77; }
d=$(mktemp -d)
port=$((22810 + $$ % 200))
pids=()
cleanup() { for p in "${pids[@]}"; do kill "$p" 2>/dev/null || true; done; wait 2>/dev/null || true; rm -rf "$d"; }
trap cleanup EXIT
root=1.3.6.1.4.1.8072.9999.9999.111

cat >"$d/snmpd.conf" <<CONF
rocommunity test
master agentx
agentXSocket $d/master
agentaddress udp:127.0.0.1:$port
CONF
cat >"$d/collector.yaml" <<CONF
broker: {host: 127.0.0.1, port: 1}
store: {path: $d/store.db}
http: {listen: "127.0.0.1:$((port + 200))"}
agentx: {enabled: yes, socket: $d/master}
sites:
  - id: danang
    name: Đà Nẵng
    devices:
      - {id: ups-1, class: ups, agent: gw}
CONF
SNMP_PERSISTENT_DIR=$d/state MIBS='' "$snmpd" -f -C -c "$d/snmpd.conf" -Lf "$d/snmpd.log" &
pids+=($!)
sleep 0.5
"$collector" --config "$d/collector.yaml" 2>"$d/collector.log" &
collector_pid=$!
pids+=("$collector_pid")
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
	cat "$d/collector.log" "$d/snmpd.log"
	exit 1
}

wait_for 30 ".$root.6.1.3.1 \"lost\""
wait_for 1 ".$root.6.1.2.1 \"broker\""
wait_for 1 ".$root.6.1.4.1 3"
wait_for 1 ".$root.6.1.8.1 1"
wait_for 1 ".$root.7.1.0 1"
wait_for 1 ".$root.7.2.0 1"
wait_for 1 ".$root.7.3.0 0"
wait_for 1 ".$root.7.6.0 1"
kill "$collector_pid"
wait "$collector_pid" || { echo "the collector did not end well"; exit 1; }
echo "agentx: the standing alarms were walked"
