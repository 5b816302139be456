#!/bin/sh
# Rebuilding, merging and damage of stored runs; see report.py.
exec python3 -B "$(dirname "$0")/report.py" "$@"
