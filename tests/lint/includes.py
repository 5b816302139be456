#!/usr/bin/env python3
"""includes.py - layers point one way, and each library is known to few files.

parsers <- output <- scanner; bench and tests may use everything and any library, the synthetic internet only parsers.
Our own headers are written from the root, "parsers/x.h". A library's header may be included only where the
table below says, so that replacing one, or one of its versions, stays the work of one file.
"""
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import sources  # noqa: E402

LAYERS = {
    "parsers": ("parsers",),
    "output": ("parsers", "output"),
    "scanner": ("parsers", "output", "scanner"),
    "datasets": ("parsers", "datasets"),
    "bench": ("parsers", "output", "scanner", "bench", "tests"),
    "tests": ("parsers", "output", "scanner", "tests"),
}
# library header -> the files that may include it
LIBRARIES = {
    r"idn2\.h": r"parsers/idna\.c",
    r"libpsl\.h": r"parsers/suffix\.c",
    r"ares\.h": r"scanner/dns/dns_ares_parts\.h",
    r"curl/.*": r"scanner/(hosts/curl_loop|fetch/fetch_curl|fetch/fetch_facts|fetch/fetch_slot)\.c",
    r"openssl/.*": r"scanner/(hosts/tls_facts|fetch/fetch_facts|base/digest|supervisor/checkpoint)\.c|datasets/labnet/.*|bench/.*|tests/fuzz/fuzz_(tls|fetch)\.c",
    r"nghttp2/.*": r"datasets/labnet/.*",
    r"uv\.h": r"scanner/(cli/cmd_check_wait|hosts/curl_loop|fetch/fetch_curl|dns/dns_ares|pipe/proto|worker/(engine|worker)"
            r"|supervisor/(crew|feed|supervisor|supervisor_parts)|progress/progress)\.[ch]",
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


def own_problem(path, header):
    layer, target = path.split("/")[0], header.split("/")[0]
    if header in GENERATED:
        return None
    if target not in LAYERS:
        return f'"{header}" is not written from the root of the tree'
    if target not in LAYERS[layer]:
        return f'{layer} may not include {target}: "{header}"'
    return None


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
    for path in paths:
        text = sources.read(path)
        for match in INCLUDE.finditer(text):
            own, library = match.group(3), match.group(2)
            problem = own_problem(path, own) if own else library_problem(path, library)
            if problem:
                line = text.count("\n", 0, match.start()) + 1
                problems.append(f"{path}:{line}: {problem}")
    sources.finish("includes", len(paths), problems)


main()
