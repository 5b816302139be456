#!/usr/bin/env python3
"""banned.py - library functions with a better way, and who may end the process.

Tests and benchmarks work on data of their own, they may be simple.
"""
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import sources  # noqa: E402

BANNED = {
    "gets strcpy stpcpy strcat strncat strncpy sprintf vsprintf": "no bound, or no terminator",
    "atoi atol atoll atof scanf sscanf fscanf": "says nothing about wrong input",
    "strtok": "hidden state",
    "gmtime localtime ctime asctime inet_ntoa inet_aton inet_addr gethostbyname":
        "shared static result, or outdated",
    "tmpnam tempnam mktemp": "races",
    "system popen": "a shell between us and the program",
    "alloca": "unbounded stack",
    "rand srand random srandom drand48": "use a seeded generator of our own, or getrandom",
}
REASON = {name: why for names, why in BANNED.items() for name in names.split()}
CALL = re.compile(r"(?<![\w.>])(" + "|".join(REASON) + r")\s*\(")
EXIT = re.compile(r"(?<![\w.>])(exit|_exit|quick_exit|err|errx)\s*\(")
# Only main ends the process; programs of their own are free to.
LIBRARY = ("parsers/", "output/", "scanner/")
MAY_EXIT = ("scanner/cli/main.c",)


def main():
    problems = []
    paths = sources.c_files([d for d in sources.CODE_DIRS if d not in ("tests", "bench")])
    for path in paths:
        code = sources.code_only(sources.read(path))
        found = [(m, REASON[m.group(1)]) for m in CALL.finditer(code)]
        if path.startswith(LIBRARY) and path not in MAY_EXIT:
            found += [(m, "only main ends the process") for m in EXIT.finditer(code)]
        for match, why in found:
            line = code.count("\n", 0, match.start()) + 1
            problems.append(f"{path}:{line}: {match.group(1)}: {why}")
    sources.finish("banned", len(paths), problems)


main()
