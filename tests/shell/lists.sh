#!/bin/sh
# Lists of names, the sheet and letters from a stored run; see lists.py.
exec python3 -B "$(dirname "$0")/lists.py" "$@"
