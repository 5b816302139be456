#!/bin/sh
# letters.sh BUILD_DIR - resolvers on another machine that keep, change or mix up the letters of a question, see letters.py.
set -eu
if [ "$(id -u)" -ne 0 ] || ! command -v zstdcat >/dev/null || ! unshare --net ip addr add 192.0.2.53/32 dev lo 2>/dev/null; then
	echo "letters: this needs root and zstdcat"
	exit 77
fi
exec unshare --net python3 -B "$(dirname "$0")/letters.py" "$1"
