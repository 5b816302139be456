#!/bin/sh
# polite.sh BUILD_DIR [OPTION...] - whom a scan contacts, how often, and what it says of itself, see polite.py.
# In a network of its own, where every address of the world answers.
set -eu
if ! command -v zstdcat >/dev/null || ! command -v ip >/dev/null || ! python3 -c 'import cryptography' 2>/dev/null; then
	echo "lab: zstd, iproute2 or python3-cryptography is not installed (datasets/install-packages tests)"
	exit 77
fi
user=
[ "$(id -u)" -eq 0 ] || user=--map-root-user
# shellcheck disable=SC2086 # an option or nothing
if ! unshare --net $user ip link set lo up 2>/dev/null; then
	echo "lab: no network namespaces here"
	exit 77
fi
# shellcheck disable=SC2086 # an option or nothing
exec unshare --net $user python3 -B "$(dirname "$0")/polite.py" "$@"
