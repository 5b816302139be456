#!/usr/bin/env python3
"""recursion.py BUILD - what a scan costs those who answer: questions at root, registry and the domains' servers, exactly.

Real resolvers with cold caches in front of a tree of delegations on real servers (delegations.py), in a network namespace
of its own. Ours is beside massdns (MASSDNS=path), which asks for one type a pass, and zdns (ZDNS=path); each run has a fresh
resolver. The mix has one name in five denied by its registry, the others exist. Prints questions a name at
each, and microseconds of CPU a name of the resolver and of the client; what ours finds is compared with what the tree has.
"""
import argparse
import collections
import json
import os
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.dont_write_bytecode = True
import delegations  # noqa: E402
import measure  # noqa: E402

PASSES = ("_mta-sts.", "TXT"), ("_smtp._tls.", "TXT"), ("", "MX")
KINDS = "eeeed", "e", "d", "g", "r", "s", "t"
NAMES = {"eeeed": "mix", "e": "existing", "d": "denied", "g": "signed", "r": "lame, REFUSED", "s": "lame, SERVFAIL", "t": "lame, silent"}
SHARES = {"eeeed": 1, "r": 0.1, "s": 0.1, "t": 0.025}  # of --names; servers that say nothing cost minutes
EXPECTED = {"e": ("absent", "ok"), "g": ("absent", "ok"), "d": ("absent", "nxdomain"), "r": ("inconclusive", None),
            "s": ("inconclusive", None), "t": ("inconclusive", None)}
SETTINGS = {"plain": (False, False), "minimised": (True, False), "aggressive": (False, True)}
# What the registry's servers, and all together, may be asked a name.
LIMITS = {"mix": (1.05, 3.5), "denied": (1.05, 1.1)}


def names_of(kind, count):
    """Three in four below .com, whose registry denies name by name."""
    return [f"{kind[i % len(kind)]}{i:06d}.{'se' if i // len(kind) % 4 == 3 else 'com'}" for i in range(count)]


def write(path, lines):
    with open(path, "w", encoding="ascii") as out:
        out.writelines(line + "\n" for line in lines)
    return path


class Ours:
    def __init__(self, build):
        self.build = build
        self.wrong = []

    def __call__(self, folder, names):
        run = os.path.join(folder, "run")
        used = measure.cpu_us([self.build.mtasweep, "scan", write(os.path.join(folder, "names"), names), "-o", run, "-r",
                               delegations.RESOLVER, "--workers", "1", "--progress", "none", "-q"])
        text = subprocess.run(["zstdcat", os.path.join(run, "results.ndjson.zst")], check=True, capture_output=True).stdout
        for line in text.splitlines():
            record = json.loads(line)
            verdict, mx = EXPECTED[record["domain"][0]]
            if record["verdict"] != verdict or mx not in (None, record["mx"]["dns"]):
                self.wrong.append(f"{record['domain']} is {record['verdict']}, MX {record['mx']['dns']}")
        return used


class Massdns:
    """A pass a type, the answers parsed and written as it does by default for zones (-o S)."""

    def __init__(self, program):
        self.program = program

    def __call__(self, folder, names):
        resolvers = write(os.path.join(folder, "resolvers"), [f"{delegations.RESOLVER}:53"])
        used = 0.0
        for prefix, kind in PASSES:
            asked = write(os.path.join(folder, "asked"), [prefix + name for name in names])
            used += measure.cpu_us([self.program, "-q", "-s", "1000", "-r", resolvers, "-t", kind, "-o", "S", "-w",
                                    os.path.join(folder, "massdns"), asked])
        return used


class Zdns:
    def __init__(self, program):
        self.program = program

    def __call__(self, folder, names):
        used = 0.0
        for prefix, kind in PASSES:
            asked = write(os.path.join(folder, "asked"), [prefix + name for name in names])
            used += measure.cpu_us([self.program, kind, "--name-servers", delegations.RESOLVER, "--input-file", asked,
                                    "--output-file", os.path.join(folder, "zdns")])
        return used


def clients(build):
    found = {"mtasweep": Ours(build)}
    if os.environ.get("MASSDNS"):
        found["massdns"] = Massdns(os.environ["MASSDNS"])
    if os.environ.get("ZDNS"):
        found["zdns"] = Zdns(os.environ["ZDNS"])
    return found


def least(rounds, figures):
    """On a busy machine a resolver takes a late answer for a lost one and asks again: the least is the count."""
    best = figures()
    for _ in range(rounds - 1):
        best = min(best, figures(), key=lambda f: f["all"])
    return best


def one(folder, tree, names, resolver, setting, client):
    """One run: figures a name."""
    with tempfile.TemporaryDirectory(dir=folder) as place:
        server = delegations.RESOLVERS[resolver](os.path.join(place, "resolver"), tree, *SETTINGS[setting])
        try:
            before, cpu = tree.questions(), server.cpu_s()
            used = client(place, names)
            after = tree.questions()
            figures = {where: (after[where] - before[where]) / len(names) for where in after}
            figures["all"] = sum(figures.values())
            figures["asked"] = server.questions() / len(names)
            figures["resolver_us"] = (server.cpu_s() - cpu) * 1e6 / len(names)
            figures["client_us"] = used / len(names)
        finally:
            server.stop()
    return figures


def head():
    print(f"{'names':14s} {'resolver':14s} {'setting':11s} {'client':9s} {'asked':>6s} {'root':>6s} {'regis.':>6s} {'child':>6s} "
          f"{'all':>6s}  CPU us: {'resolver':>8s} {'client':>7s}")


def show(r):
    print(f"{r['names']:14s} {r['resolver']:14s} {r['setting']:11s} {r['client']:9s} {r['asked']:6.2f} {r['root']:6.2f} "
          f"{r['registry']:6.2f} {r['child']:6.2f} {r['all']:6.2f}          {r['resolver_us']:8.1f} {r['client_us']:7.1f}",
          flush=True)


def measure_all(build, count, kinds, resolvers, settings, rounds):
    """Rows, and what ours found wrong."""
    rows, found = [], clients(build)
    head()
    with tempfile.TemporaryDirectory(prefix="mtasweep-recursion-") as folder:
        for at, kind in enumerate(kinds):
            names = names_of(kind, max(int(count * SHARES.get(kind, 0.25)), 50))
            with delegations.tree(os.path.join(folder, f"tree{at}"), names) as tree:
                for resolver in resolvers:
                    for setting in settings:
                        for name, client in found.items():
                            figures = least(rounds, lambda: one(folder, tree, names, resolver, setting, client))
                            rows.append({"names": NAMES[kind], "resolver": resolver, "setting": setting, "client": name,
                                         **figures})
                            show(rows[-1])
    return rows, found["mtasweep"].wrong


def judged(rows):
    """Lines about limits that do not hold."""
    problems = []
    for r in rows:
        if r["client"] != "mtasweep" or r["resolver"] != "unbound" or r["setting"] != "plain" or r["names"] not in LIMITS:
            continue
        for where, limit in zip(("registry", "all"), LIMITS[r["names"]]):
            if r[where] > limit:
                problems.append(f"recursion, {r['names']}: {r[where]:.3f} questions a name at {where}, limit {limit}")
    return problems


def run(build, count):
    """Rows for bench/run, and problems; none where the servers are missing."""
    command = [sys.executable, "-B", os.path.abspath(__file__), build.folder, "-n", str(count), "--quick", "--rounds", "3",
               "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode == 77:
        return [], []
    if done.returncode not in (0, 1):
        return [], [f"recursion: status {done.returncode}: {done.stderr.strip()[-300:]}"]
    result = json.loads(done.stdout.splitlines()[-1])
    table = []
    for r in result["rows"]:
        if r["client"] == "mtasweep" and r["names"] in LIMITS and r["resolver"] == "unbound" and r["setting"] == "plain":
            table += [measure.row(f"recursion, {r['names']}, {where}", r[where], "questions a name", "limit", limit, 1.0)
                      for where, limit in zip(("registry", "all"), LIMITS[r["names"]])]
    return table, result["problems"]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("build")
    parser.add_argument("-n", "--names", type=int, default=4000, help="in the mix; of each kind alone a fourth or less")
    parser.add_argument("--quick", action="store_true", help="ours, mix and denied names, unbound without minimisation")
    parser.add_argument("--kinds", default=",".join(KINDS), help="letters of delegations.py, or eeeed for the mix")
    parser.add_argument("--settings", default=",".join(SETTINGS))
    parser.add_argument("--resolvers", default=",".join(delegations.RESOLVERS))
    parser.add_argument("--rounds", type=int, default=1, help="of so many runs the one with the fewest questions")
    parser.add_argument("--json", action="store_true", help="the last line has all of it as JSON")
    options = parser.parse_args()
    missing = [tool for tool in ("knotd", "kdig", "unbound", "zstdcat", "unshare") if not measure.have(tool)]
    if missing:
        print(f"recursion: not installed: {', '.join(missing)} (datasets/install-packages tests)", file=sys.stderr)
        sys.exit(77)
    if "MTASWEEP_RECURSION" not in os.environ:
        inside = subprocess.run(["unshare", "--net", *([] if os.getuid() == 0 else ["--map-root-user"]), "sh", "-c",
                                 'ip link set lo up && exec "$@"', "sh", sys.executable, "-B", *sys.argv],
                                env={**os.environ, "MTASWEEP_RECURSION": "1"}, check=False)
        sys.exit(inside.returncode)
    kinds, settings, resolvers = options.kinds.split(","), options.settings.split(","), options.resolvers.split(",")
    resolvers = [name for name in resolvers if delegations.RESOLVERS[name].available()]
    if options.quick:
        kinds, settings, resolvers = ["eeeed", "d"], ["plain"], ["unbound"]
    rows, wrong = measure_all(measure.Build(options.build), options.names, kinds, resolvers, settings, options.rounds)
    problems = judged(rows)
    if wrong:
        counted = collections.Counter(text.partition(" ")[2] for text in wrong)
        problems += [f"recursion: {n} names, such as {next(t for t in wrong if t.endswith(what)).split()[0]}: {what}"
                     for what, n in counted.items()]
    for problem in problems:
        print(f"FAIL {problem}")
    if options.json:
        print(json.dumps({"rows": rows, "problems": problems}))
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
