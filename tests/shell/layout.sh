#!/bin/bash
# layout.sh BUILD_DIR - lists as people have them, from the command line: what --dry-run shows of them, what is
# refused before anything is made, and that a list of no names is told loudly and by the exit status. No network.
set -u
program=$1/scanner/mtasweep
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
passed=0 failed=0

# expect WHAT STATUS TEXT COMMAND...: the status, and all that was said has TEXT (a fixed string).
expect()
{
	local what=$1 status=$2 text=$3 got
	shift 3
	"$@" >"$folder/said" 2>&1
	got=$?
	if [ "$got" -eq "$status" ] && { [ -z "$text" ] || grep -qF -- "$text" "$folder/said"; }; then
		passed=$((passed + 1))
	else
		echo "FAIL $what: status $got, not $status, or without '$text'"
		cat "$folder/said"
		failed=$((failed + 1))
	fi
}

# A resolver that is not there: nothing is asked of it where no line is a name.
scan=("$program" scan -r 127.0.0.1:9 --workers 1 --timeout-dns 0.1 --retries 0)
dry=("$program" scan --dry-run -r 127.0.0.1:9 -o "$folder/none")

printf 'GlobalRank,TldRank,Domain,TLD\n1,1,a.example,example\n2,2,b.example,example\n' >"$folder/majestic"
printf 'id,zone,note\n7,a.example,x\n8,b.example,y\n' >"$folder/zone"
printf 'Acme Inc\nBolt & Co\nc.example\n' >"$folder/companies"
echo c.example >"$folder/excluded"
expect "dry run: layout" 0 "$folder/majestic: columns parted by ',', a header; names from column 3, ranks from column 1" \
	"${dry[@]}" "$folder/majestic"
expect "dry run: lines" 0 "  line 3: 'b.example', rank 2" "${dry[@]}" "$folder/majestic"
expect "dry run: tags" 0 "  line 2: 'a.example', rank 1, tag 'example'" "${dry[@]}" --tag-column tld "$folder/majestic"
expect "dry run: a plain list" 0 "standard input: one name a line" "${dry[@]}" - <"$folder/companies"
expect "dry run: every file" 0 "$folder/companies: one name a line" "${dry[@]}" "$folder/majestic" "$folder/companies"
expect "refused" 2 "'--domain-column 2' would read the names from column 2" "${scan[@]}" -o "$folder/r1" "$folder/zone"
expect "nothing was made" 1 "" test -e "$folder/r1"
expect "and so it is read" 0 "line 2: 'a.example'" "${dry[@]}" --domain-column 2 "$folder/zone"
expect "or by its name" 0 "line 2: 'a.example'" "${dry[@]}" --domain-column ZONE "$folder/zone"
expect "from a pipe, too" 2 "would read the names from column 2" "${scan[@]}" -q -o - - <"$folder/zone"
expect "--delimiter" 2 "--delimiter wants one character, 'tab' or 'space', not '::'" "${dry[@]}" --delimiter :: "$folder/zone"
expect "--no-header" 0 "3 records: 1 names to scan" "${dry[@]}" --no-header --domain-column 1 "$folder/companies"
expect "header words are in --help" 0 "registered domain" "$program" scan --help

expect "most are no names" 5 "2 of 3 lines are no domain names (line 1: 'Acme Inc', line 2: 'Bolt & Co')" \
	"${scan[@]}" -q -o "$folder/r2" --exclude "$folder/excluded" "$folder/companies"
expect "yet each has its record" 0 "2" sh -c "zstd -dcq '$folder/r2/results.ndjson.zst' | grep -c '\"verdict\":\"invalid_input\"'"
expect "and its report" 0 "" test -s "$folder/r2/report.json"
expect "no name at all" 5 "there was no name in the input" "${scan[@]}" -q -o - - <<<"# only a comment"
awk 'BEGIN { for (i = 0; i < 1500; i++) print "Person " i }' >"$folder/persons"
expect "told at once" 5 "1000 of the first 1000 lines are no domain names" "${scan[@]}" -q -o "$folder/r3" "$folder/persons"
expect "and at the end" 5 "1500 of 1500 lines are no domain names" "${scan[@]}" -q -o "$folder/r4" "$folder/persons"

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
