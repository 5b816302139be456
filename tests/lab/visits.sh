#!/bin/sh
# visits.sh BUILD_DIR - many MX hosts in one scan, as the hosts themselves see it: how often, how many at a time, in which
# order, and whether QUIT was said; also when supervisor and workers are killed. MTASWEEP_VISITS=60000 makes it large.
set -eu
if ! command -v zstdcat >/dev/null || ! command -v openssl >/dev/null; then
	echo "lab: zstdcat or openssl is not installed"
	exit 77
fi
exec python3 -B "$(dirname "$0")/visits.py" "$1"
