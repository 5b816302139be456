#!/bin/bash
# resolver.sh BUILD - datasets/resolver: starts in front of labnet, answers, says what is wrong, and stops.
set -u
build=$1
PATH=$PATH:/usr/sbin:/sbin
for tool in unbound unbound-checkconf unbound-control; do
	command -v "$tool" >/dev/null || {
		echo "resolver: $tool is not installed (datasets/install-packages tests)"
		exit 77
	}
done
work=$(mktemp -d)
chmod 755 "$work"
lab=
program=datasets/resolver/resolver
trap '$program stop --dir "$work/resolver"; [ -z "$lab" ] || kill "$lab"; rm -rf "$work"' EXIT
passed=0
failed=0
check()
{
	if [ "$2" = "$3" ]; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "FAIL $1: '$2', not '$3'"
	fi
}

mkdir "$work/lab"
"$build/datasets/labnet" serve --dir "$work/lab" >"$work/lab/ready" 2>&1 &
lab=$!
until [ -s "$work/lab/ready" ]; do sleep 0.1; done
dns=$(sed -n 's/.* dns=\([^ ]*\).*/\1/p' "$work/lab/ready")
printf 'server:\n\tmodule-config: "iterator"\n\tdo-not-query-localhost: no\nforward-zone:\n\tname: "."\n\tforward-addr: %s\n' \
	"${dns/:/@}" >"$work/lab.conf"
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')

"$program" status --dir "$work/resolver" >/dev/null 2>&1
check "status before it runs" $? 3
"$program" start --dir "$work/resolver" --port "$port" --threads 1 --no-validation --include "$work/lab.conf" >"$work/said" 2>&1
check "start" $? 0
check "it says how to use it" "$(grep -c -- "-r 127.0.0.1:$port" "$work/said")" 1
"$program" start --dir "$work/resolver" --port "$port" --no-validation >/dev/null 2>&1
check "a second start" $? 3
printf 'a.example.com\nb.example.net\n' >"$work/names"
"$build/scanner/mtasweep" scan "$work/names" -o "$work/run" -r "127.0.0.1:$port" -q --progress none
check "a scan through it" $? 0
check "knows both names" "$(jq -r '.tables.verdicts.rows.inconclusive.names.n' "$work/run/report.json")" 0
"$program" status --dir "$work/resolver" >"$work/said" 2>&1
check "status" "$? $(grep -c 'total.num.queries=[1-9]' "$work/said")" "0 1"
"$program" stop --dir "$work/resolver"
check "stop" $? 0
"$program" status --dir "$work/resolver" >/dev/null 2>&1
check "it is gone" $? 3

# labnet signs nothing: a resolver that cannot validate is none.
sed -i '/module-config/d' "$work/lab.conf"
if [ -r /usr/share/dns/root.key ]; then
	"$program" start --dir "$work/resolver" --port "$port" --threads 1 --include "$work/lab.conf" >"$work/said" 2>&1
	check "no validation" $? 3
	check "is said" "$(grep -c 'does not validate' "$work/said")" 1
	"$program" status --dir "$work/resolver" >/dev/null 2>&1
	check "and it is stopped" $? 3
fi
"$program" start --port 99999 >/dev/null 2>&1
check "no such port" $? 2
"$program" begin >/dev/null 2>&1
check "no such command" $? 2
echo "$passed passed, $failed failed, 0 skipped"
[ "$failed" -eq 0 ]
