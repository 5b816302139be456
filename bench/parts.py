#!/usr/bin/env python3
"""parts.py BUILD - the parts of a scan, each beside its yardstick, and the whole scan beside the sum of its parts.

CPU time, in turns, the cheapest round; what a run over one line costs is taken off. Nothing is deployed, and the
records are those that a scan of such names wrote. The transport's part are the scan's questions, sent and received with
as few system calls and nothing around them (bench_udp_bare). So the sum has no c-ares, no pipe between the processes and
no supervisor, and its parts find their data in the cache: it is what no scan can come down to.
"""
import argparse
import json
import subprocess
import sys

import measure

TASKS = ("emit", "copy", "frame", "zstd", "pack", "unpack", "aggregate")  # of bench_work
WC_TIMES = 10  # it reads the list so often, or its start is all there is to see
SUMMED = ("input", "machine", "emit and frame", "pack", "unpack", "aggregate", "3 questions")


def parsers(build):
    """Rows, and what allocates."""
    done = subprocess.run([build.bench("bench_parsers")], stdout=subprocess.PIPE, check=False)
    told = json.loads(done.stdout)
    rows = []
    for v in told["values"]:
        rows.append(measure.row(v["name"], v["ns"], "ns CPU a value", "memcpy", v["memcpy_ns"]))
        if v["ns_max"]:
            rows.append(measure.row(v["name"], v["ns"], "ns CPU a value", "limit", v["ns_max"], 1.0))
    # Times are shown, not judged: a slow machine is no regression, and instructions are counted beside them.
    return rows, [f"bench_parsers: {told['allocations']} allocations"] if told["allocations"] else []


def write_list(lab, count):
    path = lab.path(f"list{count}")
    with open(path, "wb") as out:
        subprocess.run([lab.build.labnet, "names", "-n", str(count)], stdout=out, check=True)
    subprocess.run(["zstd", "-q", path], check=True)
    return path


def question_us(lab, names):
    """Of a question and its answer, and nothing around them."""
    done = subprocess.run([lab.build.bench("bench_udp_bare"), lab.host, lab.port, names], stdout=subprocess.PIPE, check=True)
    return json.loads(done.stdout)["cpu_us_per_answer"]


def measured(build, count, listed, rounds):
    """Part or yardstick -> microseconds a name, line or query."""
    with measure.lab(build, measure.faultless(build.labnet, adoption=0, tlsrpt=0)) as lab:
        lists = {n: write_list(lab, n) for n in {1, 1000, count, listed}}
        measure.cpu_us(lab.scan(lists[1000], lab.path("run")))
        results = lab.path("run/results.ndjson.zst")
        work, machine = build.bench("bench_work"), build.bench("bench_machine")
        costs = {name: (count, lambda n, name=name: measure.cpu_us([work, name, str(n), results])) for name in TASKS}
        costs["machine"] = count, lambda n: measure.cpu_us([machine, str(n)])
        costs["scan"] = count, lambda n: lab.scan_cpu_us(lists[n])
        costs["input"] = listed, lambda n: measure.cpu_us([work, "input", lists[n]])
        costs["wc"] = listed, lambda n: measure.cpu_us(["wc", "-l"] + [lists[n]] * WC_TIMES) / WC_TIMES
        costs["input, zstd"] = listed, lambda n: measure.cpu_us([work, "input", lists[n] + ".zst"])
        costs["zstdcat"] = listed, lambda n: measure.cpu_us(["zstdcat", lists[n] + ".zst"])
        runs = {(name, n): lambda cost=cost, n=n: cost(n) for name, (lines, cost) in costs.items() for n in (1, lines)}
        runs["question"] = lambda: question_us(lab, lists[count])
        least = {key: min(values) for key, values in measure.alternate(rounds, runs).items()}
    us = {name: (least[name, lines] - least[name, 1]) / lines for name, (lines, _) in costs.items()}
    return {**us, "question": least["question"]}


def run(build, count, listed, rounds):
    """Rows for the table, and what is over a limit. listed: names of the list that is read."""
    rows, problems = parsers(build)
    us = measured(build, count, listed, rounds)
    for name, value, yardstick, base in (
            ("emitter", us["emit"], "memcpy", us["copy"]),
            ("frame", us["frame"] - us["emit"], "bare libzstd", us["zstd"]),
            ("input reader", us["input"], "wc -l", us["wc"]),
            ("input reader, .zst", us["input, zstd"], "zstdcat", us["zstdcat"])):
        rows.append(measure.row(name, value * 1000, "ns CPU a line", yardstick, base * 1000))
    us["emit and frame"], us["3 questions"] = us["frame"], 3 * us["question"]
    total = sum(us[name] for name in SUMMED)
    rows += [measure.row(f"part: {name}", us[name], "us CPU a name", "sum of the parts", total) for name in SUMMED]
    rows.append(measure.row("whole scan", us["scan"], "us CPU a name", "sum of its parts", total))
    return rows, problems


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("build")
    parser.add_argument("-n", "--names", type=int, default=300000)
    parser.add_argument("--listed", type=int, default=1000000, help="names of the list that is read")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    rows, problems = run(measure.Build(options.build), options.names, options.listed, options.rounds)
    measure.table(rows)
    print(json.dumps(rows))
    for problem in problems:
        print(f"FAIL {problem}")
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
