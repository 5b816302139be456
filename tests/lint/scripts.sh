#!/bin/bash
# scripts.sh - shellcheck over every shell script, found by its first line.
set -u
command -v shellcheck >/dev/null || {
	echo "scripts: no shellcheck here"
	exit 77
}
mapfile -t scripts < <(grep -rlE --exclude-dir='build*' --exclude-dir=corpus -m 1 '^#!/bin/(ba)?sh' \
	.ci bench datasets tests 2>/dev/null | sort)
if [ "${#scripts[@]}" -gt 0 ]; then
	shellcheck -x -S style "${scripts[@]}" || exit 1
fi
echo "scripts: ${#scripts[@]} files"
