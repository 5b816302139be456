#!/bin/sh
# The manifests of datasets/cluster against Kubernetes' own schema; see kubernetes.py.
for tool in node tsc; do
	command -v "$tool" >/dev/null || {
		echo "kubernetes: no $tool here (datasets/install-packages viewers)"
		exit 77
	}
done
exec python3 -B "$(dirname "$0")/kubernetes.py"
