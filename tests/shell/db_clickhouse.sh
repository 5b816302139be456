#!/bin/sh
# ClickHouse, as the npm package chdb has it, loads the records and gives the numbers of report.json again; see
# databases.py.
exec python3 -B "$(dirname "$0")/databases.py" clickhouse "$@"
