#!/bin/sh
# robust.sh BUILD_DIR [OPTION...] - scans that are killed, stopped and starved, see robust.py.
set -eu
for tool in zstdcat python3 unshare; do
	command -v "$tool" >/dev/null || {
		echo "lab: $tool is not installed (datasets/install-packages tests)"
		exit 77
	}
done
exec python3 -B "$(dirname "$0")/robust.py" "$@"
