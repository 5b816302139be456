#!/usr/bin/env python3
"""resolvers.py BUILD_DIR - bad resolvers beside a good one change no verdict, and neither does loss.

Scans one population through three good resolvers, then through two bad ones and a good one, for each kind of bad;
every verdict must be the same, and the bad ones must be named in run.json and the report. Then through one
resolver that loses a tenth of the packets each way: no wrong verdict, and at most 0.1% inconclusive.
By hand with -n 100000 --loss-names 1000000.
"""
import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from scale import Count, start_labnet

# A tenth of the questions lost, and a tenth of the answers: 1 - 0.9 * 0.9.
LOSS_BOTH_WAYS = 0.19
LOSS_INCONCLUSIVE_MAX = 0.001
LOSS_SCATTER = 4  # names; few names may have bad luck

# name -> (profile, states of which the run must name one, or None: it may have done well enough)
BAD = {
    "lying": ("lying", {"lying (dropped)"}),
    "denying": ("denying", {"lying (dropped)"}),
    "dead": ("dead", {"silent"}),
    "refusing": ("qps=200", None),
    "dropping": ("qps=200,drop", None),
    "slipping": ("qps=200,slip", None),
    "bursting": ("burst=0.5,delay=1..20", None),
    "failing": ("servfail=1", {"failing"}),
    "slow": ("delay=300..900,reorder=0.3,dup=0.2", None),
}
PAIRS = [("lying", "refusing"), ("denying", "slipping"), ("dropping", "bursting"), ("dead", "failing"),
         ("lying", "bursting"), ("slow", "slipping")]
SHORT = 3  # pairs in the test suite


class Lab:
    def __init__(self, options, folder, more=""):
        self.options, self.folder = options, tempfile.mkdtemp(dir=folder)
        build = os.path.abspath(options.build)
        self.program = os.path.join(build, "scanner", "mtasweep")
        self.labnet = os.path.join(build, "datasets", "labnet")
        options.labnet = "--rate adoption=0.2 " + more + "".join(
            f" --resolver 0:{text}" for text in ["good", "good", *(profile for profile, _ in BAD.values())])
        self.server, self.ready = start_labnet(self.labnet, options, self.folder)
        ports = self.ready["resolvers"].split(",")
        self.good = [self.ready["dns"], *ports[:2]]
        self.bad = dict(zip(BAD, ports[2:]))

    def stop(self):
        self.server.terminate()
        self.server.wait()

    def names(self, count):
        path = os.path.join(self.folder, f"names-{count}")
        with open(path, "wb") as out:
            subprocess.run([self.labnet, "names", "-n", str(count), "--seed", str(self.options.seed)], stdout=out,
                           check=True)
        return path

    def scan(self, names, resolvers, *more):
        """Verdicts by line, run.json, exit status and messages, seconds."""
        run = tempfile.mkdtemp(prefix="run-", dir=self.folder) + "/run"
        command = [self.program, "scan", names, "-o", run, "--https-port", self.ready["https"], "--ca-file",
                   self.ready["ca"], "--allow-net", "127.0.0.0/8", "--allow-net", "::1/128", "--workers", "2",
                   "--host-rate", "0", "--host-concurrency", "20", "--progress", "none", "--seed", "1",
                   "--timeout-fetch", "20", "--timeout-dns", "1", *more]
        for resolver in resolvers:
            command += ["-r", resolver]
        begin = time.monotonic()
        done = subprocess.run(command, capture_output=True, text=True, timeout=3600, check=False)
        took = time.monotonic() - begin
        records = subprocess.Popen(["zstdcat", os.path.join(run, "results.ndjson.zst")], stdout=subprocess.PIPE)
        seen = {}
        for line in records.stdout:
            record = json.loads(line)
            seen[record["line"]] = (record["domain"], record["verdict"], record["sts"]["resolver"],
                                    [issue["code"] for issue in record["issues"] if issue["severity"] == "inconclusive"])
        records.wait()
        try:
            with open(os.path.join(run, "run.json"), encoding="utf-8") as text:
                info = json.load(text)
            with open(os.path.join(run, "report.txt"), encoding="utf-8") as text:
                report = text.read()
        except OSError:
            info, report = {"resolvers": []}, ""
        return seen, info, report, (done.returncode, done.stderr), took

    def truth(self, names):
        done = subprocess.run([self.labnet, "truth", "--seed", str(self.options.seed), "--rate", "adoption=0.2", names],
                              capture_output=True, check=True)
        return {n: json.loads(line) for n, line in enumerate(done.stdout.splitlines(), 1)}


def differences(wanted, seen):
    return [f"line {line}: {seen.get(line)}, not {wanted[line]}" for line in wanted
            if (seen.get(line) or (None, None))[:2] != wanted[line][:2]]


def check_named(count, title, lab, pair, info, report, seen):
    states = {r["address"]: r for r in info["resolvers"]}
    for name in pair:
        wanted = BAD[name][1]
        row = states.get(lab.bad[name], {})
        trouble = row.get("servfail", 0) + row.get("refused", 0) + row.get("timeouts", 0)
        text = f"{row.get('state')}, {row.get('sent')} sent, {trouble} in vain"
        count.check(f"{title}: {name} is {text}",
                    (lab.bad[name] not in report or (wanted and row.get("state") not in wanted)) and "not named so")
        if "lying (dropped)" in (wanted or ()):
            believed = sum(1 for row in seen.values() if row[2] == lab.bad[name])
            count.check(f"{title}: no record rests on the {name} one", believed and f"{believed} do")


def bad_beside_good(lab, count, options, pool):
    names = lab.names(options.names)
    # SERVFAIL from one zone is no resolver's fault: the population has such names as well.
    pairs = PAIRS[:options.pairs]
    quiet = pool.submit(lab.scan, names, lab.good)
    runs = [pool.submit(lab.scan, names, [*(lab.bad[name] for name in pair), lab.good[0]]) for pair in pairs]
    wanted, _, _, end, took = quiet.result()
    count.check(f"three good resolvers ({took:.1f} s)", end[0] and end)
    truth = lab.truth(names)
    wrong = [f"line {n}: {wanted.get(n)} {t['verdict']}" for n, t in truth.items()
             if (wanted.get(n) or (0, 0))[1] != t["verdict"]]
    count.check("their verdicts are the truth", wrong and f"{len(wrong)}: {wrong[:3]}")
    for pair, run in zip(pairs, runs):
        title = f"{' and '.join(pair)}"
        seen, info, report, end, took = run.result()
        wrong = differences(wanted, seen)
        count.check(f"{title}: the same verdicts ({took:.1f} s)", (end[0] or wrong or len(seen) != len(wanted)) and
                    f"{end} {len(wrong)}: {wrong[:5]}")
        check_named(count, title, lab, pair, info, report, seen)


def loss(lab, count, names, run):
    seen, info, _, end, took = run.result()
    truth = lab.truth(names)
    wrong, reasons = Counter(), Counter()
    for line, wanted in truth.items():
        verdict = (seen.get(line) or (0, "missing"))[1]
        if verdict != wanted["verdict"]:
            wrong["inconclusive" if verdict == "inconclusive" else "wrong"] += 1
            reasons.update((seen.get(line) or (0, 0, 0, ["missing"]))[3])
    sent = sum(r["sent"] for r in info["resolvers"])
    lost = sum(r["timeouts"] for r in info["resolvers"])
    print(f"loss: {len(truth)} names in {took:.1f} s, {lost} of {sent} questions without an answer, "
          f"{wrong['inconclusive']} inconclusive ({100 * wrong['inconclusive'] / len(truth):.3f}%)")
    count.check("loss: the scan ends well", (end[0] or len(seen) != len(truth)) and end)
    count.check("loss: packets were lost", lost < 0.15 * sent and f"{lost} of {sent}")
    count.check("loss: no wrong verdict", wrong["wrong"] and f"{wrong['wrong']} {dict(reasons)}")
    count.check("loss: at most 0.1% inconclusive",
                wrong["inconclusive"] > LOSS_INCONCLUSIVE_MAX * len(truth) + LOSS_SCATTER and f"{dict(reasons)}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("build")
    parser.add_argument("-n", "--names", type=int, default=1000)
    parser.add_argument("--pairs", type=int, default=SHORT, help=f"kinds of bad pairs, at most {len(PAIRS)}")
    parser.add_argument("--parallel", type=int, default=5, help="scans at a time")
    parser.add_argument("--loss-names", type=int, default=3000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(130))
    count = Count()
    with tempfile.TemporaryDirectory(prefix="mtasweep-resolvers-") as folder:
        labs = []
        try:
            labs += [Lab(options, folder, f"--loss {LOSS_BOTH_WAYS}")]
            labs += [Lab(options, folder)]
            with ThreadPoolExecutor(options.parallel) as pool:  # the scans mostly wait
                names = labs[0].names(options.loss_names)
                lossy = pool.submit(labs[0].scan, names, [labs[0].ready["dns"]])
                bad_beside_good(labs[1], count, options, pool)
                loss(labs[0], count, names, lossy)
        finally:
            for lab in labs:
                lab.stop()
    print(f"{count.passed} passed, {count.failed} failed, 0 skipped")
    sys.exit(1 if count.failed else 0)


if __name__ == "__main__":
    main()
