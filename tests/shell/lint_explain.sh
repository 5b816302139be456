#!/bin/bash
# lint_explain.sh - what scripts rely on: exit codes, the JSON of lint, and that explain finds things.
set -u
program=$1/scanner/mtasweep
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0 passed=0

# expect TITLE WANTED-STATUS WANTED-TEXT COMMAND...: exit status, and a pattern in the output.
expect()
{
	local title=$1 status=$2 pattern=$3
	shift 3
	"$@" >"$work/out" 2>"$work/err" </dev/null
	local got=$?
	if [ "$got" -ne "$status" ] || ! grep -qE -- "$pattern" "$work/out" "$work/err"; then
		echo "FAIL $title: status $got, wanted $status and /$pattern/"
		cat "$work/out" "$work/err"
		failed=$((failed + 1))
	else
		passed=$((passed + 1))
	fi
}

policy='version: STSv1\nmode: enforce\nmx: mail.example.com\nmax_age: 1209600'
printf "%b" "$policy\n" >"$work/good"
printf "%b" "$policy" >"$work/no-newline"
printf "%b" "$policy\n\n" >"$work/blank"
printf "%b" "$policy\nmode: testing\n" >"$work/conflict"
printf 'v=STSv1; id=1\n' >"$work/record"
printf 'v=STSv1; id=1' >"$work/record-bare"
printf 'v=STSv1; id=1\n\n' >"$work/record-two-newlines"
printf 'v=TLSRPTv1; rua=mailto:tls@example.com\r\n' >"$work/report"
: >"$work/empty"
{ printf "%b" "$policy\n"; yes 'mx: a.b.example.com' | head -60000; } >"$work/long"

expect "good policy" 0 'good: valid' "$program" lint policy "$work/good"
expect "final newline is optional" 0 ': valid' "$program" lint policy "$work/no-newline"
expect "blank line" 1 'policy_empty_line' "$program" lint policy "$work/blank"
expect "blank line, place" 1 'line 5' "$program" lint policy "$work/blank"
expect "valid with an error" 1 ': valid' "$program" lint policy "$work/conflict"
expect "severity changed" 0 ': valid' "$program" lint policy \
	--severity policy_duplicate_key_conflict=warning "$work/conflict"
expect "severity does not make valid" 0 ': invalid' "$program" lint policy \
	--severity policy_empty_line=info "$work/blank"
expect "one final newline is dropped" 0 ': valid' "$program" lint sts "$work/record"
expect "no final newline" 0 ': valid' "$program" lint sts "$work/record-bare"
expect "only one is dropped" 1 ': invalid' "$program" lint sts "$work/record-two-newlines"
expect "CRLF is one newline" 0 ': valid' "$program" lint tlsrpt "$work/report"
expect "empty policy" 1 'policy_empty' "$program" lint policy "$work/empty"
expect "empty record" 1 'sts_record_version_invalid' "$program" lint sts "$work/empty"
expect "60,000 mx lines" 1 'policy_too_large' timeout 10 "$program" lint policy "$work/long"
expect "several files" 1 'empty: invalid' "$program" lint policy "$work/good" "$work/empty"
expect "no such file" 2 'cannot open' "$program" lint policy "$work/none"
expect "no kind" 2 'sts, policy or tlsrpt' "$program" lint
printf '"v=TLSRPTv1; rua=mailto:reports@exam" "ple.com"\n' >"$work/split"
printf '_smtp._tls.b.example.\n"v=TLSRPTv1; rua=mailto:a@b.example"\n' >"$work/alias"
printf '"v=STSv1; id=1"\n"v=STSv1; id=2"\n"other"\n' >"$work/several"
printf '"v=STSv1; id=1"' >"$work/quotes"
expect "dig, two strings" 0 ': valid' "$program" lint tlsrpt "$work/split"
expect "dig, an alias" 0 ': valid' "$program" lint tlsrpt "$work/alias"
expect "dig, several records" 1 ': invalid .of 3 records.' "$program" lint sts "$work/several"
expect "dig, several records, why" 1 'sts_record_multiple' "$program" lint sts "$work/several"
expect "dig, other records beside" 0 ': valid' "$program" lint sts <(printf '"other"\n"v=STSv1; id=2"\n')
expect "dig, aliases only" 2 'no TXT record at their end' "$program" lint sts <(printf 'b.example.\n')
expect "quotes of the value itself" 1 'sts_record_quoted' "$program" lint sts "$work/quotes"
expect "quotes taken off on the way" 1 'leave its quotes' "$program" lint tlsrpt <(tr -d '"' <"$work/split")
expect "standard input" 1 '^-: invalid' "$program" lint sts
expect "explain a code" 0 'Standard +RFC 8461' "$program" explain mx_none_match
expect "explain a word" 0 'policy_mx_trailing_dot' "$program" explain mx
expect "explain all" 0 'tlsrpt_rua_missing' "$program" explain
# Every word that the record may have as a verdict or an impact, in the words of terms.h.
for key in verdict impact; do
	expect "explain $key" 0 "^$key\$" "$program" explain "$key"
	for word in $(jq -r ".properties.$key.enum[]" <("$program" schema json)); do
		expect "explain $word" 0 "^$word \\($key\\)" "$program" explain "$word"
		expect "explain $key: $word" 0 "^  $word " "$program" explain "$key"
	done
done
expect "a word of the output, then the findings" 0 'mx_none_match_testing' "$program" explain testing
expect "explain nothing" 2 'no code and no title' "$program" explain no-such-word

# Characters that reorder or hide text, between two letters: U+061C, U+00AD, U+3164, a tag
# character. They come out as escapes of their bytes, for people and in the detail of the JSON.
for bytes in '\xd8\x9c' '\xc2\xad' '\xe3\x85\xa4' '\xf3\xa0\x81\x81'; do
	hidden=$(printf "%b" "$bytes")
	for kind in sts tlsrpt policy; do
		case $kind in
		sts) printf 'v=STSv1; id=a%sb' "$hidden" ;;
		tlsrpt) printf 'v=TLSRPTv1; rua=a%sb' "$hidden" ;;
		policy) printf 'version: STSv1\nmode: a%sb\nmx: a%sb\nmax_age: 1\n' "$hidden" "$hidden" ;;
		esac >"$work/hidden"
		for how in "" --json; do
			# shellcheck disable=SC2086 # an empty word is none
			"$program" lint $kind $how "$work/hidden" >"$work/out"
			shown=$(printf '%s' "$bytes" | tr a-f A-F | sed 's/X/x/g')
			if grep -qF -- "$hidden" "$work/out" || ! sed 's/\\\\/\\/g' "$work/out" | grep -qF -- "${shown}b"; then
				echo "FAIL lint $kind $how of $bytes: $(cat "$work/out")"
				failed=$((failed + 1))
			else
				passed=$((passed + 1))
			fi
		done
	done
done
# What cannot be shown byte for byte is nothing to publish; the domain's own dots are no cut.
hints=$work/hints
printf 'version: STSv1\nmode: enforce\n mx: a\xd8\x9cb.example.com\nmax_age: 604800\n' >"$hints"
expect "no hint to write an escape" 1 'policy_leading' "$program" lint policy "$hints"
grep -q 'write "mx' "$work/out" && {
	echo "FAIL a hint tells to write an escape: $(cat "$work/out")"
	failed=$((failed + 1))
}
printf 'v=TLSRPTv1; rua=mailto:a...b@example.com!10m' >"$hints"
expect "dots are no cut" 1 'write "rua=mailto:a\.\.\.b@example\.com"' "$program" lint tlsrpt "$hints"

# The JSON is what --json promises: one object a file, a row a finding with its place.
"$program" lint policy --json "$work/good" "$work/blank" >"$work/json" </dev/null
jq -es 'length == 2 and (.[0] | .valid == true and .issues == []) and
	(.[1] | .valid == false and .issues[0].code == "policy_empty_line" and .issues[0].line == 5)' \
	"$work/json" >/dev/null || {
	echo "FAIL json: $(cat "$work/json")"
	failed=$((failed + 1))
}
echo "lint_explain: $passed passed, $failed failed"
[ "$failed" -eq 0 ]
