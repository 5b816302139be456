#!/bin/sh
# nat64.sh BUILD_DIR - a network with a NAT64 prefix of its own, and a domain that points behind it, see nat64.py.
set -eu
if [ "$(id -u)" -ne 0 ] || ! command -v zstdcat >/dev/null || ! unshare --net ip -6 addr add 2606:4700:99::1/64 dev lo 2>/dev/null; then
	echo "nat64: this needs root, zstdcat and IPv6"
	exit 77
fi
exec unshare --net python3 -B "$(dirname "$0")/nat64.py" "$1"
