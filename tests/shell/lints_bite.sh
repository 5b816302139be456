#!/bin/bash
# lints_bite.sh - every lint accepts a clean little tree and complains about each fault planted in it,
# for the planted reason. Without this a lint that finds nothing could be one that looks at nothing.
set -u
shopt -s nullglob
lints=$(cd "$(dirname "$0")/../lint" && pwd)
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
passed=0 failed=0 skipped=0

plant_clean()
{
	rm -rf "$dir/tree"
	mkdir -p "$dir/tree"/{scanner/{cli,dns,job,judge,supervisor,worker},parsers,output/text,bench,tests/lint,datasets}
	cd "$dir/tree" || exit 3
	touch CMakeLists.txt README.md LICENSE
	printf '/* a.c - a clean little file. */\n#include "parsers/a.h"\n\n#include <string.h>\n' >parsers/a.c
	printf '\nint a_length(const char *s)\n{\n\treturn (int)strlen(s);\n}\n' >>parsers/a.c
	printf '/* a.h - the length of things. */\n#ifndef MTASWEEP_A_H\n#define MTASWEEP_A_H\n' >parsers/a.h
	printf '\nint a_length(const char *s);\n\n#endif\n' >>parsers/a.h
	printf '/* main.c - the program. */\n#include "parsers/a.h"\n\nint main(void)\n{\n' >scanner/cli/main.c
	printf '\treturn a_length("");\n}\n' >>scanner/cli/main.c
	cp "$lints/../../.clang-format" .
	mkdir -p tests/unit/parsers
	# shellcheck disable=SC2016 # a code span
	printf '| `scanner/cli/main.c` | `unit/parsers/test_a.c` |\n' >tests/README.md
	printf '/* test_a.c - a test of a.c that is hardly one. */\n' >tests/unit/parsers/test_a.c
	# shellcheck disable=SC2016 # code spans
	for outcome in excluded 'own address' rate crash dropped cut sampled sharded; do
		printf '| %s | x | y | `tests/unit/parsers/test_a.c` hardly |\n' "$outcome"
	done >tests/OURS.md
}

# expect STATUS LINT TEXT: the lint ends so and says so.
expect()
{
	local output status
	output=$("$lints/$2" . 2>&1)
	status=$?
	if [ "$status" -eq 77 ]; then
		skipped=$((skipped + 1))
	elif [ "$status" -eq "$1" ] && grep -qF -- "$3" <<<"$output"; then
		passed=$((passed + 1))
	else
		echo "FAIL $2: wanted status $1 and \"$3\", got $status and:"
		echo "$output"
		failed=$((failed + 1))
	fi
}

# bites LINT TEXT FILE LINE...: with these lines added to FILE the lint complains.
bites()
{
	local lint=$1 text=$2 file=$3
	shift 3
	plant_clean
	printf '%s\n' "$@" >>"$file"
	expect 1 "$lint" "$text"
}

repeat()
{
	local i
	for ((i = 0; i < $1; i++)); do echo "$2"; done
}

plant_clean
for lint in "$lints"/*.sh "$lints"/*.py; do
	expect 0 "$(basename "$lint")" ""
done

bites includes.py 'parsers may not include output/text, which stands later' parsers/a.c '#include "output/text/b.h"'
bites includes.py 'output/text may not include scanner/cli' output/text/b.c '#include "scanner/cli/c.h"'
bites includes.py 'scanner/dns may not include scanner/job, which stands later' scanner/dns/c.c '#include "scanner/job/c.h"'
bites includes.py 'scanner/new has no place in the order' scanner/cli/c.c '#include "scanner/new/c.h"'
bites includes.py 'scanner has no place in the order' scanner/c.c '#include "parsers/a.h"'
bites includes.py 'datasets may not include scanner' datasets/d.c '#include "scanner/c.h"'
bites includes.py 'not written from the root' parsers/a.c '#include "a.h"'
bites includes.py 'by the pipe alone' scanner/worker/c.c '#include "scanner/supervisor/crew.h"'
bites includes.py 'scanner/supervisor never includes "scanner/worker/c.h"' scanner/supervisor/c.c '#include "scanner/worker/c.h"'
bites includes.py 'never touches the network' scanner/supervisor/c.c '#include "scanner/dns/dns_ares.h"'
bites includes.py 'never touches the network' scanner/supervisor/c.h '#include "scanner/hosts/reach.h"'
bites includes.py 'never touches the network' scanner/supervisor/c.c '#include "parsers/dnsmsg.h"'
for header in uv.h argp.h unistd.h; do
	bites includes.py "scanner/job never includes \"$header\"" scanner/job/c.c "#include <$header>"
	bites includes.py "scanner/judge never includes \"$header\"" scanner/judge/c.h "#include <$header>"
done
bites includes.py '"scanner/dns/c_parts.h" is private to scanner/dns' scanner/job/c.c '#include "scanner/dns/c_parts.h"'
plant_clean
printf '/* b.h - how a is made (private). */\n' >output/text/b.h
printf '#include "output/text/b.h"\n' | tee output/text/b.c tests/t.c >/dev/null
expect 0 includes.py ' 0 problems'
printf '#include "output/text/b.h"\n' >scanner/cli/c.c
expect 1 includes.py '"output/text/b.h" is private to output/text'
plant_clean
printf '#include "parsers/c.h"\n' >parsers/b.h
printf '#include "parsers/b.h"\n' >parsers/c.h
expect 1 includes.py 'a circle of includes: parsers/b.h parsers/c.h'
bites includes.py '<ares.h> belongs in' scanner/dns/c.c '#include <ares.h>'
bites includes.py '<curl/curl.h> belongs in' output/text/b.c '#include <curl/curl.h>'
bites includes.py '<openssl/ssl.h> belongs in' scanner/dns/c.c '#  include  <openssl/ssl.h>'
bites includes.py '<uv.h> belongs in' parsers/a.h '#include <uv.h>'
bites includes.py 'does not know' scanner/dns/c.c '#include <leptonica.h>'
bites exports.py 'b_unused() is exported' parsers/b.c 'int b_unused(void)' '{' '	return 1;' '}'
bites exports.py 'b_own() is exported' parsers/b.c 'int b_own(void)' '{' '	return 1;' '}' 'int b = b_own();'
plant_clean
printf 'int b_test(void)\n{\n\treturn 1;\n}\n' >parsers/b.c
printf 'int b_test(void);\n' >parsers/b.h
printf '/* b_test() is what it is about. */\nconst char *c = "b_test()";\nint d = x->b_test;\n' >parsers/c.c
printf 'int t(void)\n{\n\treturn b_test();\n}\n' | tee tests/t.c >bench/t.c
expect 1 exports.py 'b_test() is exported'
printf 'int main(void)\n{\n\treturn a_length("") + b_test();\n}\n' >scanner/cli/main.c
expect 0 exports.py ''
bites exports.py 'static a_length() bears the name of the one in parsers/a.c' scanner/cli/c.c \
	'static int a_length(void)' '{' '	return 1;' '}'
plant_clean
printf 'struct thing {\n\tint x;\n};\n' | tee parsers/b.h output/text/c.c >/dev/null
expect 1 exports.py 'output/text/c.c:1: struct thing bears the name of the one in parsers/b.h'
plant_clean
printf 'struct thing {\n\tint x;\n};\n' | tee parsers/b.c output/text/c.c >/dev/null
expect 0 exports.py ' 0 problems'
printf 'struct thing;\n' >parsers/b.h
expect 1 exports.py 'output/text/c.c:1: struct thing bears the name of the one in parsers/b.c'
plant_clean
printf 'int b(void)\n{\n\treturn c();\n}\n' >parsers/b.c
printf 'int c(void)\n{\n\treturn d();\n}\n' >parsers/c.c
printf 'int d(void)\n{\n\treturn b();\n}\n' >parsers/d.c
expect 1 exports.py 'a circle: b.c uses c of c.c; c.c uses d of d.c; d.c uses b of b.c'
bites names.py 'there is no other.h' parsers/a.c '/* See other.h. */'
bites names.py 'there is no parsers/main.c' parsers/a.c '/* See parsers/main.c. */'
bites names.py 'there is no DESIGN.md' tests/t.py '# DESIGN.md tells why.'
bites names.py 'there is no reader.sh' README.md 'Run reader.sh first.'
plant_clean
printf '/* See parsers/a.c, cli/main.c, a.h, argp.h, <any.h>, lib_NAME.c, README.md and x.c. */\n' >>parsers/a.h
expect 0 names.py ' 0 problems'
bites banned.py 'strcpy' scanner/c.c 'void c(char *a) { strcpy(a, "x"); }'
bites banned.py 'atoi' output/b.c 'int b(char *a) { return atoi (a); }'
bites banned.py 'only main ends' parsers/a.c 'void die(void) { exit(1); }'
bites size.py 'more than 65' scanner/c.c 'int c(int x)' '{' "$(repeat 65 '	x++;')" '	return x;' '}'
bites size.py 'more than 650' scanner/c.c "$(repeat 651 'extern int x;')"
bites headers.py 'does not open with a comment' scanner/c.c 'int c;'
bites headers.py 'does not open with a comment' scanner/c.c '/* b.c - the wrong name, it was copied. */'
bites headers.py 'does not open with a comment' tests/t.c 'int t;'
bites headers.py 'no include guard' scanner/c.h '/* c.h - the guard is somebody else'\''s. */' \
	'#ifndef MTASWEEP_D_H' '#define MTASWEEP_D_H' '#endif'
bites format.sh 'parsers/a.c: differs' parsers/a.c 'int  x ;'
bites comments.py 'torn off' parsers/a.c '/* Some text that ends below.' ' */'
bites comments.py 'more than 100 columns' parsers/a.c "/* $(printf 'x%.0s' {1..96}) */"
bites comments.py 'a section rule is one line' parsers/a.c '/* ---- reading' ' * -------------------- */'
# shellcheck disable=SC2016 # code spans
{
	bites ours.py "has no 'surely'" tests/OURS.md '| rate | x | y | `tests/unit/parsers/test_a.c` surely |'
	bites ours.py 'test_b.c is not there' tests/OURS.md '| rate | x | y | `tests/unit/parsers/test_b.c` hardly |'
	bites ours.py 'no test is named' tests/OURS.md '| rate | x | y | none |'
}
bites toplevel.sh 'notes.txt: does not belong' notes.txt 'x'
bites toplevel.sh 'does not belong' NEWS 'x'
plant_clean && rm README.md && expect 1 toplevel.sh 'README.md: is missing'
plant_clean && rm -r bench && touch bench && expect 1 toplevel.sh 'bench: should be a folder'
# shellcheck disable=SC2016 # the fault is meant
bites scripts.sh 'SC2006' tests/x.sh '#!/bin/sh' 'echo `date`'
bites leftovers.sh 'conflict markers' parsers/a.c '<<<<<<< HEAD'
bites leftovers.sh 'notes to self' parsers/a.c "/* TO""DO: later */"
bites leftovers.sh "somebody's paths" README.md 'see /ho''me/jo/notes'
bites leftovers.sh 'tool signatures' README.md 'Co-author''ed-by: somebody'
bites leftovers.sh 'blanks at the end' parsers/a.c 'int x; '
# shellcheck disable=SC2016 # code spans
{
	bites mirror.py 'no tests/unit/scanner/test_c.c' scanner/c.c '/* c.c - a file that nothing holds. */'
	bites mirror.py 'there is no scanner/gone.c' tests/README.md '| `scanner/gone.c` | `unit/parsers/test_a.c` |'
	bites mirror.py 'there is no tests/unit/gone.c' tests/README.md '| `scanner/c.c` | `unit/gone.c` |'
	bites mirror.py 'has a test of its name' tests/README.md '| `parsers/a.c` | `unit/parsers/test_a.c` |'
	bites mirror.py 'README.md does not say so' tests/PROMISES.md '| It sings. | `unit/parsers/test_a.c` |'
	bites mirror.py "says nothing of 'sings'" tests/PROMISES.md '| It. | `unit/parsers/test_a.c:sings` |'
}
# Near misses: what must not be taken for a fault.
plant_clean
printf '/* strcpy(a, b), exit(1) and a.h are only words here. */\n' >>parsers/a.c
printf 'const char *const a_words = "sprintf(x); #include <uv.h>";\n' >>parsers/a.c
expect 0 banned.py ' 0 problems'
expect 0 includes.py ' 0 problems'

echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
