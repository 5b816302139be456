#!/bin/sh
# The paper kit of a report; see figures.py.
exec python3 -B "$(dirname "$0")/figures.py" "$@"
