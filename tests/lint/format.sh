#!/bin/sh
# format.sh BUILD_DIR [--fix] - the C sources are as .clang-format wants them, or are made so. The
# result depends on the version of clang-format, so only the one we hold to counts.
set -eu
tool=$(command -v clang-format-14) || {
	echo "format: no clang-format-14 here"
	exit 77
}
list=$(mktemp)
trap 'rm -f "$list"' EXIT
find parsers output scanner datasets bench tests -name '*.[ch]' -type f | sort >"$list"
[ -s "$list" ] || {
	echo "format: nothing to check here, is this the source directory?"
	exit 1
}
if [ "${2:-}" = --fix ]; then
	xargs "$tool" -i <"$list"
fi
bad=$(xargs "$tool" --dry-run --ferror-limit=1 -Werror <"$list" 2>&1 | sed -n 's/^\([^ :]*\):[0-9].*/\1/p' | sort -u)
for file in $bad; do
	echo "$file: differs from what clang-format-14 -i would write"
done
echo "format: $(wc -l <"$list") files"
[ -z "$bad" ]
