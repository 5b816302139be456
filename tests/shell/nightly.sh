#!/bin/bash
# nightly.sh BUILD_DIR - what the package installs for the night: pages, completion and units are found where systems look
# for them, systemd's own checker accepts the units, and the nightly script does its work on the synthetic internet: one
# line when nothing is worse, what is worse otherwise, runs that are kept and that go, lists that are missing, a stop.
set -u
build=$(cd "$1" && pwd)
folder=$(mktemp -d)
servers=()
cleanup()
{
	for pid in "${servers[@]}"; do
		kill "$pid" 2>/dev/null
	done
	rm -rf "$folder"
}
trap cleanup EXIT
passed=0 failed=0

# verdict WHAT GOT WANTED
verdict()
{
	if [ "$2" = "$3" ]; then
		passed=$((passed + 1))
	else
		echo "FAIL $1: '$2', not '$3'"
		failed=$((failed + 1))
	fi
}

# ---- installed ----
DESTDIR=$folder/root cmake --install "$build" --prefix /usr >"$folder/said" 2>&1 || cat "$folder/said"
root=$folder/root/usr
for command in '' $("$build/scanner/mtasweep" __describe | sed -n 's/^command\t\([^\t]*\).*/-\1/p'); do
	verdict "a page: mtasweep$command" "$(ls "$root"/share/man/man1/mtasweep"$command".1 2>/dev/null)" "$root/share/man/man1/mtasweep$command.1"
done
if command -v man >/dev/null; then
	verdict 'man finds them' "$(man -M "$root/share/man" -w mtasweep-scan 2>&1)" "$root/share/man/man1/mtasweep-scan.1"
fi
if [ -e /usr/share/bash-completion/bash_completion ]; then
	# shellcheck disable=SC2016 # for the inner shell
	verdict 'bash finds the completion' "$(XDG_DATA_DIRS=$root/share PATH=$root/bin:$PATH bash --norc -c '
		. /usr/share/bash-completion/bash_completion
		_completion_loader mtasweep; complete -p mtasweep' 2>&1 | grep -c 'mtasweep$')" 1
fi
verdict 'zsh has a function' "$(head -n 1 "$root/share/zsh/site-functions/_mtasweep")" '#compdef mtasweep'
verdict 'fish has a file' "$(test -s "$root/share/fish/vendor_completions.d/mtasweep.fish" && echo yes)" yes
verdict 'no unit is left with a place to fill in' "$(grep -l @ "$root"/lib/systemd/system/*.timer 2>/dev/null)" ''
if command -v systemd-analyze >/dev/null; then
	mkdir "$folder/units"
	cp "$root"/lib/systemd/system/mtasweep-nightly.* "$folder/units"
	sed -i "s|^ExecStart=|&$root/bin/|" "$folder/units/mtasweep-nightly.service"
	systemd-analyze verify --man=no "$folder/units/mtasweep-nightly.service" "$folder/units/mtasweep-nightly.timer" >"$folder/said" 2>&1
	verdict 'systemd-analyze verify' "$? $(grep -c mtasweep "$folder/said")" '0 0'
	# Offline, as there may be no systemd; it sums up what a unit leaves open, from 0 (nothing) to 10.
	if systemd-analyze security --help 2>&1 | grep -q -- --offline; then
		systemd-analyze security --offline=yes --threshold=25 "$folder/units/mtasweep-nightly.service" >"$folder/said" 2>&1
		verdict 'hardened: at most 2.5 of 10' $? 0
	fi
else
	echo "note: no systemd-analyze, the units are not checked"
fi

# ---- nights ----
"$build/datasets/labnet" serve --dir "$folder" --adoption 0.5 --error-mix full >"$folder/ready" &
servers+=($!)
until [ -s "$folder/ready" ]; do sleep 0.1; done
part()
{
	sed -n "s/.* $1=\([^ ]*\).*/\1/p" "$folder/ready"
}
{
	echo domain,customer
	"$build/datasets/labnet" names -n 200 | sed 's/$/,acme/'
} >"$folder/names.csv"
network="-r $(part dns) --https-port $(part https) --allow-net 127.0.0.0/8 --allow-net ::1/128 --workers 1 --tag-column customer --retries 0 --timeout-dns 1 --timeout-fetch 2"
# configure CA [MORE OPTIONS]
configure()
{
	cat >"$folder/conf" <<-END
		LIST=$folder/names.csv
		RUNS=$folder/runs
		KEEP=3
		OPTIONS="$network --ca-file $1 ${2:-}"
	END
}
# night DATE: $status and $said
night()
{
	said=$(NIGHT=$1 PATH=$root/bin:$PATH mtasweep-nightly "$folder/conf" 2>&1)
	status=$?
}
configure "$(part ca)"
night 2026-01-01
losing=$("$build/scanner/mtasweep" report --by name --select impact=mail_loss "$folder/runs/2026-01-01" | tail -n +2 | tee "$folder/losing" | wc -l)
verdict 'the first night: whoever loses mail is told, as no later night does' "$status $(head -n 1 <<<"$said") $(tail -n +3 <<<"$said" | wc -l)" \
	"1 mtasweep nightly: 2026-01-01 is the first night, with nothing to compare with; names that lose mail: $losing $losing"
# A name that two customers have is one name.
cp "$folder/names.csv" "$folder/names.once"
lost=$(grep -oE "$(tail -n +2 "$folder/names.once" | cut -d, -f1 | paste -sd '|')" "$folder/losing" | head -n 1)
echo "$lost,zebra" >>"$folder/names.csv"
rm -r "$folder/runs/2026-01-01"
night 2026-01-01
verdict 'names are counted, and all rows told' "$(head -n 1 <<<"$said" | sed 's/.*: //') $(tail -n +3 <<<"$said" | wc -l)" "$losing $((losing + 1))"
mv "$folder/names.once" "$folder/names.csv"
rm -r "$folder/runs/2026-01-01"
echo "SELECT='tag=nobody or tag=none,verdict=enforce'" >>"$folder/conf"
night 2026-01-01
verdict 'the first night of others' "$status $said" '0 mtasweep nightly: 2026-01-01 is the first night, with nothing to compare with: no name loses mail'
rm -r "$folder/runs/2026-01-01"
sed -i '$d' "$folder/conf"
echo "SELECT='tag!=\"this or that\"'" >>"$folder/conf"
night 2026-01-01
verdict 'a value with "or" in it' "$status $(head -n 1 <<<"$said")" \
	"1 mtasweep nightly: 2026-01-01 is the first night, with nothing to compare with; names that lose mail: $losing"
configure "$(part ca)"
night 2026-01-02
verdict 'a quiet night says one line' "$status $(wc -l <<<"$said") $(sed -E 's/is known to lose/loses/; s/;.*//' <<<"$said")" '0 1 mtasweep nightly: No further name loses mail'
verdict 'and has its page' "$(grep -cE '<h1[^>]*>No further name (is known to lose|loses) mail' "$folder/runs/2026-01-02/changes.html")" 1
sed -i s/KEEP=3/KEEP=9/ "$folder/conf"
cp "$folder/names.csv" "$folder/names.all"
lost=$(grep -oE "$(cut -d, -f1 "$folder/names.all" | tail -n +2 | paste -sd '|')" "$folder/losing" | head -n 1)
grep -v "^$lost," "$folder/names.all" >"$folder/names.csv"
night 2026-01-03
cp "$folder/names.all" "$folder/names.csv"
night 2026-01-04
verdict 'a name that is new in the list and loses mail is told' "$status $(grep -c '1 more name loses mail, new in the list' <<<"$said") $(grep -c "^$lost " <<<"$said")" '1 1 1'
rm -r "$folder/runs/2026-01-03" "$folder/runs/2026-01-04"
configure "$(part ca)"
mv "$folder/names.csv" "$folder/names.kept"
night 2026-01-03
verdict 'without a list that of the night before' "$status $(grep -c 'missing or empty' <<<"$said") $(grep -c 'no other change' <<<"$said")" '0 1 1'
mv "$folder/names.kept" "$folder/names.csv"
verdict 'three nights are kept' "$(cd "$folder/runs" && echo 2*)" '2026-01-01 2026-01-02 2026-01-03'
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=other -keyout "$folder/key" -out "$folder/other.pem" 2>/dev/null
configure "$folder/other.pem"
night 2026-01-04
verdict 'a night that is worse' "$status $(grep -c '^== Worse' <<<"$said") $(grep -c '^== In total' <<<"$said")" '1 1 0'
verdict 'its names and customers are told' "$(grep -c '\[acme\]' <<<"$said" | sed 's/^[1-9][0-9]*$/some/')" some
verdict 'the first goes' "$(cd "$folder/runs" && echo 2*)" '2026-01-02 2026-01-03 2026-01-04'
mkdir "$folder/runs/2025-notes" "$folder/runs/2026-01-05"
touch "$folder/runs/2026-01-05/results.ndjson.zst"
night 2026-01-05
verdict 'a run that died at once is begun anew' "$status ${said%%;*}" '0 mtasweep nightly: No change'
verdict 'what is no night stays' "$(test -d "$folder/runs/2025-notes" && echo yes)" yes
night 2026-01-05
verdict 'twice a night: it is compared again' "$status ${said%%;*}" '0 mtasweep nightly: No change'

# ---- stopped, and gone on with ----
configure "$(part ca)" '--dns-rate 20'
PATH=$root/bin:$PATH NIGHT=2026-01-06 mtasweep-nightly "$folder/conf" >"$folder/said" 2>&1 &
under=$!
for _ in $(seq 100); do
	[ -e "$folder/runs/2026-01-06/checkpoint" ] && break
	sleep 0.1
done
night 2026-01-06
verdict 'not two at once' "$status $(grep -c 'still at work' <<<"$said")" '3 1'
kill -TERM "$under"
wait "$under"
verdict 'SIGTERM leaves a checkpoint' "$? $(test -e "$folder/runs/2026-01-06/checkpoint" && echo yes)" '130 yes'
night 2026-01-07
verdict 'what is not complete is compared with nothing' "$(grep -c 2026-01-05 "$folder/runs/2026-01-07/changes.txt")" 1
rm -r "$folder/runs/2026-01-07"
# The run knows its options: it goes on slowly, so hurry it by those that are given again.
sed -i 's/"20"/"2000"/' "$folder/runs/2026-01-06/run.json"
night 2026-01-06
# Policies that can be had again may lose mail again.
verdict 'it goes on' "$((status <= 1)) $(grep -c ' better' <<<"$said") $(test -e "$folder/runs/2026-01-06/checkpoint" || echo whole)" '1 1 whole'

# ---- what is wrong is told ----
said=$(MTASWEEP=$folder/no/mtasweep bash "$root/bin/mtasweep-nightly" "$folder/conf" 2>&1)
verdict 'no program' "$? $(grep -c "set MTASWEEP=" <<<"$said")" '2 1'
said=$(cd "$root/bin" && MTASWEEP=./mtasweep NIGHT=2026-01-07 ./mtasweep-nightly "$folder/conf" 2>&1)
verdict 'a program by a path from here' "$((${?} <= 1)) $(grep -c 'no program' <<<"$said")" '1 0'
rm -rf "$folder/runs/2026-01-07"
configure "$(part ca)" '--no-such-option'
night 2026-01-08
verdict 'a wrong option' "$status $(grep -c 'the scan ended with status 2' <<<"$said")" '2 1'
echo KEEP=0 >"$folder/conf"
night 2026-01-08
verdict 'no list' "$status $(grep -c 'LIST is not set' <<<"$said")" '2 1'
echo LIST=x >>"$folder/conf"
night 2026-01-08
verdict 'a number that is none' "$status $(grep -c 'KEEP is a number' <<<"$said")" '2 1'
verdict 'help' "$("$root/bin/mtasweep-nightly" --help | head -c 24)" 'nightly [CONFIGURATION] '
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
