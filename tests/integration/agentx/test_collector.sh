#!/usr/bin/env bash
# The collector's standing alarms through the real snmpd: without a broker it accuses the broker, and
# that alarm is a row of lwActiveAlarmTable; an agent's tables could stand beside it.
# usage: test_collector.sh LINEWATCH_COLLECTOR
set -euo pipefail
collector=$1
. "$(dirname "$0")/snmpd.sh"

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
start_snmpd
"$collector" --config "$d/collector.yaml" 2>"$d/collector.log" &
collector_pid=$!
pids+=("$collector_pid")

wait_for 40 ".$root.6.1.3.1 \"lost\""
for cell in '6.1.2.1 "broker"' '6.1.4.1 3' '6.1.8.1 1' '7.1.0 1' '7.2.0 1' '7.3.0 0' '7.6.0 1'; do
	wait_for 5 ".$root.$cell"
done
kill "$collector_pid"
wait "$collector_pid" || { echo "the collector did not end well"; exit 1; }
echo "agentx: the standing alarms were walked"
