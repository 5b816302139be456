#!/usr/bin/env python3
"""dear.py BUILD_DIR - what the innocent wait for when others make handshakes as dear as they can, or never answer.

Names of which a tenth belong to hosts that cost the most a handshake can, in several ways, all at once; then the same names
with those hosts answering well. The innocent names are done within twice that time plus 2 s, no worker is killed, and no
handshake costs more than 50 ms of our own processor. Then hosts that never answer, more of them than a worker once had places.
"""
import argparse
import os
import signal
import sys
import tempfile
from datetime import datetime

import attack_costly
import hostile
from attack_costly import CERTIFICATES, GROUPS, LISTS
from scale import Count

WAYS = [*GROUPS, *LISTS, *(f"cert-{kind}" for kind in CERTIFICATES)]
ABSENT = "dns-extra-owner"  # publishes nothing: one look-up and done
POLICIES = 10               # one innocent name in so many has a policy
HANDSHAKE_MS, COPIES = 50, 6
TARPITS = 512


def shared(kinds):
    """One chain for all the names of a kind: that it names none of them is found out too late to help."""
    made = {}

    def issue(kind, authority, host, domain):
        if kind not in made:
            made[kind] = kinds[kind](authority, kind, host, domain)
        return made[kind]
    return {kind: lambda a, f, h, d, kind=kind: issue(kind, a, h, d) for kind in kinds}


class Dear(hostile.Lab):
    def timed(self, labels):
        """Records, the time of the last innocent record since the first, what was said, processor seconds, exit status."""
        records, n, status, error, memory, took = self.scan(labels, more=["-v"])
        ends = [datetime.fromisoformat(r["scanned_at"].replace("Z", "+00:00")).timestamp() + r["took_ms"] / 1000
                for label, r in records.items() if label.startswith((*hostile.GOOD, ABSENT)) and not label.startswith("good-x")]
        begin = min(datetime.fromisoformat(r["scanned_at"].replace("Z", "+00:00")).timestamp() for r in records.values())
        return records, max(ends, default=begin) - begin, error, memory.worker_cpu_s, status or (n != len(labels) and f"{n} records"), took


def mixed(innocent, others):
    step = len(innocent) // max(1, len(others))
    return [label for i, other in enumerate(others) for label in (other, *innocent[i * step:(i + 1) * step])] + \
        innocent[len(others) * step:]


def innocents(n):
    return [f"good-{i}" if i % POLICIES == 0 else f"{ABSENT}-{i}" for i in range(n)]


def handshakes(lab, count):
    """Our own processor time of one, above that of a handshake that goes well."""
    base = lab.timed([f"good-x{i}" for i in range(COPIES)])[3]
    worst, lab_ms = ("none", 0.0), {}
    for way in WAYS:
        lab.prepare([])
        cpu = lab.timed([f"{way}-{i}" for i in range(COPIES)])[3]
        made = max(1, sum(n for n, _ in lab.prepare([]).values()))
        lab_ms[way] = 1000 * (cpu - base) / made
        worst = max(worst, (way, lab_ms[way]), key=lambda w: w[1])
    print("ms a handshake, above one that goes well: " + ", ".join(f"{way} {ms:.0f}" for way, ms in lab_ms.items()))
    count.check(f"no handshake costs more than {HANDSHAKE_MS} ms: {worst[0]} {worst[1]:.0f}", worst[1] > HANDSHAKE_MS)


def innocent_time(lab, count, names):
    hostile_n, good = names // 10, innocents(names - names // 10)
    well = lab.timed(mixed(good, [f"good-x{i}" for i in range(hostile_n)]))
    ill = lab.timed(mixed(good, [f"{WAYS[i % len(WAYS)]}-{i}" for i in range(hostile_n)]))
    count.check(f"{names} names, {hostile_n} of hostile hosts: the innocent are done after {ill[1]:.1f} s, {well[1]:.1f} s when those "
                "answer well", ill[1] > 2 * well[1] + 2)
    count.check(f"both end well, after {ill[5]:.1f} and {well[5]:.1f} s", ill[4] or well[4])
    killed = ill[2].count("its lines go to others")
    count.check(f"{killed} workers were killed", killed and ill[2])
    bad = [label for label in good if ill[0][label]["verdict"] != well[0][label]["verdict"]]
    count.check("the innocent have the same verdicts", bad[:5])
    print(f"the worker computed {ill[3]:.1f} s, {well[3]:.1f} s when those answer well")


def tarpits(lab, count, names):
    """Connections that are accepted and never answered hold a place each until the time-out."""
    good = innocents(names)
    well = lab.timed(good)
    ill = lab.timed([*(f"tls-silent-{i}" for i in range(TARPITS)), *good])
    count.check(f"{TARPITS} tarpits first: the innocent are done after {ill[1]:.1f} s, {well[1]:.1f} s without",
                ill[1] > 2 * well[1] + 2 or ill[4] or well[4])
    bad = [label for label in good if ill[0][label]["verdict"] != well[0][label]["verdict"]]
    count.check("with the same verdicts", bad[:5])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("build")
    parser.add_argument("-n", "--names", type=int, default=1000, help="4000 is what the promise is about")
    parser.add_argument("--port", type=int, default=21180)
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(130))
    count = Count()
    hostile.KINDS = hostile.attack_certs.KINDS | shared(attack_costly.CERTIFICATES)
    with tempfile.TemporaryDirectory(prefix="mtasweep-dear-") as folder:
        lab = Dear(options, folder)
        try:
            handshakes(lab, count)
            innocent_time(lab, count, options.names)
            tarpits(lab, count, options.names // 2)
        finally:
            lab.stop()
    print(f"{count.passed} passed, {count.failed} failed, 0 skipped")
    sys.exit(1 if count.failed else 0)


if __name__ == "__main__":
    main()
