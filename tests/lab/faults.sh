#!/bin/sh
# faults.sh BUILD_DIR [OPTION...] - as scale.sh, but where half of the names have MTA-STS and every fault
# that the synthetic internet knows is as frequent as every other.
set -eu
exec "$(dirname "$0")/scale.sh" "$@" -n "${LAB_FAULT_NAMES:-4000}" \
	--labnet '--adoption 0.5 --error-mix full'
