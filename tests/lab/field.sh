#!/bin/bash
# field.sh BUILD_DIR - situations from public reports, rebuilt in small (../shared/field): what must be said of each.
# Skipped where they are not there, or what they need (kdig, python3-cryptography, jq).
set -u
cd "$(dirname "$0")/../.." || exit 1
[ -d ../shared/field ] || { echo "field: ../shared/field is not there"; exit 77; }
for tool in kdig jq openssl zstd; do
	command -v "$tool" >/dev/null || { echo "field: $tool is not there"; exit 77; }
done
python3 -c 'import cryptography' 2>/dev/null || { echo "field: python3-cryptography is not there"; exit 77; }
exec python3 tests/lab/field.py "$1"
