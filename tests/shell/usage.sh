#!/bin/bash
# usage.sh BUILD_DIR - what somebody reads who asks for help, or slips: examples in every --help, `help COMMAND`,
# what was meant, and limits that can be read; and a demo that leaves another one alone that runs.
set -u
program=$1/scanner/mtasweep
folder=$(mktemp -d)
lab=
cleanup()
{
	[ -z "$lab" ] || kill "$lab" 2>/dev/null
	wait
	rm -rf "$folder"
}
trap cleanup EXIT
. tests/support/checks.sh

# refused TEXT ARGUMENTS...: status 2, and the first line says TEXT.
refused()
{
	local text=$1 got
	shift
	"$program" "$@" >"$folder/out" 2>"$folder/err" </dev/null
	got=$?
	check "'$*': status $got, not 2" [ "$got" -eq 2 ]
	check "'$*': not '$text' but: $(head -n 1 "$folder/err")" grep -qF -- "$text" <(head -n 1 "$folder/err")
	check "'$*' is refused on standard error" [ ! -s "$folder/out" ]
}

"$program" --help >"$folder/general"
for command in $("$program" __describe | sed -n 's/^command\t\([^\t]*\).*/\1/p'); do
	"$program" "$command" --help >"$folder/help"
	got=$?
	check "$command --help: status $got, not 0" [ "$got" -eq 0 ]
	check "$command --help begins with its usage" [ "$(head -c 6 "$folder/help")" = Usage: ]
	check "$command --help: no heading stands over nothing" \
		[ "$(sed -n '/^ [A-Z].*:$/{n;s/^ *$/empty/p}' "$folder/help")" = '' ]
	check "$command: examples" [ "$(sed '1,/^Examples:$/d' "$folder/help" | grep -c "mtasweep $command")" -ge 2 ]
	check "$command: every example has a line of its own" \
		[ "$(sed '1,/^Examples:$/d' "$folder/help" | grep -cv '^  .*mtasweep ')" -eq 0 ]
	check "help $command is $command --help" cmp "$folder/help" <("$program" help "$command")
	check "$command is in the list" grep -q "^  $command " "$folder/general"
done
for words in help -h 'help help' 'help --help'; do
	# shellcheck disable=SC2086 # two words
	check "$words is --help" cmp "$folder/general" <("$program" $words)
done
refused "unknown command 'chek', did you mean 'check'?" chek
refused "unknown command 'chek', did you mean 'check'?" help chek
refused 'unknown option --versoin, did you mean --version?' --versoin
refused 'unknown option --hlep, did you mean --help?' --hlep
refused 'unknown option --json; a command comes first' --json
refused 'unknown option -x; a command comes first' -x

refused '--dns-rate wants a number from 0 to 1000000000, not' scan --dns-rate -5
refused '--host-rate wants a number from 0 to 1000000, not' check --host-rate x example.com
refused '--timeout-dns wants a number from 0.05 to 300, not' check --timeout-dns 1e9 example.com
refused '--progress wants auto|plain|json|none, not' scan --progress aut
refused '--sandbox wants on|off, not' scan --sandbox 'on|off'
refused 'no format' report --format '' "$folder"
refused 'no format' diff --format html "$folder" "$folder"
refused 'there are json|clickhouse|' schema click
refused "'stss' is none of sts|policy|tlsrpt" lint stss

# One dialect of --severity, one help text.
for words in 'scan -o /nowhere/x' 'check example.com' 'lint sts' 'recheck /nowhere/x -o /nowhere/y'; do
	# shellcheck disable=SC2086 # several words
	for wrong in sts_record_id_charset=inconclusive sts_record_id_charset=loud; do
		refused "--severity wants error, warning or info, not '${wrong#*=}'" $words --severity "$wrong"
	done
	# shellcheck disable=SC2086
	refused "--severity: no finding 'no_such'" $words --severity no_such=info
	# shellcheck disable=SC2086
	refused "--severity wants CODE=LEVEL, not 'info'" $words --severity info
	check "help of ${words%% *} about severities" grep -qE -- \
		'--severity=CODE=LEVEL +Severity of a finding: error, warning or info' \
		<("$program" "${words%% *}" --help | tr '\n' ' ' | tr -s ' ')
done
refused "--seed wants a whole number, not '12x'" scan -o /nowhere/x --seed 12x
refused "--seed wants a whole number, not '-1'" scan -o /nowhere/x --seed -1

# ---- the demo ----
# In a tree of its own, where all is installed and built.
mkdir -p "$folder/tree/datasets" "$folder/path"
cp datasets/demo "$folder/tree/datasets"
ln -s "$(realpath "$1")" "$folder/tree/build"
for tool in tree/datasets/install-packages path/cmake path/ninja; do
	ln -s /bin/true "$folder/$tool"
done
demo=$folder/tree/datasets/demo
PATH=$folder/path:$PATH NAMES=300 "$demo" lab >"$folder/lab" 2>&1 &
lab=$!
for _ in $(seq 300); do
	grep -q 'mtasweep scan' "$folder/lab" && break
	sleep 0.1
done
cd "$folder/tree" || exit 1
declare -a there
eval "$(grep -o 'there=(.*' "$folder/lab")"
list=$(grep -o 'out/[^ ]*/names\.txt' "$folder/lab" | head -n 1)
check 'the lab says how to reach it' [ -s "$list" ]
# scan RUN: the verdicts of the lab's names, by its options.
scan()
{
	build/scanner/mtasweep scan "$list" -o "$1" "${there[@]}" -q 2>/dev/null
	build/scanner/mtasweep report --by name --select verdict!=null --columns domain,verdict "$1"
}
scan before >"$folder/before"
enforced=$(sed -n '/,enforce$/{s///p;q}' "$folder/before")
PATH=$folder/path:$PATH "$demo" check "$enforced" >"$folder/checked" 2>&1
check 'demo check finds what the lab has' grep -q 'verdict  *Enforced' "$folder/checked"
scan after >"$folder/after"
check 'demo check leaves a lab alone that runs' cmp "$folder/before" "$folder/after"
kill -TERM "$lab"
wait "$lab"
lab=
check 'nothing of the lab is left' [ "$(echo out/labnet*)" = 'out/labnet*' ]
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
