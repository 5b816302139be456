#!/bin/sh
# check.sh BUILD_DIR - the pages of `check` in the lab, and what comes of its advice: see check.py.
set -eu
PATH=$PATH:/usr/sbin:/sbin
for tool in knotd unbound nginx haproxy ldns-signzone openssl; do
	command -v "$tool" >/dev/null || {
		echo "lab: $tool is not installed (datasets/install-packages tests)"
		exit 77
	}
done
exec python3 -B "$(dirname "$0")/check.py" "$@"
