#!/bin/sh
# visits.sh BUILD_DIR [OPTION...] - many MX hosts in one scan, as the hosts themselves see it: how often, how many at a time,
# in which order, and whether QUIT was said; also when supervisor and workers are killed. visits.py has hosts of its own, which
# look at each step; visits_many.py the synthetic internet and its truth. By hand, with options, the latter alone:
#   tests/lab/visits.sh build -n 500000 --hosts 60000 --kills 20 --worker-kills 50 --timeout 60
set -eu
if ! command -v zstdcat >/dev/null || ! command -v openssl >/dev/null; then
	echo "lab: zstdcat or openssl is not installed"
	exit 77
fi
here=$(dirname "$0")
if [ $# -gt 1 ]; then
	exec python3 -B "$here/visits_many.py" "$@"
fi
python3 -B "$here/visits.py" "$1"
exec python3 -B "$here/visits_many.py" "$1"
