#!/bin/sh
# A population with the published rates gives the published table back; see papers.py.
exec python3 -B "$(dirname "$0")/papers.py" "$@"
