#!/usr/bin/env python3
"""catalogue.py - what a finding means stands in parsers/issues.def and nowhere else.

Only who raises a finding names its code: parsers and judge. Whoever tells of findings asks the columns of the
catalogue, so that a new finding is one row and its tests. The same goes for a switch over the groups.
"""
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import sources  # noqa: E402

RAISERS = ("parsers/", "scanner/judge/")
# Reads evidence back out of a stored record, where a finding is all that tells of it.
READERS = {"output/record/record_read.c": {"ISSUE_scan_worker_crashed"}}
CODE = re.compile(r"\bISSUE_[a-z]\w*")
GROUP = re.compile(r"\bcase\s+ISSUE_GROUP_\w+|\[\s*ISSUE_GROUP_[A-Z]+\s*\]\s*=")


def main():
    problems = []
    paths = [p for p in sources.c_files([d for d in sources.CODE_DIRS if d not in ("tests", "bench")])]
    for path in paths:
        code = sources.code_only(sources.read(path))
        found = [(m, "the code of a finding, where a column of parsers/issues.def is to be asked") for m in CODE.finditer(code)
                 if not path.startswith(RAISERS) and m.group() not in READERS.get(path, ())]
        found += [(m, "a column of ISSUE_GROUPS in parsers/issue.h") for m in GROUP.finditer(code)]
        for match, why in found:
            line = code.count("\n", 0, match.start()) + 1
            problems.append(f"{path}:{line}: {match.group()}: {why}")
    sources.finish("catalogue", len(paths), problems)


main()
