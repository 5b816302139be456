#!/usr/bin/env python3
"""ours.py - tests/OURS.md names a test for each place where an outcome of ours could be told of a domain: each exists.

The last cell of a row is `FILE` and words that stand in it: the name of the test, or of its row in a table.
"""
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import sources  # noqa: E402

TABLE = "tests/OURS.md"
OUTCOMES = ("excluded", "own address", "rate", "crash", "dropped", "cut", "sampled", "sharded")


def main():
    problems, rows = [], []
    for number, line in enumerate(sources.read(TABLE).splitlines(), 1):
        cells = [cell.strip() for cell in line.strip("|").split("|")] if line.startswith("|") else []
        if len(cells) != 4 or cells[0] in ("outcome of ours", "---"):
            continue
        rows.append(cells[0])
        named = re.fullmatch(r"`([^`]+)` (.+)", cells[3])
        where = f"{TABLE}:{number}"
        if not named:
            problems.append(f"{where}: no test is named")
        elif not os.path.exists(named.group(1)):
            problems.append(f"{where}: {named.group(1)} is not there")
        elif named.group(2) not in sources.read(named.group(1)):
            problems.append(f"{where}: {named.group(1)} has no '{named.group(2)}'")
    for outcome in OUTCOMES:
        if not any(outcome in row for row in rows):
            problems.append(f"{TABLE}: no row for what is {outcome}")
    sources.finish("ours", len(rows), problems)


main()
