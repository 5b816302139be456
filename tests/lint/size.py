#!/usr/bin/env python3
"""size.py - functions of at most 65 lines (60 is the aim), files of at most 650 but for .def tables.

A test is mostly its table of inputs and may be longer.
"""
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import sources  # noqa: E402

FUNCTION_AIM = 60
FUNCTION_MAX = 65
FILE_MAX = 650
CTAGS = ["ctags", "-x", "--languages=C", "--langmap=C:.c.h", "--kinds-C=f", "--fields=+ne",
         "--_xformat=%N\t%n\t%e\t%F"]


def functions(paths):
    """(name, file, first line, lines) of every function."""
    listing = subprocess.run(CTAGS + paths, check=True, capture_output=True, text=True).stdout
    for row in listing.splitlines():
        name, first, last, path = row.split("\t")
        if last.isdigit():
            yield name, path, int(first), int(last) - int(first) + 1


def main():
    paths = sources.c_files()
    code = [p for p in paths if not p.endswith(".def")]
    problems = []
    lengths = []
    for name, path, line, length in functions(code) if code else ():
        lengths.append(length)
        where = f"{path}:{line}: {name}: {length} lines"
        if length > FUNCTION_MAX and not path.startswith("tests/"):
            problems.append(f"{where}, more than {FUNCTION_MAX}")
        elif length > FUNCTION_AIM and not path.startswith("tests/"):
            print(f"{where}, the aim is {FUNCTION_AIM} (allowed)")
    for path in code:
        lines = sources.read(path).count("\n")
        if lines > FILE_MAX:
            problems.append(f"{path}:1: {lines} lines, more than {FILE_MAX}")
    if lengths:
        lengths.sort()
        print(f"{len(lengths)} functions: median {lengths[len(lengths) // 2]} lines, "
              f"95 % at most {lengths[len(lengths) * 95 // 100]}, longest {lengths[-1]}")
    elif code:
        problems.append("ctags found no functions at all")
    sources.finish("size", len(code), problems)


main()
