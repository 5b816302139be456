#!/bin/bash
# check.sh BUILD_DIR - `check` against the synthetic internet: the sections are there, the right finding is
# named, the exit status is that of the contract, and nothing but text reaches a pipe.
set -u
build=$1 support=$(cd "$(dirname "$0")/../support" && pwd)
labnet=$build/datasets/labnet program=$build/scanner/mtasweep
command -v jq >/dev/null || {
	echo "check: jq is not installed (datasets/install-packages tests)"
	exit 77
}
folder=$(mktemp -d)
passed=0 failed=0
trap 'kill "$server" 2>/dev/null; wait "$server" 2>/dev/null; rm -rf "$folder"' EXIT

part()
{
	sed -n "s/.* $1=\([^ ]*\).*/\1/p" "$folder/ready"
}

# serve [OPTION...]: another internet, and the options to check names of it.
serve()
{
	[ -z "${server-}" ] || { kill "$server" && wait "$server"; } 2>/dev/null
	"$labnet" serve --dir "$folder" "$@" >"$folder/ready" &
	server=$!
	for _ in $(seq 100); do
		grep -q '^ready ' "$folder/ready" && break
		sleep 0.1
	done
	options=(-r "$(part dns)" --https-port "$(part https)" --ca-file "$(part ca)" --allow-net 127.0.0.0/8
		--allow-net ::1/128 --timeout-dns 1 --timeout-fetch 5)
}

# expect STATUS NAME PATTERN...: check the name; every pattern must be on the page.
expect()
{
	"$program" check "${options[@]}" -- "$2" >"$folder/page" 2>"$folder/error"
	echo $? >"$folder/status"
	look "$@"
}

# look STATUS NAME PATTERN...: the name was checked, its page and its status lie in the folder.
look()
{
	local status=$1 name=$2 got pattern
	shift 2
	got=$(cat "$folder/status")
	if [ "$got" -ne "$status" ]; then
		echo "FAIL $name: exit status $got, not $status"
		failed=$((failed + 1))
	else
		passed=$((passed + 1))
	fi
	for pattern in "$@"; do
		if grep -qE -e "$pattern" "$folder/page" "$folder/error"; then
			passed=$((passed + 1))
		else
			echo "FAIL $name: nothing like '$pattern' on the page:"
			cat "$folder/page" "$folder/error"
			failed=$((failed + 1))
		fi
	done
}

# The first name of each situation in an internet with all faults.
internet=(--seed 1 --error-mix full --adoption 0.5 --zone_silent 1)
serve "${internet[@]}"
"$labnet" names -n 20000 "${internet[@]}" >"$folder/names"
"$labnet" truth "${internet[@]}" "$folder/names" |
	jq -r '[.situation, .domain, .verdict, (.cause // "-"), (.impact // "none")] | @tsv' |
	sort -u -k1,1 >"$folder/situations"
# Some at a time: most of them wait.
# shellcheck disable=SC2016 # the inner shell's
cut -f 2 "$folder/situations" | xargs -P 4 -I NAME sh -c 'cd "$1" && shift && mkdir NAME &&
	{ "$@" -- NAME >NAME/page 2>NAME/error; echo $? >NAME/status; }' - "$folder" "$(realpath "$program")" check "${options[@]}"
while IFS=$'\t' read -r situation name verdict cause impact; do
	case $verdict:$impact:$cause in
	broken:* | *:mail_loss:* | *:sts_record_cname_dangling) status=1 ;;
	inconclusive:*) status=4 ;;
	*) status=0 ;;
	esac
	# Partial cover is an error of an enforced policy without an impact of its own.
	[ "$situation:$verdict" != mx_partial:enforce ] || status=1
	mv "$folder/$name"/* "$folder/"
	look "$status" "$name" '^MTA-STS DNS record$' '^Policy file$' '^TLS-RPT record$' '^MX hosts$' \
		'^Issues$' '^Recommendations$' "${cause/#-/.}"
	if ! iconv -f UTF-8 -t UTF-8 "$folder/page" >/dev/null 2>&1 || LC_ALL=C.UTF-8 grep -q '[^[:print:]]' "$folder/page"; then
		echo "FAIL $situation: something else than text"
		failed=$((failed + 1))
	fi
done <"$folder/situations"

# The rest in one with hardly any.
serve --seed 1

# What is no domain name, or none that takes mail, gets an answer of its own.
expect 2 "" 'not a domain name' 'There is no name'
expect 2 ' ' 'not a domain name' 'There is no name'
expect 2 192.0.2.1 'It is an IP address' 'domain behind the @'
expect 2 '[2001:db8::1]' 'It is an IP address'
expect 2 'foo bar' 'control character or a blank'
expect 2 $'a\033[31mb' 'a\\x1B\[31mb'
expect 2 'a..example' 'A label of the name is empty'
expect 2 "$(printf 'x%.0s' {1..64}).example" 'longer than 63 bytes'
expect 2 '*.example.org' 'a character in it that no host name has'
expect 0 co.uk 'The name is a public suffix' 'registrations happen below this name'
expect 0 $'b\303\274cher.example' '^xn--bcher-kva.example' 'asked as +b.+cher.example'
expect 0 HTTPS://Nothing-Here.example/x '^nothing-here.example' 'asked as +HTTPS://' 'The input was a URL'
expect 0 someone@nothing-here.example '^nothing-here.example' 'The input was an e-mail address'

# Of a page that is higher than the terminal the head stands at its end, too.
name=$(cut -f 2 "$folder/situations" | head -n 1)
for rows in 24 1000; do
	heads=$("$support/in_terminal" "$rows" 80 "$program" check "${options[@]}" "$name" | grep -c "verdict  ")
	if [ "$heads" -eq $((rows == 24 ? 2 : 1)) ]; then
		passed=$((passed + 1))
	else
		echo "FAIL in $rows rows: $heads heads"
		failed=$((failed + 1))
	fi
done
# Line ends of other systems, and what a browser shows.
expect 0 $'nothing-here.example\r' '^nothing-here.example$'
expect 0 https://www.nothing-here.example/x 'mail usually goes to nothing-here.example, without www'

# One HTML page of several names: whole, without a script or anything to fetch, as many articles as names.
mapfile -t three < <(cut -f 2 "$folder/situations" | head -n 3)
"$program" check "${options[@]}" --brief --html "$folder/page.html" "${three[@]}" >"$folder/brief"
articles=$(grep -c '^<article' "$folder/page.html")
# What is wrapped goes on below the text of its row, also behind a label that leaves one blank before it.
if grep -q -- '--i:14ch">  not checked ' "$folder/page.html" && ! grep -qE -- '--i:2ch">  (not checked|certificate|redirect to) ' "$folder/page.html"; then
	passed=$((passed + 1))
else
	echo "FAIL --html: $(grep -E -- '>  (not checked|certificate|redirect to) ' "$folder/page.html" | head -n 3)"
	failed=$((failed + 1))
fi
if [ "$articles" -eq 3 ] && tail -n 1 "$folder/page.html" | grep -qx '</html>' &&
	! grep -qE '<script|src=|href=|@import' "$folder/page.html" && ! grep -q $'\033' "$folder/page.html" &&
	sed '1,/<body>/d' "$folder/page.html" | sed '1i<html>' | sed '/^<.body>$/d' |
	python3 -c 'import sys, xml.dom.minidom; xml.dom.minidom.parseString(sys.stdin.read())'; then
	passed=$((passed + 1))
else
	echo "FAIL --html: $articles articles"
	failed=$((failed + 1))
fi
if [ "$(grep -c '^  verdict ' "$folder/brief")" -eq 3 ] && ! grep -q '^Issues$' "$folder/brief" &&
	! grep -q '(steps\{0,1\} [0-9]' "$folder/brief" "$folder/page.html"; then
	passed=$((passed + 1))
else
	echo "FAIL --brief"
	failed=$((failed + 1))
fi

# A place that no file can take is refused before anybody is asked.
"$program" check -r 127.0.0.1:1 --html "$folder" "${three[@]}" >"$folder/page" 2>"$folder/error"
if [ $? -eq 2 ] && [ ! -s "$folder/page" ] && grep -qF "$folder cannot be written: it is a directory" "$folder/error"; then
	passed=$((passed + 1))
else
	echo "FAIL --html DIRECTORY"
	cat "$folder/error"
	failed=$((failed + 1))
fi

# Twenty names at once come out in the order in which they were given.
head -n 20 "$folder/names" >"$folder/twenty"
mapfile -t twenty <"$folder/twenty"
if "$program" check "${options[@]}" --json "${twenty[@]}" | jq -r .input | cmp -s - "$folder/twenty"; then
	passed=$((passed + 1))
else
	echo "FAIL twenty names: not the records of these names in this order"
	failed=$((failed + 1))
fi

# What is wrong with --ca-file is said, and has the same status in every command.
scan()
{
	"$program" scan "${options[@]}" -o "$folder/none" --progress none "$folder/twenty" >"$folder/page" 2>"$folder/error"
	if [ $? -eq 2 ] && grep -qF "$1" "$folder/error" && [ ! -e "$folder/none" ]; then
		passed=$((passed + 1))
	else
		echo "FAIL scan: not 2 and '$1':"
		cat "$folder/error"
		failed=$((failed + 1))
	fi
}
while IFS=: read -r file why; do
	options=(-r 127.0.0.1:1 --ca-file "$file")
	expect 2 example.com "no CA certificates in .$file.: $why"
	scan "no CA certificates in '$file': $why"
done <<-END
	$folder/nowhere:No such file or directory
	$folder:Is a directory
	$folder/names:it holds none
END
options=(-r "$(part dns)" --ca-file /dev/stdin)
expect 0 nothing-here.example '^nothing-here.example' < <(cat "$(part ca)")

options=(-r nonsense)
expect 2 example.com 'nonsense.*is no resolver address'
options=(-r 127.0.0.1:1 --timeout-dns 0.3)
expect 3 example.com 'no resolver can be used: 127.0.0.1:1 does not answer; name another one'
if [ "$(id -u)" -eq 0 ] && unshare --net --mount true 2>/dev/null; then
	real=$program program=$folder/isolated
	printf '#!/bin/sh\nexec unshare --net "%s" "$@"\n' "$(realpath "$real")" >"$program"
	chmod +x "$program"
	options=(-r 192.0.2.53)
	expect 3 example.com 'no network: there is no route to the resolver 192.0.2.53'
	printf '#!/bin/sh\nmount --bind /dev/null /etc/resolv.conf && exec "%s" "$@"\n' "$(realpath "$real")" >"$folder/inside"
	printf '#!/bin/sh\nexec unshare --mount sh "%s" "$@"\n' "$folder/inside" >"$program"
	options=()
	expect 3 example.com 'no nameserver in ./etc/resolv.conf.; name a resolver with --resolver ADDR'
fi
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
