#!/bin/sh
# scale.sh BUILD_DIR [OPTION...] - a scan of the synthetic internet against its truth, see scale.py.
# By hand with -n 1000000; LAB_NAMES sets the number for the test suite.
set -eu
for tool in zstdcat jq python3; do
	command -v "$tool" >/dev/null || {
		echo "lab: $tool is not installed (datasets/install-packages tests)"
		exit 77
	}
done
exec python3 -B "$(dirname "$0")/scale.py" "$@"
