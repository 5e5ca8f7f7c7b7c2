# ready.sh - to be sourced in tests/browser: the packages of package-lock.json and the built page, in
# $LW_WEB_DIST. Exits 77 where node, npm or a browser is missing.
skip() {
	printf 'browser: skipped: %s\n' "$1" >&2
	exit 77
}
command -v node >/dev/null && command -v npm >/dev/null || skip "node and npm are not here"
[ -x "${LW_CHROMIUM:-/usr/bin/chromium}" ] || skip "there is no /usr/bin/chromium"

if ! cmp -s package-lock.json node_modules/.lock-installed; then
	PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1 npm ci --no-audit --no-fund --loglevel=error >&2 || skip "the packages of package-lock.json could not be fetched"
	cp package-lock.json node_modules/.lock-installed
fi
export LW_WEB_DIST="$PWD/../../build/web-for-tests"
../../collector/web/build.sh ON "$LW_WEB_DIST" "$(command -v node)" "$(command -v npm)" >&2 || exit 1
