#!/bin/sh
# Records validate against the printed JSON Schema; see schema.py.
if /usr/bin/python3 -c "import jsonschema" 2>/dev/null; then
	exec /usr/bin/python3 -B "$(dirname "$0")/schema.py" "$@"
fi
exec python3 -B "$(dirname "$0")/schema.py" "$@"
