#!/bin/sh
# leftovers.sh - nothing that only means something on one desk: conflict markers, notes to self,
# personal paths, tool signatures, stray white space. Brackets keep this file from finding itself.
set -eu
status=0
# find_leftover REASON PATTERN: grep through our own text files.
find_leftover()
{
	if grep -rnIEi --exclude-dir='.git' --exclude='.git' \
		--exclude-dir='build*' --exclude-dir='out' --exclude-dir='out-*' \
		--exclude-dir='corpus' --exclude-dir='.cache' --exclude='LICENSE' \
		-e "$2" .; then
		echo "leftovers: $1"
		status=1
	fi
}
find_leftover "conflict markers" '^(<{7}|>{7}|={7})( |$)'
find_leftover "notes to self" '\b(T[O]DO|F[I]XME|X[X]X|H[A]CK)\b'
find_leftover "somebody's paths" '(^|[^a-z0-9_.])/(hom[e]|wor[k]|Use[r]s|roo[t])/[a-z0-9]'
find_leftover "tool signatures" '\b(generate[d] (with|by) an? |co-authore[d]-by|LL[M]s?|chatbo[t]|copilo[t]|AI[ -](assistan[t]|agen[t]|mode[l]))\b'
if grep -rnIE --include='*.[ch]' --include='*.sh' --include='*.py' --include='*.def' \
	--exclude-dir='build*' '[ 	]+$' parsers output scanner bench tests datasets; then
	echo "leftovers: blanks at the end of lines"
	status=1
fi
exit $status
