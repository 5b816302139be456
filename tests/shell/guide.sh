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

# Whose example stands under a heading, as it is to be typed.
block() { sed -n "/^$1, port $2/,/^\$/s/^  //p" "$folder/setup"; }
local_names() {
	sed "s,/etc/letsencrypt/live/mta-sts.example.com,$folder,; s,/var/www/mta-sts,$folder/www,
		s/\b443\b/18443/g; s/\b80\b/18080/g"
}
line_of() { grep -nF -- "$1" "$folder/setup" | head -n 1 | cut -d: -f1; }

for server in nginx Apache; do
	check "$server: port 80 before certbot, which needs it" \
		test "$(line_of "$server, port 80")" -lt "$(line_of "certbot certonly")"
	check "$server: certbot before port 443, which needs the certificate" \
		test "$(line_of "certbot certonly")" -lt "$(line_of "$server, port 443")"
	check "$server: port 80 without a certificate" sh -c "! grep -qi ssl" <<<"$(block $server 80)"
done

mkdir -p "$folder/www/.well-known"
nginx_reads() {
	{
		echo "events {} pid $folder/pid; error_log stderr; http { access_log off;"
		for port in "$@"; do block nginx "$port" | local_names; done
		echo "}"
	} >"$folder/nginx.conf"
	nginx -t -e stderr -c "$folder/nginx.conf"
}
apache_reads() {
	modules=/usr/lib/apache2/modules
	{
		printf 'ServerRoot %s\nPidFile %s/apid\nErrorLog %s/alog\nServerName localhost\n' "$folder" "$folder" "$folder"
		for m in mpm_event authz_core authn_core socache_shmcb ssl; do
			echo "LoadModule ${m}_module $modules/mod_$m.so"
		done
		for port in "$@"; do
			block Apache "$port" | local_names
			echo "Listen 18$([ "$port" = 80 ] && echo 080 || echo 443)"
		done
	} >"$folder/apache.conf"
	apache2 -t -f "$folder/apache.conf"
}

# The certificate comes between the two.
if command -v nginx >/dev/null; then check "nginx starts without a certificate" nginx_reads 80; fi
if command -v apache2 >/dev/null; then check "Apache starts without a certificate" apache_reads 80; fi
if command -v openssl >/dev/null; then
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=mta-sts.example.com -days 2 \
		-keyout "$folder/privkey.pem" -out "$folder/fullchain.pem" 2>/dev/null
	if command -v nginx >/dev/null; then check "nginx reads both blocks" nginx_reads 80 443; fi
	if command -v apache2 >/dev/null; then check "Apache reads both hosts" apache_reads 80 443; fi
fi
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
