#!/usr/bin/env python3
"""includes.py - folders point one way, some never see each other, and each library is known to few files.

A folder includes only itself and what stands above it in FOLDERS, the way of the data: what parses knows nothing of what
writes, what judges nothing of what asks. bench and tests may use everything and any library, the synthetic internet
only parsers. Our own headers are written from the root, "parsers/x.h". A library's header may be included only where
the table below says, so that replacing one, or one of its versions, stays the work of one file.
"""
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import sources  # noqa: E402

# The order. probe is where MX hosts will be asked; until then nothing stands there.
FOLDERS = (
    "parsers",
    "output/base", "output/text", "output/record", "output/run", "output/aggregate", "output/report", "output/diff", "output/list", "output/trend",
    "scanner/base", "scanner/pipe", "scanner/judge", "scanner/input", "scanner/dns", "scanner/hosts", "scanner/check",
    "scanner/fetch", "scanner/probe", "scanner/options", "scanner/progress", "scanner/job", "scanner/worker",
    "scanner/supervisor", "scanner/cli",
)
# Beside the order: what may include which of our tops.
LAYERS = {
    "datasets": ("parsers", "datasets"),
    "bench": ("parsers", "output", "scanner", "bench", "tests"),
    "tests": ("parsers", "output", "scanner", "tests"),
}
# folder -> headers that it never includes though the order lets it, but for those that match the third, and why.
NEVER = {
    "scanner/worker": (r"scanner/supervisor/.*", None, "a worker knows its supervisor by the pipe alone"),
    "scanner/supervisor": (
        r"scanner/worker/.*|scanner/dns/.*|scanner/hosts/.*|parsers/dnsmsg\.h",
        r"scanner/dns/(resolver_list|upstream_state)\.h|scanner/hosts/gate\.h",
        "a supervisor never touches the network, nor reads what came from there"),
    "scanner/job": (r"uv\.h|argp\.h|unistd\.h", None, "it knows neither loop nor clock nor command line"),
    "scanner/judge": (r"uv\.h|argp\.h|unistd\.h", None, "judging is pure, so that stored answers can be judged again"),
}
# library header -> the files that may include it
LIBRARIES = {
    r"idn2\.h": r"parsers/idna\.c",
    r"libpsl\.h": r"parsers/suffix\.c",
    r"cairo-\w+\.h": r"output/report/canvas_cairo\.c",
    r"ares\.h": r"scanner/dns/dns_ares_parts\.h",
    r"curl/.*": r"scanner/(hosts/curl_loop|fetch/fetch_curl|fetch/fetch_facts|fetch/fetch_slot)\.c",
    r"openssl/.*": r"scanner/(hosts/tls_(facts|bounds)|probe/(tls_link|dane_chain)|base/digest)\.c|datasets/labnet/.*|bench/.*|tests/fuzz/fuzz_(tls|fetch|probe)\.c",
    r"nghttp2/.*": r"datasets/labnet/.*",
    r"uv\.h": r"scanner/(probe/probe_uv|probe/probe_slot|cli/cmd_check_wait|hosts/curl_loop|fetch/fetch_curl|dns/dns_ares|pipe/proto|worker/(engine|worker)"
            r"|supervisor/(crew|feed|supervisor|supervisor_parts|voice)|progress/progress)\.[ch]",
    r"zstd\.h": r"output/run/frame_\w+\.c|scanner/input/\w+\.c",
    r"zlib\.h|lzma\.h": r"scanner/input/\w+\.c",
    r"jansson\.h": r"output/\w+/\w+\.c|scanner/(supervisor/checkpoint|options/scan_config)\.c",
    r"seccomp\.h|linux/(filter|seccomp|audit)\.h": r"scanner/worker/sandbox_filter\.c|tests/unit/scanner/worker/test_sandbox\.c",
    r"xxhash\.h|uthash\.h|utlist\.h": r"(output/\w+|scanner/\w+|datasets/labnet)/\w+\.[ch]",
}
# Knows every library, to print its version.
EVERYTHING = ("scanner/cli/version.c",)
# Made by the build from tables.
GENERATED = ("providers_table.h",)
# ISO C, POSIX and Linux
SYSTEM = re.compile(
    r"(assert|ctype|errno|fenv|float|inttypes|limits|locale|math|setjmp|signal|stdalign|stdarg|stdatomic|"
    r"stdbool|stddef|stdint|stdio|stdlib|stdnoreturn|string|strings|time|wchar|argp|dirent|endian|fcntl|"
    r"fnmatch|getopt|glob|grp|ifaddrs|langinfo|libgen|netdb|poll|pthread|pwd|resolv|sched|spawn|syslog|"
    r"termios|unistd|arpa/\w+|linux/\w+|net/\w+|netinet/\w+|sys/\w+)\.h")
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*(<([^>]+)>|"([^"]+)")', re.MULTILINE)


def folder_of(path):
    """The folder in the order; the top for what has no order."""
    top, _, rest = path.partition("/")
    if top == "parsers" or top in LAYERS:
        return top
    return f"{top}/{rest.partition('/')[0]}" if "/" in rest else top


def says_private(text):
    """Whether the comment that a header opens with says that it is its folder's own."""
    first = re.match(r"/\*.*?\*/", text, re.DOTALL)
    return bool(first and re.search(r"\bprivate\b", first.group(0)))


def own_problem(path, header, private):
    if header in GENERATED:
        return None
    top, target = path.split("/")[0], header.split("/")[0]
    if target not in LAYERS and target not in {f.split("/")[0] for f in FOLDERS}:
        return f'"{header}" is not written from the root of the tree'
    ours, theirs = folder_of(path), folder_of(header)
    if (header in private or header.endswith("_parts.h")) and theirs != ours and top != "tests":
        return f'"{header}" is private to {theirs}'
    if top in LAYERS:
        return None if target in LAYERS[top] else f'{top} may not include {target}: "{header}"'
    for folder in (ours, theirs):
        if folder not in FOLDERS:
            return f'{folder} has no place in the order: add it to FOLDERS ("{header}")'
    if FOLDERS.index(theirs) > FOLDERS.index(ours):
        return f'{ours} may not include {theirs}, which stands later: "{header}"'
    return None


def never_problem(path, header):
    banned, but, why = NEVER.get(folder_of(path), (None, None, None))
    if banned and re.fullmatch(banned, header) and not (but and re.fullmatch(but, header)):
        return f'{folder_of(path)} never includes "{header}": {why}'
    return None


def circles(graph):
    """Headers that include each other, as sorted lists."""
    found, state = set(), {}

    def visit(node, trail):
        state[node] = 1
        for after in graph.get(node, ()):
            if state.get(after) == 1:
                found.add(tuple(sorted(trail[trail.index(after):])))
            elif after not in state:
                visit(after, trail + [after])
        state[node] = 2

    for node in graph:
        if node not in state:
            visit(node, [node])
    return sorted(found)


def library_problem(path, header):
    if path in EVERYTHING:
        return None
    for pattern, files in LIBRARIES.items():
        if re.fullmatch(pattern, header):
            # The one file that tells the versions of them all.
            if path.startswith(("tests/", "bench/")) or path == "scanner/cli/version.c" or re.fullmatch(files, path):
                return None
            return f"<{header}> belongs in {files}"
    if path.startswith(("tests/", "bench/")) or SYSTEM.fullmatch(header):
        return None
    return f"<{header}> is a library this lint does not know: say in its table where it may be used"


def main():
    problems = []
    paths = sources.c_files()
    texts = {path: sources.read(path) for path in paths}
    private = {path for path in paths if path.endswith(".h") and says_private(texts[path])}
    graph = {}
    for path, text in texts.items():
        for match in INCLUDE.finditer(text):
            own, library = match.group(3), match.group(2)
            graph.setdefault(path, []).append(own)
            found = (own_problem(path, own, private) if own else library_problem(path, library),
                     never_problem(path, own or library))
            line = text.count("\n", 0, match.start()) + 1
            problems += [f"{path}:{line}: {problem}" for problem in found if problem]
    problems += [f"{circle[0]}:1: a circle of includes: {' '.join(circle)}" for circle in circles(graph)]
    for top in ("parsers", "output", "scanner"):
        print("order:", " < ".join(f for f in FOLDERS if f.split("/")[0] == top))
    sources.finish("includes", len(paths), problems)


if __name__ == "__main__":
    main()
