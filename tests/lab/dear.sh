#!/bin/sh
# dear.sh BUILD_DIR [OPTION...] - dear handshakes and hosts that never answer, and who waits for them; see dear.py.
set -eu
if ! command -v zstdcat >/dev/null || ! command -v openssl >/dev/null || ! python3 -c 'import cryptography' 2>/dev/null; then
	echo "lab: zstd, openssl or python3-cryptography is not installed (datasets/install-packages tests)"
	exit 77
fi
exec python3 -B "$(dirname "$0")/dear.py" "$@"
