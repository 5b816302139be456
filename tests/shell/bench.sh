#!/bin/sh
# The gates of bench/ see what they are there for; see bench.py.
exec python3 -B "$(dirname "$0")/bench.py" "$@"
