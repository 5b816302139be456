#!/bin/sh
# catalogue.sh - datasets/CHECKS.md is what the catalogue gives today.
# Refresh with: build/scanner/mtasweep explain --markdown > datasets/CHECKS.md
set -eu
program=$1/scanner/mtasweep
fresh=$(mktemp)
trap 'rm -f "$fresh"' EXIT
"$program" explain --markdown >"$fresh"
diff -u datasets/CHECKS.md "$fresh" || {
	echo "catalogue: datasets/CHECKS.md is not what 'mtasweep explain --markdown' prints"
	exit 1
}
echo "catalogue: $(grep -c '^| `' datasets/CHECKS.md) codes"
