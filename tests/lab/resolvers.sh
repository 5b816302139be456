#!/bin/sh
# resolvers.sh BUILD_DIR [OPTION...] - resolvers that lie, limit, fail and lose, see resolvers.py.
set -eu
command -v zstdcat >/dev/null || {
	echo "lab: zstd is not installed (datasets/install-packages tests)"
	exit 77
}
exec python3 -B "$(dirname "$0")/resolvers.py" "$@"
