#!/bin/sh
# hostile_mx.sh BUILD_DIR [ATTACK...] - MX hosts that attack whoever visits them, see hostile_mx.py.
set -eu
if ! command -v zstdcat >/dev/null || ! command -v openssl >/dev/null || ! python3 -c 'import cryptography' 2>/dev/null; then
	echo "lab: zstd, openssl or python3-cryptography is not installed (datasets/install-packages tests)"
	exit 77
fi
exec python3 -B "$(dirname "$0")/hostile_mx.py" "$@"
