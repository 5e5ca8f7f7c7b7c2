#!/usr/bin/env bash
# The agent as a sub-agent of the real snmpd: its device table is walked, set is refused, and it comes
# back when snmpd restarts. usage: test_agentx.sh LINEWATCH_AGENT
set -euo pipefail
agent=$1
. "$(dirname "$0")/snmpd.sh"

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
start_snmpd
"$agent" --config "$d/agent.yaml" 2>"$d/agent.log" &
pids+=($!)
wait_for 40 ".$root.5.1.2.3 \"web\""
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
wait_for 40 ".$root.5.1.2.3 \"web\""
echo "agentx: walked, refused a set, came back"
