#!/bin/sh
# Shards of one scan in one directory are one run for every reader; see shards.py.
exec python3 -B "$(dirname "$0")/shards.py" "$@"
