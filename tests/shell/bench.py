#!/usr/bin/env python3
"""bench.py BUILD - the gates of bench/ see what they are there for: whose an allocation is, what compare calls worse, what
an internet without a fault leaves out, curl's transfers, and that the texts have the figures of growth.json."""
import json
import os
import subprocess
import sys
import tempfile

BENCH = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "bench")
sys.path.insert(0, BENCH)
import fetch  # noqa: E402
import growth  # noqa: E402
import growth_figures  # noqa: E402
import measure  # noqa: E402

OURS = ("malloc", "calloc", "realloc", "reallocarray", "aligned_alloc", "posix_memalign", "strdup", "strndup", "asprintf",
        "getline")


class Count:
    def __init__(self):
        self.passed = self.failed = 0

    def check(self, name, good, seen=""):
        self.passed += bool(good)
        self.failed += not good
        if not good:
            print(f"FAIL {name}: {seen}")


def allocated(build, *way):
    """(own, of libraries)"""
    program = os.path.join(build.folder, "tests", "allocates")
    done = subprocess.run([program, *way], input="a line\n", capture_output=True, text=True, check=True,
                          env={**os.environ, "LD_PRELOAD": build.bench("libcount_allocations.so")})
    return tuple(map(int, done.stderr.split()[1:]))


def check_allocations(count, build):
    count.check("nothing is allocated", allocated(build) == (0, 0), allocated(build))
    for way in OURS:
        own, other = allocated(build, way)
        count.check(f"{way} is ours", own > 0 and other == 0, (own, other))
    own, other = allocated(build, "library")
    count.check("a library's own", own == 0 and other > 0, (own, other))


def compare(folder, old, new):
    """Status and output for two values of three rows."""
    paths = []
    for name, (counted, allocations, time) in ("old", old), ("new", new):
        paths.append(os.path.join(folder, name))
        rows = [measure.row("policy", counted, "instructions each", "baseline", 100),
                measure.row("own", allocations, "allocations a name", "baseline", 0),
                measure.row("emitter", time, "ns CPU a line", "memcpy", 10)]
        with open(paths[-1], "w", encoding="utf-8") as out:
            json.dump({"rows": rows}, out)
    done = subprocess.run([os.path.join(BENCH, "compare"), *paths], capture_output=True, text=True, check=False)
    return done.returncode, done.stdout


def check_compare(count, folder):
    for what, new, status, text in (("nothing", (100, 0, 100), 0, "+0.0 %"),
                                    ("time", (100, 0, 200), 0, "+100.0 %"),
                                    ("2 % more instructions", (102, 0, 100), 0, "+2.0 %"),
                                    ("4 % more instructions", (104, 0, 100), 1, "FAIL policy"),
                                    ("less of all", (90, 0, 90), 0, "-10.0 %"),
                                    ("allocations from 0", (100, 0.1, 100), 1, "from 0"),
                                    ("allocations, some heartbeats", (100, 0.001, 100), 0, "from 0")):
        seen = compare(folder, (100, 0, 100), new)
        count.check(f"compare: {what}", seen[0] == status and text in seen[1], seen)
    path = os.path.join(folder, "old")
    done = subprocess.run([os.path.join(BENCH, "compare"), path, folder], capture_output=True, text=True, check=False)
    count.check("compare: a result and a build", done.returncode == 1 and "not one of each" in done.stderr, done)


def check_lab(count, build, folder):
    options = measure.faultless(build.labnet, adoption=0.5)
    chosen = dict(zip(options[::2], options[1::2]))
    zero = ("--mail_mx_servfail", "--mail_mx_tc", "--record_servfail", "--mx_closed")
    count.check("faultless: faults", all(chosen.get(name) == "0" for name in zero), chosen)
    count.check("faultless: the rest", chosen["--fine"] == "1" and "--mail_regular" not in chosen, chosen)
    told = subprocess.run([build.labnet, "truth", "-n", "20000", *options], capture_output=True, text=True, check=True).stdout
    outcomes = {json.loads(line)["mx_dns"] for line in told.splitlines()}
    count.check("faultless: every question for MX has an answer", outcomes == {"ok", "nodata"}, outcomes)
    lab = measure.Lab(build, folder, {"dns": "127.0.0.1:53", "ca": "ca.pem", "https": "443"}, 0)
    command = lab.scan("names", "run")
    count.check("the seed is fixed", command[command.index("--seed") + 1] == "1", command)
    hosts = lab.path("hosts")
    with open(hosts, "w", encoding="ascii") as out:
        out.writelines(f"mta-sts.{name} 127.0.1.1\n" for name in "abc")
    with open(fetch.write_curl_config(lab, hosts), encoding="ascii") as text:
        transfers = text.read().split("next\n")
    words = [[line.split()[0] for line in t.splitlines()] for t in transfers]
    each = ["silent", "cacert", "resolve", "url", "output"]
    count.check("curl: a transfer has one address", words == [["parallel", *each], each, each], words)


def check_figures(count):
    known = {"cpu": "15.2", "rate": "1,200"}
    text = "some 9.75<!--cpu--> us, 1,000,000<!--rate--> names, 3<!--other--> and 4"
    seen = growth_figures.filled(text, known)
    wanted = "some 15.2<!--cpu--> us, 1,200<!--rate--> names, 3<!--other--> and 4", ["other"]
    count.check("figures: replaced at their marks", seen == wanted, seen)
    rows = growth.results()
    for name in growth_figures.TEXTS:
        with open(os.path.join(BENCH, name), encoding="utf-8") as source:
            text = source.read()
        count.check(f"{name} has the figures of growth.json", growth_figures.filled(text, growth_figures.figures(rows))[0] == text,
                    "run bench/growth.py BUILD --plot")
    largest = {"series": "names", "names": 1000000, "workers": 2, "resolvers": 1, "adoption": 0.001, "hanging": 0.0,
               "wall_s": 10, "cpu_s": 16.0, "supervisor_cpu_s": 1.0, "memory_mib": 50.0, "disk_bytes": 40000000}
    seen = growth_figures.figures([largest])
    wanted = {"cpu": "16.0", "cpu_1m": "16.0", "core_hours": "1.6", "names_s_16": "1,000,000", "supervisor": "1.00",
              "supervisor_names_s": "1,000,000", "supervisor_workers": "15", "disk_gb": "14.0"}
    count.check("figures: multiplied", wanted.items() <= seen.items(), seen)


def main():
    build, count = measure.Build(sys.argv[1]), Count()
    with tempfile.TemporaryDirectory(prefix="bench-test-") as folder:
        check_allocations(count, build)
        check_compare(count, folder)
        check_lab(count, build, folder)
        check_figures(count)
    print(f"{count.passed} passed, {count.failed} failed, 0 skipped")
    sys.exit(1 if count.failed else 0)


main()
