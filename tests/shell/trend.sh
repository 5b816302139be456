#!/bin/sh
# What changed over several runs: rates that are known come back, and names' changes are counted; see trend.py.
exec python3 -B "$(dirname "$0")/trend.py" "$@"
