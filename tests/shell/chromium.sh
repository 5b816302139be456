#!/bin/sh
# report.html in a real Chromium; see chromium.py.
exec python3 -B "$(dirname "$0")/chromium.py" "$@"
