#!/bin/sh
# What changed between two stored runs; see diff.py.
exec python3 -B "$(dirname "$0")/diff.py" "$@"
