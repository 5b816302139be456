#!/bin/bash
# manuals.sh BUILD_DIR - man pages and completion are those of the program's own tables of options, and well
# formed; every option that --help shows is documented.
set -u
program=$1/scanner/mtasweep
for tool in scdoc mandoc python3; do
	command -v "$tool" >/dev/null || {
		echo "manuals: $tool is not installed (datasets/install-packages tests)"
		exit 77
	}
done
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
. tests/support/checks.sh

# same MADE COMMITTED: versions of scdoc differ in the source of a page, not in what is read.
same()
{
	case $1 in
	*.1) cmp <(mandoc -Tascii "$1") <(mandoc -Tascii "$2") ;;
	*) cmp "$1" "$2" ;;
	esac
}

check "the pages can be made" scanner/cli/man/generate "$program" "$folder"
for made in "$folder"/man/*.1 "$folder"/completion/*; do
	check "${made#"$folder"/} is committed as it is made (scanner/cli/man/generate BUILD/scanner/mtasweep scanner/cli)" \
		same "$made" "scanner/cli/${made#"$folder"/}"
done
for page in scanner/cli/man/*.1; do
	check "$page has a command" test -e "$folder/man/$(basename "$page")"
	check "mandoc -Tlint $page" mandoc -Tlint -W style "$page"
done
for command in $("$program" __describe | sed -n 's/^command\t\([^\t]*\).*/\1/p'); do
	mandoc -Tascii "scanner/cli/man/mtasweep-$command.1" | sed "s/.\x08//g" >"$folder/page"
	for option in $("$program" "$command" --help | grep -oE -- '--[a-z][a-z-]+' | grep -vx -- --usage | sort -u); do
		check "$command $option is documented" grep -q -e "$option" "$folder/page"
	done
	"$program" "$command" --help >"$folder/help"
	while read -r option; do
		check "$command has the documented $option" grep -q -e "$option\b" "$folder/help"
	done < <(sed '/^WHAT MTA-STS/,$d' "$folder/page" | grep -oE -- '--[a-z][a-z-]+' | sort -u)
done
# What the statuses mean is said once, at the end of --help.
for command in $("$program" __describe | sed -n 's/^command\t\([^\t]*\).*/\1/p'); do
	mandoc -Tascii "scanner/cli/man/mtasweep-$command.1" | sed "s/.\x08//g" | sed -n '/^EXIT STATUS/,/^SEE ALSO/p' >"$folder/page"
	"$program" "$command" --help | sed -n '/^Exit status:/,/^$/p' | tr '\n' ' ' >"$folder/help"
	check "mtasweep-$command(1) has the statuses of $command --help" \
		cmp <(grep -oE '^ +[0-9]+$' "$folder/page" | tr -d ' ') <(grep -oE '(: |, )[0-9]+ ' "$folder/help" | grep -oE '[0-9]+')
done
check "mtasweep-diff(1) says what status 1 is" grep -qe '^ *with --fail-on' <(mandoc -Tascii scanner/cli/man/mtasweep-diff.1 | sed "s/.\x08//g" | sed -n '/^EXIT STATUS/,$p')
# Options of the commands in the README.
# shellcheck disable=SC2016 # backquotes of Markdown
grep -v '^Not there yet' README.md | grep -oE '^mtasweep [a-z]+ .*|`--[a-z-]+[ `]' | sed 's/|.*//; s/#.*//' >"$folder/readme"
while read -r word; do
	check "the README's $word exists" grep -q -e "$word\b" scanner/cli/man/mtasweep-*.1
done < <(grep -oE -- '--[a-z][a-z-]+' "$folder/readme" | sort -u)
check "bash takes the completion" bash -n scanner/cli/completion/mtasweep.bash
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 20 ]
