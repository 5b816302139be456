#!/bin/sh
# hosts.sh BUILD_DIR - MX hosts on real servers: Postfix, knot with signed zones, unbound that validates. What
# `check --mx-tls --dane` says of each must be so, and what Postfix's own posttls-finger says of the same hosts.
# In a network of its own, where ports 25 and 53 are free.
set -eu
PATH=$PATH:/usr/sbin:/sbin
for tool in knotd kdig unbound ldns-keygen ldns-signzone postfix posttls-finger ip; do
	if ! command -v "$tool" >/dev/null || ! python3 -c 'import cryptography' 2>/dev/null; then
		echo "lab: $tool or python3-cryptography is not installed (datasets/install-packages tests)"
		exit 77
	fi
done
if [ "$(id -u)" -ne 0 ] || ! unshare --net --mount ip link set lo up 2>/dev/null; then
	echo "lab: Postfix needs root, and a network namespace"
	exit 77
fi
exec unshare --net --mount python3 -B "$(dirname "$0")/hosts.py" "$1"
