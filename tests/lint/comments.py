#!/usr/bin/env python3
"""comments.py - comments keep their shape: no line over 100 columns, no end torn off, rules whole.

clang-format is told to leave comments alone, since it breaks what is one column too long in the worst place.
"""
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import sources  # noqa: E402

COLUMNS = 100
TAB = 8
RULE = re.compile(r"\s*/\* ----")
RULE_WHOLE = re.compile(r"\s*/\* ---- \S.* -{4,} \*/")


def shape(path, text):
    """Problems of the lines that are comments or end one."""
    opened = ""
    for number, line in enumerate(text.split("\n"), 1):
        stripped = line.strip()
        if RULE.match(line) and not RULE_WHOLE.fullmatch(line):
            yield f'{path}:{number}: a section rule is one line, "/* ---- title ---- */"'
        elif stripped.startswith(("/*", "*")) and len(line.expandtabs(TAB)) > COLUMNS:
            yield f"{path}:{number}: a comment of more than {COLUMNS} columns"
        if stripped == "*/" and opened not in ("/*", ""):
            yield f"{path}:{number}: the end of a comment, torn off: wrap its text earlier"
        if "/*" in line and "*/" not in line[line.rindex("/*"):]:
            opened = line[line.rindex("/*"):].strip()
        elif "*/" in line:
            opened = ""


def main():
    problems = []
    paths = sources.c_files(suffixes=(".c", ".h"))
    for path in paths:
        problems += shape(path, sources.read(path))
    sources.finish("comments", len(paths), problems)


main()
