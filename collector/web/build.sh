#!/bin/sh
# build.sh AUTO|ON OUT NODE NPM - fetch the packages of the lock file where they are not there yet
# (the one step that needs the network) and bundle the page into OUT. AUTO: carry on without.
set -u
mode=$1 out=$2 node=$3 npm=$4
cd "$(dirname "$0")" || exit 1

fail() {
	printf 'web page: %s; the collector runs without its page\n' "$1" >&2
	[ "$mode" = AUTO ] || exit 1
	exit 0
}

(
	flock 9
	if ! cmp -s package-lock.json node_modules/.lock-installed; then
		"$npm" ci --no-audit --no-fund --loglevel=error || exit 1
		cp package-lock.json node_modules/.lock-installed
	fi
) 9>package.json.lock || { rm -f package.json.lock; fail "the packages of package-lock.json could not be fetched (no network?)"; }
rm -f package.json.lock
"$node" build.mjs --out "$out" || exit 1
