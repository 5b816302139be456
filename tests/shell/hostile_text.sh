#!/bin/sh
# What strangers write comes out harmless everywhere, see hostile_text.py.
command -v openssl >/dev/null || {
	echo "openssl is not installed (datasets/install-packages tests)"
	exit 77
}
exec python3 -B "$(dirname "$0")/hostile_text.py" "$@"
