#!/bin/sh
# real.sh BUILD_DIR - the lab: hand-made situations on real servers, see situations.py.
set -eu
PATH=$PATH:/usr/sbin:/sbin
for tool in knotd unbound nginx haproxy ldns-signzone openssl zstdcat jq; do
	command -v "$tool" >/dev/null || {
		echo "lab: $tool is not installed (datasets/install-packages tests)"
		exit 77
	}
done
exec python3 -B "$(dirname "$0")/real.py" "$@"
