#!/usr/bin/env bash
# LINEWATCH-MIB must please smilint at its strictest, and the numbers that the collector sends must
# be the MIB's. usage: test_mib.sh SOURCE_DIR WORK_DIR
set -euo pipefail
source_dir=$1
work=$2/mib-test
for program in smilint npm; do
	command -v $program >/dev/null || { echo "skipped: no $program"; exit 77; }
done
mkdir -p "$work/base"
cp "$source_dir"/tests/integration/mib/package*.json "$work/"
(cd "$work" && npm ci --no-audit --no-fund --ignore-scripts >npm.log 2>&1) || { cat "$work/npm.log"; echo "skipped: npm cannot fetch net-snmp"; exit 77; }
for f in "$work"/node_modules/net-snmp/lib/mibs/SNMPv2-*.mib; do
	cp "$f" "$work/base/$(basename "$f" .mib)"
done
out=$(SMIPATH=$work/base smilint -c /dev/null -l 6 "$source_dir/deploy/mibs/LINEWATCH-MIB" 2>&1) || true
if [ -n "$out" ]; then
	printf '%s\n' "$out"
	exit 1
fi
# smidump tells the numbers; the trap channel must use the same root.
if command -v smidump >/dev/null; then
	root=$(SMIPATH=$work/base smidump -c /dev/null -f identifiers "$source_dir/deploy/mibs/LINEWATCH-MIB" | awk '$2 == "linewatchMIB" { print $NF }')
	ours=$(sed -n 's/^#define LINEWATCH //p' "$source_dir/common/notify/channel_snmp_trap.c" | tr -d ' ' | tr ',' '.')
	[ "$root" = "$ours" ] || { echo "the MIB's root is $root, the traps use $ours"; exit 1; }
fi
echo "LINEWATCH-MIB: smilint has nothing to say"
