"""sources.py - what the lints share: the tree's C files, and C text without comments and strings.

Lints look at the current directory, so that the test of the lints can aim them at a planted tree.
"""
import os
import re
import subprocess
import sys

CODE_DIRS = ("parsers", "output", "scanner", "datasets", "bench", "tests")
TOKEN = re.compile(
    r"""//[^\n]* | /\*.*?\*/ | "(?:\\.|[^"\\\n])*" | '(?:\\.|[^'\\\n])*'""", re.VERBOSE | re.DOTALL)


def c_files(dirs=CODE_DIRS, suffixes=(".c", ".h", ".def")):
    """Paths of our C sources, in order."""
    found = []
    for top in dirs:
        for folder, folders, names in os.walk(top):
            folders[:] = sorted(f for f in folders if not f.startswith((".", "build", "corpus")))
            found += [os.path.join(folder, n) for n in sorted(names) if n.endswith(suffixes)]
    return found


def read(path):
    with open(path, encoding="utf-8") as source:
        return source.read()


def _blank(match):
    text = match.group(0)
    keep = text[0] if text[0] in "\"'" else ""
    middle = re.sub(r"[^\n]", " ", text[len(keep):len(text) - len(keep)])
    return keep + middle + keep


def code_only(text):
    """The text with comments and the insides of literals blanked; every line keeps its number."""
    return TOKEN.sub(_blank, text)


def tags(paths, kinds):
    """(name, kind, file, first line, last line, whether it is static) of what ctags finds."""
    listing = subprocess.run(
        ["ctags", "-x", "--languages=C", "--langmap=C:.c.h", f"--kinds-C={kinds}", "--fields=+nef", "--sort=no",
         "--_xformat=%N\t%K\t%n\t%e\t%f\t%F", *paths], check=True, capture_output=True, text=True).stdout
    for row in listing.splitlines():
        name, kind, first, last, limited, path = row.split("\t")
        yield name, kind, path, int(first), int(last) if last.isdigit() else int(first), limited == "file"


def finish(what, checked, problems):
    """Prints the problems, one a line as FILE:LINE: text, and ends the program."""
    for problem in problems:
        print(problem)
    if not checked:
        print(f"{what}: nothing to check here, is this the source directory?")
    else:
        print(f"{what}: {checked} files, {len(problems)} problems")
    sys.exit(1 if problems or not checked else 0)
