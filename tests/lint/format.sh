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
status=0
while read -r file; do
	"$tool" "$file" | cmp -s - "$file" || {
		echo "$file: differs from what clang-format-14 -i would write"
		status=1
	}
done <"$list"
echo "format: $(wc -l <"$list") files"
exit $status
