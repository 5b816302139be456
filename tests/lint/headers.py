#!/usr/bin/env python3
"""headers.py - every file says at its top what it is; every header has the guard its name gives."""
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import sources  # noqa: E402

# In the layers the comment starts with the file's name; a test may just say what it tests.
OPENING = re.compile(r"/\*\s*(?:\*\s*)?(\S+) - (.{10,}?)(\*/|\n)")


def problem(path, text):
    name = os.path.basename(path)
    opening = OPENING.match(text)
    if path.startswith("tests/"):
        if not re.match(r"/\*[^/]{10,}", text):
            return "does not open with a comment that says what it is for"
    elif not opening or opening.group(1) != name:
        return f'does not open with a comment "{name} - what it is for"'
    if name.endswith(".h"):
        guard = "MTASWEEP_" + re.sub(r"\W", "_", name).upper()
        if not re.search(rf"^#ifndef (\w*{guard[9:]})\n#define \1$", text, re.MULTILINE):
            return f"has no include guard {guard}"
    return None


def main():
    paths = sources.c_files()
    problems = []
    for path in paths:
        found = problem(path, sources.read(path))
        if found:
            problems.append(f"{path}:1: {found}")
    sources.finish("headers", len(paths), problems)


main()
