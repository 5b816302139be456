#!/bin/bash
# streams.sh BUILD_DIR - standard streams that are closed, and a full disk behind standard output: nothing aborts,
# and output that is lost is told, once, with status 3.
set -u
build=$1
labnet=$build/datasets/labnet program=$build/scanner/mtasweep
command -v zstd >/dev/null || {
	echo "streams: zstd is not installed (datasets/install-packages tests)"
	exit 77
}
folder=$(mktemp -d)
passed=0 failed=0
"$labnet" serve --dir "$folder" --seed 1 >"$folder/ready" &
server=$!
trap 'kill "$server" 2>/dev/null; wait "$server" 2>/dev/null; rm -rf "$folder"' EXIT
for _ in $(seq 100); do
	grep -q '^ready ' "$folder/ready" && break
	sleep 0.1
done
part()
{
	sed -n "s/.* $1=\([^ ]*\).*/\1/p" "$folder/ready"
}
network=(-r "$(part dns)" --https-port "$(part https)" --ca-file "$(part ca)" --allow-net 127.0.0.0/8
	--allow-net ::1/128 --timeout-dns 1 --timeout-fetch 5)
names=$folder/names run=$folder/run
"$labnet" names -n 20 --seed 1 >"$names"
printf 'v=STSv1; id=1' >"$folder/good"

verdict()
{
	if [ "$2" = "$3" ]; then
		passed=$((passed + 1))
	else
		echo "FAIL $1: $2, not $3"
		[ ! -s "$folder/error" ] || cat "$folder/error"
		failed=$((failed + 1))
	fi
}

# lost ARGUMENTS...: with nowhere to write, 3 and one sentence; what is lost behind 'closed', too.
lost()
{
	"$program" "$@" >/dev/full 2>"$folder/error" </dev/null
	verdict "$* >/dev/full" "$? $(grep -c 'standard output' "$folder/error")" "3 1"
	"$program" "$@" 2>"$folder/error" </dev/null >&-
	verdict "$* >&-" "$? $(grep -c 'standard output' "$folder/error")" "3 1"
}

# A run in which everything is closed is as good as another.
"$program" scan "${network[@]}" -o "$run" "$names" >&- 2>&- <&-
verdict 'scan >&- 2>&- <&-' $? 0
verdict '... has its records' "$(zstd -dcq "$run/results.ndjson.zst" | wc -l)" 20
"$program" scan "${network[@]}" -o "$folder/quiet" -q "$names" 2>&-
verdict 'scan 2>&-' $? 0
"$program" scan "${network[@]}" -o "$folder/none" --progress none 2>"$folder/error" <&-
verdict 'scan <&- of standard input' $? 2
name=nothing-here.example
"$program" check "${network[@]}" "$name" >/dev/null 2>"$folder/error" <&-
verdict 'check <&-' $? 0
"$program" check "${network[@]}" "$name" >"$folder/page" 2>&-
verdict 'check 2>&-' "$? $(head -n 1 "$folder/page")" "0 $name"
"$program" check "${network[@]}" "$name" >&- 2>&- <&-
verdict 'check >&- 2>&- <&-' $? 3
"$program" lint sts 2>"$folder/error" <&-
verdict 'lint <&-' $? 2

lost check "${network[@]}" "$name"
lost scan "${network[@]}" -o - --progress none "$names"
lost scan --dry-run -r 127.0.0.1:1 -o "$folder/dry" "$names"
lost lint sts --json "$folder/good"
lost lint sts "$names" # findings: status 1 if they can be read
lost report "$run"
lost report --select verdict=absent "$run"
lost diff "$run" "$run"
lost explain
lost explain -m
lost explain mx_none_match
for language in json clickhouse clickhouse-flat postgres duckdb markdown; do
	lost schema "$language"
done
lost --help
lost help
lost --version
for command in $("$program" __describe | sed -n 's/^command\t\([^\t]*\).*/\1/p'); do
	lost "$command" --help
done
lost scan --usage
"$program" recheck "$run" -o "$folder/again" >/dev/full 2>"$folder/error"
verdict 'recheck >/dev/full' $? 3

# What was wrong anyhow is not said to be the disk's fault.
"$program" explain no-such-word >/dev/full 2>"$folder/error"
verdict 'explain no-such-word >/dev/full' $? 2

# -v speaks on standard error alone, also when nothing else does, and of what is wrong.
silent=127.0.0.2:$(part dns | sed 's/.*://')
"$program" scan "${network[@]}" -r "$silent" -q -v --seed 7 --host-rate 3 -o - "$names" >"$folder/out" 2>"$folder/said"
verdict '-v: status' $? 0
verdict '-v: only records on standard output' "$(grep -c '^{.*}$' "$folder/out") $(wc -l <"$folder/out")" '20 20'
verdict '-v: one form, with its time' "$(grep -cvE '^20[0-9-]{8}T[0-9:]{8}Z mtasweep scan: ' "$folder/said")" 0
for wanted in '2 resolvers' "  $(part dns)" '1 s for an answer' 'address gets 3 new connections' 'seed 7' \
	"$(part ca)" "resolver $(part dns): [1-9].* SERVFAIL" "resolver $silent: .* 0 answered"; do
	verdict "-v tells of '$wanted'" "$(grep -c -- "Z mtasweep scan: .*$wanted" "$folder/said")" 1
done
# On a machine that is busy the scan may be given up before the resolver is.
for _ in 1 2 3 4; do
	"$program" scan -r "$silent" --timeout-dns 0.2 -q -v -o - <(echo a.example) >"$folder/out" 2>"$folder/said"
	got="$? $(grep -c "Z mtasweep scan: resolver $silent is silent" "$folder/said")"
	[ "$got" = '3 1' ] && break
done
verdict '-v: a resolver that falls silent' "$got" '3 1'
"$program" scan "${network[@]}" -r "$silent" -q -o - "$names" >/dev/null 2>"$folder/said"
verdict '-q says nothing' "$(wc -c <"$folder/said")" 0
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
