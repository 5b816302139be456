#!/usr/bin/env python3
"""report_duckdb.py BUILD_DIR [COUNT] - `mtasweep report` beside DuckDB on the same results.ndjson.zst, in turns.

DuckDB computes ten of the figures that the report holds (of several hundred). Prints one JSON object with
the median wall and CPU seconds of each, the peak memory, and the ratios. Needs node and @duckdb/node-api.
"""
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

ROUNDS = 3
QUERY = """
SELECT count(*), count(*) FILTER (verdict = 'absent'), count(*) FILTER (verdict = 'enforce'),
  count(*) FILTER (impact = 'mail_loss'), count(*) FILTER (sts.valid), count(*) FILTER (tlsrpt.valid),
  count(*) FILTER (mx.dns = 'ok'), count(*) FILTER (policy.stage = 'tls'),
  count(*) FILTER (policy.max_age = 86400), approx_count_distinct(domain)
FROM read_json('%s', format = 'newline_delimited')"""
SCRIPT = """
const { DuckDBInstance } = require('@duckdb/node-api');
(async () => {
  const c = await (await DuckDBInstance.create(':memory:')).connect();
  console.log(JSON.stringify((await c.runAndReadAll(process.argv[1])).getRowsJson()));
})();
"""


def measured(command, env):
    """(wall seconds, CPU seconds, peak KiB)"""
    begin = time.monotonic()
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=env)
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = status
    if status != 0:
        raise SystemExit("%s failed" % command[0])
    return time.monotonic() - begin, usage.ru_utime + usage.ru_stime, usage.ru_maxrss


def main():
    build = pathlib.Path(sys.argv[1]).resolve()
    count = sys.argv[2] if len(sys.argv) > 2 else "1000000"
    modules = subprocess.run(["npm", "root", "-g"], stdout=subprocess.PIPE, text=True, check=True).stdout.strip()
    env = dict(os.environ, NODE_PATH=modules)
    with tempfile.TemporaryDirectory(prefix="mtasweep-bench-") as work:
        results = os.path.join(work, "results.ndjson.zst")
        subprocess.run([build / "tests" / "make_records", results, count, "1", "10"], check=True)
        commands = {"report": [build / "scanner" / "mtasweep", "report", "-f", "json", results],
                    "duckdb": ["node", "-e", SCRIPT, QUERY % results]}
        runs = {name: [] for name in commands}
        for _ in range(ROUNDS):
            for name, command in commands.items():
                runs[name].append(measured(command, env))
    out = {"records": int(count), "rounds": ROUNDS}
    for name, values in runs.items():
        wall, cpu, memory = zip(*values)
        out[name] = {"wall_s": round(statistics.median(wall), 2), "cpu_s": round(statistics.median(cpu), 2),
                     "peak_mib": round(max(memory) / 1024, 1)}
    for key in ("wall_s", "cpu_s"):
        out[key.replace("_s", "_ratio")] = round(out["report"][key] / out["duckdb"][key], 2)
    print(json.dumps(out))


if __name__ == "__main__":
    main()
