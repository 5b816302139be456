#!/bin/bash
# mutate.sh - tests/mutate tells a fault that the tests see from one that they miss, leaves the tree as it was, counts
# neither what does not compile nor what changes nothing, and goes on where it was.
set -u
mutate=$(cd "$(dirname "$0")/.." && pwd)/mutate
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
		cat "$folder/said" "$folder/out"
		failed=$((failed + 1))
	fi
}

# A library of one file: the test looks at where `seen` changes its mind, and never at `missed`.
plant()
{
	mkdir -p "$folder/tree/parsers" "$folder/tree/tests"
	cd "$folder/tree" || exit 3
	printf '%s\n' 'cmake_minimum_required(VERSION 3.25)' 'project(planted C)' 'set(CMAKE_EXPORT_COMPILE_COMMANDS ON)' \
		'set(CMAKE_POSITION_INDEPENDENT_CODE ON)' 'enable_testing()' 'add_subdirectory(parsers)' \
		'add_subdirectory(tests)' >CMakeLists.txt
	echo 'add_library(mtasweep_parsers a.c)' >parsers/CMakeLists.txt
	printf '%s\n' 'add_executable(unit_a test_a.c)' 'target_link_libraries(unit_a mtasweep_parsers)' \
		'add_test(NAME unit_a COMMAND unit_a)' >tests/CMakeLists.txt
	printf '%s\n' 'int seen(int n)' '{' '	return n < 3;' '}' 'int missed(int n)' '{' '	return n == 7;' '}' \
		'unsigned same(unsigned n)' '{' '	return n > 0 && n > 0;' '}' >parsers/a.c
	printf '%s\n' 'int seen(int), missed(int);' 'unsigned same(unsigned);' 'int main(void)' '{' \
		'	missed(1);' '	return seen(2) && !seen(3) && !seen(4) && same(1) == 1 && same(0) == 0 ? 0 : 1;' \
		'}' >tests/test_a.c
}

# lines N PATTERN: so many lines of what it said match.
lines()
{
	[ "$(grep -cE "$2" "$folder/out")" -eq "$1" ]
}

plant
cp -r "$folder/tree" "$folder/before"
"$mutate" --tree "$folder/tree" -n 1000 --jobs 2 >"$folder/out" 2>&1
check 'it ends well' [ "$?" -eq 0 ]
check 'the boundary that the test looks at' lines 1 '^ +[0-9]+ killed +parsers/a.c:3: comparison: "<=" for "<" by unit_a'
check 'its constant, both ways' lines 2 '^ +[0-9]+ killed +parsers/a.c:3: constant: .* by unit_a'
check 'what it never looks at' lines 1 '^ +[0-9]+ SURVIVED parsers/a.c:7: comparison: "!=" for "=="'
check 'nothing of the first function survives' lines 0 'SURVIVED parsers/a.c:3:'
check 'what comes to the same is no fault' lines 0 '"[|][|]" for "&&"'
check 'the score is there' lines 1 '^parsers +[0-9]+ +3 +[0-9.]+% +[1-9]'
check 'the tree is as before' diff -r -x 'build*' "$folder/before" "$folder/tree"
cp "$folder/out" "$folder/first"
"$mutate" --tree "$folder/tree" -n 1000 --jobs 2 >"$folder/out" 2>&1
check 'started again, it knows all that already' diff <(sed -n '/survived:/,/^all/p' "$folder/first") \
	<(sed -n '/survived:/,/^all/p' "$folder/out")
"$mutate" --tree "$folder/tree" -n 1000 --at-least 99 --quiet >"$folder/out" 2>&1
check 'a score that is too low is a failure' [ "$?" -eq 1 ]
sed -i 's/missed(1);/if (missed(1) || !missed(7)) return 1;/' "$folder/tree/tests/test_a.c"
"$mutate" --tree "$folder/tree" --again --at-least 99 >"$folder/out" 2>&1
check 'with the check that was missing nothing survives' [ "$?" -eq 0 ]
check 'and it says so' lines 1 '^0 survived'
"$mutate" --tree "$folder/tree" parsers/b.c >"$folder/out" 2>&1
check 'a file that is not there' lines 1 "'parsers/b.c' holds no .c file"
sed -i 's/n < 3/n < 4/' "$folder/tree/parsers/a.c"
"$mutate" --tree "$folder/tree" >"$folder/out" 2>&1
check 'tests that fail by themselves' lines 1 'unit_a fails .* without any fault'
echo "$passed passed, $failed failed, 0 skipped"
[ "$failed" -eq 0 ]
