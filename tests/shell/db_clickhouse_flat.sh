#!/bin/sh
# Debian's old clickhouse-server does so with the flat table; see databases.py.
exec python3 -B "$(dirname "$0")/databases.py" clickhouse-flat "$@"
