# snmpd.sh - sourced by the tests beside it: a folder $d, a real snmpd as AgentX master that listens on
# $d/master and answers on $port, what is walked below $root, and an end to all of it.
snmpd=$(command -v snmpd || echo /usr/sbin/snmpd)
[ -x "$snmpd" ] && command -v snmpwalk >/dev/null || { echo "skipped: no snmpd or snmpwalk"; exit 77; }
d=$(mktemp -d)
port=${LW_TEST_PORT:-22610}
root=1.3.6.1.4.1.8072.9999.9999.111
pids=()
cleanup() { for p in "${pids[@]}"; do kill "$p" 2>/dev/null || true; done; wait 2>/dev/null || true; rm -rf "$d"; }
trap cleanup EXIT

cat >"$d/snmpd.conf" <<CONF
rwcommunity test
master agentx
agentXSocket $d/master
agentaddress udp:127.0.0.1:$port
CONF
start_snmpd() {
	SNMP_PERSISTENT_DIR=$d/state MIBS='' "$snmpd" -f -C -c "$d/snmpd.conf" -Lf "$d/snmpd.log" &
	snmpd_pid=$!
	pids+=("$snmpd_pid")
}
walk() { snmpwalk -v2c -c test -t 1 -r 1 -m '' -On -Oq "127.0.0.1:$port" $root 2>/dev/null; }
wait_for() { # seconds text
	local end=$((SECONDS + $1)) out
	while [ $SECONDS -lt $end ]; do
		out=$(walk || true)
		case $out in *"$2"*) return ;; esac
		sleep 0.2
	done
	echo "waited in vain for: $2"
	walk || true
	cat "$d"/*.log
	exit 1
}
