#!/usr/bin/env python3
"""kubernetes.py - the manifests of datasets/cluster are what Kubernetes takes, and agree with each other.

The published schema comes from the npm package kubernetes-models: its validator knows types and values, its TypeScript
types know which keys there are, so that a misspelt one is found. Both are tried on planted faults, too.
"""
import copy
import json
import os
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from counting import Count  # noqa: E402

try:
    import yaml
except ImportError:
    print("kubernetes: no python3-yaml here (datasets/install-packages tests)")
    sys.exit(77)

CLUSTER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "datasets", "cluster")
VALIDATE = """
import { readFileSync } from "node:fs";
import { batch } from "kubernetes-models";
try { new batch.v1.Job(JSON.parse(readFileSync("job.json"))).validate(); } catch (e) { console.log(String(e)); }
"""


def modules():
    root = subprocess.run(["npm", "root", "-g"], capture_output=True, text=True, check=False).stdout.strip()
    if not os.path.isdir(os.path.join(root, "kubernetes-models")):
        print("kubernetes: npm has not kubernetes-models here (datasets/install-packages viewers)")
        sys.exit(77)
    return root


def complaints(job, root):
    """What the schema says against it; nothing: it is good."""
    with tempfile.TemporaryDirectory() as folder:
        os.symlink(root, os.path.join(folder, "node_modules"))
        for name, text in (  # modules, not CommonJS: of 5.0 on the package is nothing else
                ("job.json", json.dumps(job)), ("validate.mjs", VALIDATE),
                ("job.mts", 'import type { IJob } from "kubernetes-models/batch/v1/Job";\n'
                            f"export const job: IJob = {json.dumps(job, indent=1)};\n")):
            with open(os.path.join(folder, name), "w", encoding="utf-8") as out:
                out.write(text)
        values = subprocess.run(["node", "validate.mjs"], cwd=folder, capture_output=True, text=True, check=False)
        keys = subprocess.run(["tsc", "--noEmit", "--strict", "--skipLibCheck", "--module", "nodenext", "job.mts"],
                              cwd=folder, capture_output=True, text=True, check=False)
        return (values.stdout + values.stderr + keys.stdout).strip()


def read(name):
    with open(os.path.join(CLUSTER, name), encoding="utf-8") as manifest:
        return yaml.safe_load(manifest)


def planted(job):
    """(what, the job with this fault)."""
    for what, change in (
            ("a number that is a text", lambda j: j["spec"].update(completions="8")),
            ("a misspelt key", lambda j: j["spec"].update(backofLimitPerIndex=j["spec"].pop("backoffLimitPerIndex"))),
            ("a container without a name", lambda j: j["spec"]["template"]["spec"]["containers"][0].pop("name")),
            ("a key in the wrong place", lambda j: j["spec"]["template"]["spec"].update(readOnlyRootFilesystem=True))):
        fault = copy.deepcopy(job)
        change(fault)
        yield what, fault


def main():
    root, count = modules(), Count()
    jobs = {name: read(name) for name in ("kubernetes.yaml", "kubernetes-merge.yaml")}
    for name, job in jobs.items():
        count.check(f"{name} is valid", complaints(job, root))
    for what, fault in planted(jobs["kubernetes.yaml"]):
        count.check(f"{what} is found", not complaints(fault, root) and "nothing was said")
    spec = jobs["kubernetes.yaml"]["spec"]
    container = spec["template"]["spec"]["containers"][0]
    shards = {e["name"]: e.get("value") for e in container["env"]}["SHARDS"]
    merged = re.search(r"shard-\*-of-(\d+)", jobs["kubernetes-merge.yaml"]["spec"]["template"]["spec"]["containers"][0]["args"][0])
    count.check("completions, SHARDS and the merge name one number",
                {str(spec["completions"]), shards, merged[1]} != {shards} and f"{spec['completions']} {shards} {merged[1]}")
    for name, job in jobs.items():
        pod = job["spec"]["template"]["spec"]
        safe = pod["containers"][0]["securityContext"]
        count.check(f"{name}: no rights", not (pod["securityContext"]["runAsNonRoot"] and safe["readOnlyRootFilesystem"] and
                                               not safe["allowPrivilegeEscalation"] and safe["capabilities"]["drop"] == ["ALL"]))
    print(f"{count.passed} passed, {count.failed} failed")
    sys.exit(1 if count.failed else 0)


main()
