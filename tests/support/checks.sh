# shellcheck shell=bash
# checks.sh - for shell tests to read: counts what commands say. Sets passed and failed; folder is the test's own.
passed=0 failed=0

# check WHAT COMMAND...: WHAT is so when the command succeeds; else what it said is shown.
check()
{
	local what=$1
	shift
	if "$@" >"${folder:?}/said" 2>&1; then
		passed=$((passed + 1))
	else
		echo "FAIL $what"
		cat "$folder/said"
		failed=$((failed + 1))
	fi
}
