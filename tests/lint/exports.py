#!/usr/bin/env python3
"""exports.py - what one file shows to others: somebody uses it, its name is its own, and uses make no circle.

A function that only tests call is code that the program does not have: what is tested is then not what runs. One that
only its own file calls is static. Two things of one name are one until somebody reads the wrong one. And files whose
functions call each other in a circle are one file in several pieces.
"""
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import sources  # noqa: E402

# Programs of their own: what the one calls is no caller for the other. Tests and benches are none at all.
PROGRAMS = (("parsers", "output", "scanner"), ("datasets",))
# Called by their own file and by tests: function -> why the door is there.
DOORS = {
    "__lsan_is_turned_off": "the leak checker of a sanitized build asks",
    "crew_message": "fuzz_proto.c speaks as a worker",
    "tls_facts_verify": "fuzz_tls.c shows it chains without a handshake",
}
# Not called yet: file -> by what it will be. A line says when it can come out of here.
AWAITED = {
    "parsers/ehlo.c": "the probe of MX hosts",
    "parsers/tlsa.c": "the probe of MX hosts",
}
# A use of a name as a value: no member, no tag, no label of an initialiser.
USE = re.compile(r"(?<![\w.])(?<!->)(?<!struct )(?<!enum )(?<!union )([A-Za-z_]\w*)")
OPAQUE = re.compile(r"^[ \t]*struct (\w+);", re.MULTILINE)


def stem(path):
    return os.path.splitext(path)[0]


class Tree:
    """One program: its functions and structs, and what each file says."""

    def __init__(self, tops):
        self.paths = sources.c_files(tops)
        self.code = {path: sources.code_only(sources.read(path)) for path in self.paths}
        self.uses = {path: set(USE.findall(code)) for path, code in self.code.items()}
        self.exported, self.static, self.structs = {}, [], []
        known = [path for path in self.paths if not path.endswith(".def")]
        for name, kind, path, line, _, is_static in sources.tags(known, "fs") if known else ():
            if kind == "struct":
                self.structs.append((name, path, line))
            elif path.endswith(".h") or is_static:
                self.static.append((name, path, line))
            elif not name.isupper():  # a macro that defines one
                self.exported[name] = (path, line)

    def functions(self):
        return len(self.exported) + len(self.static)


def without_caller(tree):
    used_in = {}
    for path, words in tree.uses.items():
        for name in words & tree.exported.keys():
            used_in.setdefault(name, set()).add(path)
    awaited = {path for path in AWAITED if path in tree.code}
    for name, (path, line) in tree.exported.items():
        # Its own header declares it; any other file that has the word uses it.
        others = {p for p in used_in.get(name, ()) if p.endswith((".c", ".def")) and p != path}
        others |= {p for p in used_in.get(name, ()) if p.endswith(".h") and calls_inline(tree.code[p], name)}
        if not others and path in AWAITED:
            awaited.discard(path)
        elif not others and name != "main" and name not in DOORS:
            yield f"{path}:{line}: {name}() is exported, and no other file of the program calls it"
    for path in sorted(awaited):
        print(f"{path}: all of it is called by now: AWAITED in tests/lint/exports.py need not name it (allowed)")


def calls_inline(code, name):
    """Whether a header does more than declare it: uses it in a body or a macro."""
    return bool(re.search(rf"^(\t|#define).*\b{name}\b", code, re.MULTILINE))


def twice(tree):
    for name, path, line in tree.static:
        where = tree.exported.get(name, (path,))[0]
        if where != path:
            yield f"{path}:{line}: static {name}() bears the name of the one in {where}"
    shown = {}
    for path, code in tree.code.items():
        if path.endswith(".h"):
            for name in OPAQUE.findall(code):
                shown.setdefault(name, set()).add(stem(path))
    for name, path, _ in tree.structs:
        if path.endswith(".h"):
            shown.setdefault(name, set()).add(stem(path))
    defined = {}
    for name, path, _ in tree.structs:
        defined.setdefault(name, []).append(path)
    for name, path, line in tree.structs:
        others = [p for p in defined[name] if p != path]
        if others and name in shown and stem(path) not in shown[name]:
            yield f"{path}:{line}: struct {name} bears the name of the one in {others[0]}"


def circles(graph):
    """Sets of files that reach each other (Tarjan)."""
    index, low, stack, found = {}, {}, [], []

    def visit(node):
        index[node] = low[node] = len(index)
        stack.append(node)
        for after in graph.get(node, ()):
            if after not in index:
                visit(after)
                low[node] = min(low[node], low[after])
            elif after in stack:
                low[node] = min(low[node], index[after])
        if low[node] == index[node]:
            part = stack[stack.index(node):]
            del stack[stack.index(node):]
            if len(part) > 1:
                found.append(sorted(part))

    for node in sorted(graph):
        if node not in index:
            visit(node)
    return found


def in_circles(tree):
    graph = {}
    for path, words in tree.uses.items():
        for name in words & tree.exported.keys():
            other = tree.exported[name][0]
            if path.endswith(".c") and other != path and re.search(rf"\b{name}\b *[(,;)}}]", tree.code[path]):
                graph.setdefault(path, {}).setdefault(other, name)
    for circle in circles(graph):
        arrows = [f"{os.path.basename(a)} uses {name} of {os.path.basename(b)}"
                  for a in circle for b, name in sorted(graph[a].items()) if b in circle]
        yield f"{circle[0]}:1: files in a circle: {'; '.join(arrows)}"


def main():
    problems, files, functions = [], 0, 0
    for tops in PROGRAMS:
        tree = Tree(tops)
        files += len(tree.paths)
        functions += tree.functions()
        problems += [*without_caller(tree), *twice(tree)]
        if tops != ("datasets",):  # test equipment may talk in circles
            problems += in_circles(tree)
    if files and not functions:
        problems.append("ctags found no functions at all")
    sources.finish("exports", files, problems)


main()
