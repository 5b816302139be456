#!/usr/bin/env python3
"""names.py - a file that a comment or a page names is there, under that name.

Files are renamed and merged, and what told the reader where to look then sends them nowhere. A name with folders
in front must end a path of the tree; headers of libraries are known from the table of includes.py.
"""
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import includes  # noqa: E402
import sources  # noqa: E402

NAME = re.compile(r"(?<![\w./<*{}$%-])((?:[\w-]+/)*[A-Za-z_][\w-]*\.(?:c|h|def|py|sh|md))(?![\w*/]|\.\w)")
# "cmd_NAME.c" and "parsers/x.h" stand for any.
ANY = re.compile(r".*[A-Z]{3,}.*\.(?!md)\w+|(.*/)?[a-z]\.[ch]")
# Pages, where every word is a comment.
PAGES = ("README.md", "scanner/README.md", "output/README.md", "tests/README.md", "datasets/CHECKS.md")
HASH = re.compile(r"(?:^|(?<=\s))#.*")
C_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
DOCSTRING = re.compile(r'^[ \t]*"""(.*?)"""', re.DOTALL | re.MULTILINE)


def tree():
    """Every file of the tree; what only a build or a run makes is none."""
    found = set(includes.GENERATED)
    for folder, folders, names in os.walk("."):
        folders[:] = [f for f in folders if not f.startswith((".git", "build", "corpus"))]
        found.update(os.path.join(folder, name)[2:] for name in names)
    return found


def library(name):
    return name.endswith(".h") and (includes.SYSTEM.fullmatch(name) or
                                    any(re.fullmatch(p, name) for p in includes.LIBRARIES))


def comments(path, text):
    """(offset, comment) of the file."""
    if path.endswith((".c", ".h", ".def")):
        kinds = (C_COMMENT,)
    elif path in PAGES:
        return [(0, text)]
    else:
        kinds = (HASH, DOCSTRING) if path.endswith(".py") else (HASH,)
    return [(match.start(), match.group(0)) for kind in kinds for match in kind.finditer(text)]


def main():
    there = tree()
    bases = {os.path.basename(path) for path in there}
    ends = {"/" + path for path in there}
    ours = sorted(p for p in there if p.endswith((".c", ".h", ".def", ".py", ".sh")) or p in PAGES
                  or os.path.basename(p) == "CMakeLists.txt")
    problems, checked = [], 0
    for path in ours:
        if not path.startswith(tuple(d + "/" for d in sources.CODE_DIRS)) and path not in PAGES:
            continue
        checked += 1
        text = sources.read(path)
        for start, comment in comments(path, text):
            for match in NAME.finditer(comment):
                name = match.group(1)
                is_there = name in bases if "/" not in name else any(e.endswith("/" + name) for e in ends)
                if not is_there and not library(name) and not ANY.fullmatch(name):
                    line = text.count("\n", 0, start + match.start()) + 1
                    problems.append(f"{path}:{line}: there is no {name}")
    sources.finish("names", checked, problems)


main()
