#!/bin/bash
# guide.sh BUILD_DIR - what the guide says to publish and to serve is right: records and policy are linted, nginx reads
# its server block, topics are found by name, and no line is too wide for a terminal.
set -u
program=$1/scanner/mtasweep
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
. tests/support/checks.sh

"$program" check --guide >"$folder/guide"
check "the guide needs no domain" test -s "$folder/guide"
widest=$(awk '{ if (length > n) n = length } END { print n + 0 }' "$folder/guide")
check "80 columns ($widest)" test "$widest" -le 80
for topic in basics modes setup risks practices; do
	check "explain $topic" "$program" explain "$topic"
	check "$topic is a part of the guide" grep -qxF "$("$program" explain "$topic" | head -n 1)" "$folder/guide"
done

"$program" explain setup >"$folder/setup"
sed -n '/^  version: /,/^$/s/^  //p' "$folder/setup" | sed '/^$/d' >"$folder/policy"
check "the policy" "$program" lint policy "$folder/policy"
check "... and no warning" test -z "$("$program" lint policy "$folder/policy" | grep -E ' (error|warning) ')"
for kind in sts:_mta-sts tlsrpt:_smtp._tls; do
	sed -n "s/^  ${kind#*:}\..* IN TXT \"\(.*\)\"/\1/p" "$folder/setup" | tr -d '\n' >"$folder/${kind%:*}"
	check "a record at ${kind#*:}" test -s "$folder/${kind%:*}"
	check "${kind#*:}" "$program" lint "${kind%:*}" "$folder/${kind%:*}"
done

if command -v nginx >/dev/null && command -v openssl >/dev/null; then
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=mta-sts.example.com -days 2 \
		-keyout "$folder/privkey.pem" -out "$folder/fullchain.pem" 2>/dev/null
	{
		echo "events {} pid $folder/pid; error_log stderr; http { access_log off;"
		sed -n '/^nginx:/,/^$/s/^  //p' "$folder/setup" |
			sed "s,/etc/letsencrypt/live/mta-sts.example.com,$folder,; s/\b443\b/18443/g; s/\b80\b/18080/g"
		echo "}"
	} >"$folder/nginx.conf"
	check "nginx reads its server block" nginx -t -e stderr -c "$folder/nginx.conf"
fi
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
