#!/usr/bin/env python3
"""papers.py BUILD_DIR - the published table comes back.

The synthetic internet is built with the error rates of Ashiq, Fiebig and Chung (IMC 2025, figure 5 and section
4.3.2). A scan of a sample of it must report those shares again, within four standard errors of the sample.
"""
import json
import math
import os
import pathlib
import subprocess
import sys
import tempfile

NAMES = 8000
BUILD = pathlib.Path(sys.argv[1]).resolve()
LABNET = BUILD / "datasets" / "labnet"
ERRORS_MAX = 4.0  # standard errors

# (what, table, row, column, published numerator, published denominator)
PUBLISHED = [
    ("self-managed: works", "stages", "ok", "self", 25344 - 9588, 25344),
    ("self-managed: fails at TLS", "stages", "tls", "self", 8871, 25344),
    ("self-managed: fails at TCP", "stages", "tcp", "self", 193, 25344),
    ("self-managed: fails at HTTP", "stages", "http", "self", 377, 25344),
    ("self-managed: fails at syntax", "stages", "syntax", "self", 55, 25344),
    ("third party: works", "stages", "ok", "provider", 28591 - 1393, 28591),
    ("third party: fails at TLS", "stages", "tls", "provider", 1113, 28591),
    ("third party: fails at TCP", "stages", "tcp", "provider", 34, 28591),
    ("third party: fails at HTTP", "stages", "http", "provider", 215, 28591),
    ("self-managed: TLS, other names", "tls_reasons", "name_mismatch", "self", 8385, 8871),
    ("third party: TLS, alert", "tls_reasons", "alert", "provider", 463, 1113),
    ("records with an error", "misconfigured", "record", "names", 331, 68030),
]


def scan(work):
    server = subprocess.Popen([LABNET, "serve", "--dir", work, "--adoption", "0.5", "--seed", "3"],
                              stdout=subprocess.PIPE, text=True)
    try:
        ready = dict(part.split("=", 1) for part in server.stdout.readline().split()[1:])
        with open(work / "names", "wb") as out:
            subprocess.run([LABNET, "names", "-n", str(NAMES), "--seed", "3"], stdout=out, check=True)
        subprocess.run([BUILD / "scanner" / "mtasweep", "scan", work / "names", "-o", work / "run", "-r", ready["dns"],
                        "--https-port", ready["https"], "--ca-file", ready["ca"], "--allow-net", "127.0.0.0/8",
                        "--allow-net", "::1/128", "--timeout-dns", "1", "--retries", "1", "--workers", "2",
                        "--progress", "none"], stdout=subprocess.DEVNULL, check=True)
    finally:
        server.terminate()
        server.wait()
    return json.loads((work / "run" / "report.json").read_text())["tables"]


def main():
    if not os.access(LABNET, os.X_OK):
        print("skipped: labnet is not built")
        return 77
    with tempfile.TemporaryDirectory(prefix="mtasweep-papers-") as work:
        tables = scan(pathlib.Path(work))
    failed = 0
    for what, table, row, column, n, of in PUBLISHED:
        got = tables[table]["rows"][row][column]
        rate = n / of
        error = math.sqrt(rate * (1 - rate) / got["of"])
        off = abs(got["share"] - rate) / error
        good = off <= ERRORS_MAX
        failed += not good
        print("%s %-32s published %7.3f %%   here %7.3f %% of %5d   %.1f standard errors"
              % ("ok  " if good else "FAIL", what, 100 * rate, 100 * got["share"], got["of"], off))
    print("%d passed, %d failed" % (len(PUBLISHED) - failed, failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
