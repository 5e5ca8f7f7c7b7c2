# steps.sh - sourced by the entry points: named steps with their time, and one count of what
# passed, failed and was skipped. Needs bash; the caller stands in the source root.
passed=0 failed=0 skipped=0
totals_file=${LW_TOTALS:-} # of who called us, not of whom we call
unset LW_TOTALS
steps_started=$(date +%s)
logs=build/logs
mkdir -p "$logs"

note() { printf '%s\n' "$*"; }

# step NAME COMMAND...: one check. Its output is shown only when it fails; exit code 77 is a skip.
step() {
	local name=$1 t0 r=0 log
	shift
	log=$logs/${name//[^a-zA-Z0-9._-]/_}.log
	t0=$(date +%s)
	printf '== %-34s ' "$name"
	"$@" >"$log" 2>&1 </dev/null || r=$?
	case $r in
	0) passed=$((passed + 1)) word=ok ;;
	77) skipped=$((skipped + 1)) word="skipped: $(tail -n 1 "$log")" ;;
	*) failed=$((failed + 1)) word="FAILED (exit $r), the end of $log:" ;;
	esac
	printf '%4ds  %s\n' $(($(date +%s) - t0)) "$word"
	if [ $r != 0 ] && [ $r != 77 ]; then
		tail -n 60 "$log" | sed 's/^/   | /'
		return 1
	fi
}

# tests NAME BUILD_FOLDER [ctest arguments]: every test of it counts by itself.
tests() {
	local name=$1 dir=$2 t0 r=0 log xml n f s
	shift 2
	log=$logs/ctest-${name//[^a-zA-Z0-9._-]/_}.log
	xml=$PWD/${log%.log}.xml
	rm -f "$xml"
	t0=$(date +%s)
	printf '== %-34s ' "$name"
	ctest --test-dir "$dir" -j2 --output-on-failure --output-junit "$xml" "$@" \
		>"$log" 2>&1 </dev/null || r=$?
	n=$(count_of tests "$xml") f=$(count_of failures "$xml") s=$(count_of skipped "$xml")
	[ $r = 0 ] || [ "$f" != 0 ] || f=1
	passed=$((passed + n - f - s)) failed=$((failed + f)) skipped=$((skipped + s))
	printf '%4ds  %d tests, %d failed, %d skipped\n' $(($(date +%s) - t0)) "$n" "$f" "$s"
	grep -E '\(Skipped\)|\*\*\*Skipped' "$log" | sed 's/^/   | /' || true
	if [ "$f" != 0 ]; then
		grep -vE ' +Passed +|^ *Start ' "$log" | tail -n 120 | sed 's/^/   | /'
		return 1
	fi
}

count_of() {
	local v=
	[ -e "$2" ] && v=$(grep -m1 -oE "^[[:space:]]*$1=\"[0-9]+\"| $1=\"[0-9]+\"" "$2" | head -n 1 | tr -dc 0-9)
	printf '%s' "${v:-0}"
}

# called COMMAND...: another entry point that counts by itself; its steps are shown as ours, and its
# totals are added to ours instead of being its last line.
called() {
	local file=$PWD/$logs/totals.$$ p=0 f=1 s=0 r=0
	rm -f "$file"
	LW_TOTALS=$file "$@" </dev/null || r=$?
	[ ! -e "$file" ] || read -r p f s <"$file"
	rm -f "$file"
	passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
	if [ $r != 0 ] && [ "$f" = 0 ]; then
		note "$1 ended with $r"
		failed=$((failed + 1))
	fi
	[ $r = 0 ] && [ "$f" = 0 ]
}

# beside COMMAND...: steps that compute, in a lane of their own beside those that mostly wait and come
# next; they leave way (nice), and their results are told when `joined` is called.
beside() {
	set -m # a process group, so that all of it ends with us
	(
		renice -n 10 "$BASHPID" >/dev/null
		passed=0 failed=0 skipped=0
		"$@"
		printf '%d %d %d\n' $passed $failed $skipped >"$logs/beside.totals"
	) >"$logs/beside.out" 2>&1 </dev/null &
	lane=$!
	set +m
	rm -f "$logs/beside.totals"
	trap 'kill -TERM -- "-$lane" 2>/dev/null' EXIT
}

joined() {
	local p=0 f=1 s=0
	wait "$lane"
	trap - EXIT
	cat "$logs/beside.out"
	[ ! -e "$logs/beside.totals" ] || read -r p f s <"$logs/beside.totals"
	passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
}

# The last line of every entry point; false when something failed. One that was called by another
# hands its counts over instead.
totals() {
	if [ -n "$totals_file" ]; then
		printf '%d %d %d\n' $passed $failed $skipped >"$totals_file"
		[ $failed = 0 ]
		return
	fi
	printf '%d passed, %d failed, %d skipped\n' $passed $failed $skipped
	[ $failed = 0 ]
}
