#!/bin/bash
# portable.sh - the parsers on a big-endian machine (s390x, emulated) and on a 32-bit one (i686) must find
# what they find here, in every file of the fuzz corpora and every conformance vector; and the fuzz targets'
# own assertions must hold there.
#
#   tests/portable.sh
#
# Needs: gcc-s390x-linux-gnu libc6-dev-s390x-cross qemu-user gcc-i686-linux-gnu libc6-dev-i386-cross.
# IDNA is left out, because it is libidn2's work and its library would be needed for each machine. Ends in
# "N passed, M failed"; status 77 when a tool is missing.
set -u
cd "$(dirname "$0")/.." || exit 3
export LC_ALL=C
for tool in gcc s390x-linux-gnu-gcc qemu-s390x i686-linux-gnu-gcc; do
	command -v "$tool" >/dev/null || {
		echo "portable: $tool is not installed (the packages: head of tests/portable.sh)"
		exit 77
	}
done
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
passed=0 failed=0
check()
{
	local what=$1
	shift
	if "$@" >"$folder/said" 2>&1; then
		passed=$((passed + 1))
	else
		echo "FAIL $what"
		head -n 20 "$folder/said"
		failed=$((failed + 1))
	fi
}

sources="$(find parsers -name '*.c' ! -name idna.c | sort) tests/support/no_idna.c"
targets="dnsmsg mxmatch name policy sts_record tlsrpt"
# build MACHINE COMPILER...: the parsers, parse_all, and the fuzz targets.
build()
{
	local out=$folder/$1 program
	shift
	mkdir "$out"
	for source in $sources tests/support/parse_all.c tests/fuzz/replay.c; do
		"$@" -c "$source" -o "$out/$(basename "$source" .c).o" || return 1
	done
	# shellcheck disable=SC2086,SC2046 # lists
	"$@" -static $(objects "$out" $sources) "$out/parse_all.o" -o "$out/parse_all" || return 1
	for program in $targets; do
		# shellcheck disable=SC2086,SC2046
		"$@" -static "tests/fuzz/fuzz_$program.c" $(objects "$out" $sources) "$out/replay.o" -o "$out/replay_$program" ||
			return 1
	done
}
objects()
{
	local out=$1 source
	shift
	for source in "$@"; do
		echo "$out/$(basename "$source" .c).o"
	done
}

flags=(-std=gnu11 -D_GNU_SOURCE -O2 -I. -Wall -Wextra -Werror -fstack-protector-strong)
find tests/fuzz/corpus -type f ! -path '*/facts/*' ! -path '*/frame/*' ! -path '*/record/*' | sort >"$folder/files"
: >"$folder/lines"
[ ! -d ../shared/conformance ] || ls ../shared/conformance/*.tsv ../shared/conformance/*.jsonl >"$folder/lines"
[ ! -d ../shared/conformance/policies ] || find ../shared/conformance/policies -type f | sort >>"$folder/files"

# answers MACHINE [EMULATOR]: what the parsers find in all of it.
answers()
{
	local machine=$1
	shift
	xargs -a "$folder/files" "$@" "$folder/$machine/parse_all" >"$folder/$machine/found" &&
		if [ -s "$folder/lines" ]; then
			xargs -a "$folder/lines" "$@" "$folder/$machine/parse_all" -l >>"$folder/$machine/found"
		fi
}
try()
{
	local machine=$1 emulator=$2 program
	shift 2
	check "$machine: builds without a warning" build "$machine" "$@" "${flags[@]}"
	# shellcheck disable=SC2086 # a command or nothing
	check "$machine: the parsers end well" answers "$machine" $emulator
	for program in $targets; do
		# shellcheck disable=SC2086
		check "$machine: the assertions of fuzz_$program" $emulator "$folder/$machine/replay_$program" \
			"tests/fuzz/corpus/$program"
	done
}

try native "" gcc
try i686 "" i686-linux-gnu-gcc
try s390x qemu-s390x s390x-linux-gnu-gcc
for machine in i686 s390x; do
	check "$machine: every answer is that of this machine" cmp "$folder/native/found" "$folder/$machine/found"
done
echo "$(wc -l <"$folder/native/found") lines of answers for $(wc -l <"$folder/files") files and" \
	"$(xargs -a "$folder/lines" cat </dev/null | wc -l) vectors, $(uname -m) against i686 and s390x"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
