#!/bin/sh
# slurm.sh BUILD_DIR [OPTION...] - a scan as a job array of a real Slurm, a node of which is killed, see slurm.py.
set -eu
for tool in slurmctld slurmd sbatch zstdcat python3; do
	command -v "$tool" >/dev/null || {
		echo "lab: $tool is not installed (datasets/install-packages tests)"
		exit 77
	}
done
exec python3 -B "$(dirname "$0")/slurm.py" "$@"
