#!/bin/sh
# labnet.sh BUILD_DIR - does the synthetic internet serve what `labnet truth` promises? See labnet.py.
set -eu
for tool in kdig curl python3; do
	command -v "$tool" >/dev/null || {
		echo "labnet: $tool is not installed"
		exit 77
	}
done
exec python3 -B "$(dirname "$0")/labnet.py" "$1"
