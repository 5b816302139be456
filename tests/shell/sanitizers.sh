#!/bin/bash
# sanitizers.sh BUILD_DIR - memory that is lost fails the test in whose program it is lost, in each kind of program, in
# processes that a test framework forks, and in the program that a script runs.
set -u
build=$1
cd "$(dirname "$0")/../.." || exit 3
grep -q '^MTASWEEP_SANITIZE:STRING=.*address' "$build/CMakeCache.txt" || {
	echo "sanitizers: not a build with AddressSanitizer"
	exit 77
}
passed=0 failed=0
# The sanitizer's own library is loaded later than this one; that is meant.
export ASAN_OPTIONS=verify_asan_link_order=0

# noticed YES|NO WHAT LEAK COMMAND...
noticed()
{
	local wanted=$1 what=$2 leak=$3 output found=NO
	shift 3
	if ! output=$(LD_PRELOAD=${leak:+$build/tests/leak.so} LEAK=$leak tests/support/sanitized "$@" 2>&1); then
		grep -q 'LeakSanitizer: detected memory leaks' <<<"$output" && found=YES
	fi
	if [ "$found" = "$wanted" ]; then
		passed=$((passed + 1))
	else
		echo "FAIL $what, leak: ${leak:-none}: noticed: $found"
		tail -n 20 <<<"$output"
		failed=$((failed + 1))
	fi
}

# both LEAK WHAT COMMAND...: nothing to complain about without the leak, something with it.
both()
{
	local leak=$1 what=$2
	shift 2
	noticed NO "$what" '' "$@"
	noticed YES "$what" "$leak" "$@"
}

printf 'v=STSv1; id=1' >"$build/tests/leak-value"
both child unit "$build/tests/unit_scanner_test_line_queue"
both child conformance "$build/tests/conformance_test_senders"
both child scenario "$build/tests/scenario_test_fetch"
both start replay "$build/tests/fuzz/replay_sts_record" tests/fuzz/corpus/sts_record
both start program "$build/scanner/mtasweep" lint sts "$build/tests/leak-value"
# A script that does not look at the status of what it runs.
# shellcheck disable=SC2016 # the inner shell's
both start script sh -c '"$1" lint sts "$2" || true' sh "$build/scanner/mtasweep" "$build/tests/leak-value"
rm -f "$build/tests/leak-value"
echo "$passed passed, $failed failed, 0 skipped"
[ "$failed" -eq 0 ]
