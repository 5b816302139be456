#!/bin/sh
# bench/own.py puts every sample of perf's report into the right part; see own.py.
exec python3 -B "$(dirname "$0")/own.py" "$@"
