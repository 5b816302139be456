#!/usr/bin/env python3
"""mirror.py - every .c file of the three layers has a unit test of its name, or a row in tests/README.md that says what
holds it; each promise of tests/PROMISES.md stands in the README and names tests that exist.
"""
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import sources  # noqa: E402

TABLE, PROMISES = "tests/README.md", "tests/PROMISES.md"
SPAN = re.compile(r"`([^`]+)`")


def rows(path, columns):
    """(line number, cells) of each row of the tables with so many columns."""
    if not os.path.exists(path):
        return
    for number, line in enumerate(sources.read(path).splitlines(), 1):
        cells = [c.strip() for c in line.strip().strip("|").split(" | ")]
        if line.startswith("|") and len(cells) == columns and not re.match(r"\|[-| ]+\|$", line):
            yield number, cells


def own_test(path):
    folder, name = os.path.split(path)
    return os.path.join("tests/unit", folder, f"test_{name}")


def missing(test):
    """Why the test that a row names does not do: FILE, or FILE:WORDS that must stand in it."""
    path, _, words = test.partition(":")
    path = os.path.join("tests", path)
    if not os.path.isfile(path):
        return f"there is no {path}"
    if words and words not in sources.read(path):
        return f"{path} says nothing of '{words}'"
    return None


def mirrored(paths):
    held = {}
    for number, (files, tests) in rows(TABLE, 2):
        for file in SPAN.findall(files):
            if not file.endswith(".c"):
                continue
            where = f"{TABLE}:{number}"
            held[file] = where
            if file not in paths:
                yield f"{where}: there is no {file}"
            elif os.path.exists(own_test(file)):
                yield f"{where}: {file} has a test of its name; take it off"
            if not SPAN.findall(tests):
                yield f"{where}: {file} is held by nothing"
            yield from (f"{where}: {why}" for why in map(missing, SPAN.findall(tests)) if why)
    for path in paths:
        if path not in held and not os.path.exists(own_test(path)):
            yield f"{path}:1: no {own_test(path)}, and no row in {TABLE} says what holds it"


def promised():
    readme = " ".join(sources.read("README.md").split())
    n = 0
    for number, (promise, tests) in rows(PROMISES, 2):
        if not SPAN.search(tests):
            if promise != "promise":
                yield f"{PROMISES}:{number}: no test is named"
            continue
        n += 1
        if " ".join(promise.split()) not in readme:
            yield f"{PROMISES}:{number}: README.md does not say so (any more): {promise}"
        yield from (f"{PROMISES}:{number}: {why}" for why in map(missing, SPAN.findall(tests)) if why)
    if os.path.exists(PROMISES) and n == 0:
        yield f"{PROMISES}:1: no promise in it"


def main():
    paths = [p for p in sources.c_files(("parsers", "output", "scanner"), (".c",))]
    problems = list(mirrored(paths)) + list(promised())
    sources.finish("mirror", len(paths), problems)


main()
