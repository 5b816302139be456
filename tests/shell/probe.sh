#!/bin/sh
# probe.sh BUILD_DIR - the MX hosts of a finished run: each is visited once, and what is joined to the names is
# labnet's truth; also after the probe was killed. See probe.py.
set -eu
command -v zstdcat >/dev/null || {
	echo "probe: zstdcat is not installed"
	exit 77
}
exec python3 -B "$(dirname "$0")/probe.py" "$1"
