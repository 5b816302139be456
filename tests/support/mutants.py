"""mutants.py - small faults that a C file could have, found in its tokens.

A mutant is one change of one place: a comparison, a piece of logic, a constant, a statement that is left out, a
boolean, an enum value, a loop, a sum. Asserts are not changed (they are checks themselves), nor are lengths of arrays, nor
preprocessor lines.
"""
import collections
import re

Mutant = collections.namedtuple("Mutant", "path start end new kind line old")

TOKEN = re.compile(r"""
    (?P<skip> \s+ | //[^\n]* | /\*.*?\*/ | ^[ \t]*\#(?:\\\n|[^\n])* )
  | (?P<string> "(?:\\.|[^"\\\n])*" )
  | (?P<char> '(?:\\.|[^'\\\n])*' )
  | (?P<number> 0[xX][0-9a-fA-F]+[uUlL]* | \d+\.\d*(?:[eE][-+]?\d+)? | \d+[eE]\d+ | \d+[uUlL]* )
  | (?P<name> [A-Za-z_]\w* )
  | (?P<op> <<= | >>= | \.\.\. | -> | \+\+ | -- | && | \|\| | [<>=!+\-*/%&|^]= | << | >> | . )
""", re.VERBOSE | re.DOTALL | re.MULTILINE)
Token = collections.namedtuple("Token", "kind text start end")

COMPARISONS = {"<": ["<=", ">="], "<=": ["<", ">"], ">": [">=", "<="], ">=": [">", "<"], "==": ["!="], "!=": ["=="]}
ARITHMETIC = {"+": ["-"], "-": ["+"], "*": ["/"], "/": ["*"], "%": ["/"], "+=": ["-="], "-=": ["+="], "|=": ["&="],
              "&=": ["|="], "<<": [">>"], ">>": ["<<"], "|": ["&"], "&": ["|"]}
KEYWORDS = set("""auto break case char const continue default do double else enum extern float for goto if inline int
    long register restrict return short signed sizeof static struct switch typedef union unsigned void volatile while
    _Bool bool _Atomic _Noreturn size_t ssize_t""".split())
CONDITIONS = ("if", "while", "for", "switch")
CHECKS = ("assert", "static_assert", "_Static_assert")


def tokens(text):
    """What the compiler sees, but for preprocessor lines."""
    return [Token(m.lastgroup, m.group(), m.start(), m.end()) for m in TOKEN.finditer(text) if m.lastgroup != "skip"]


def closing(toks, at, opening="(", closes=")"):
    """Index of the token that closes the one at `at`."""
    depth = 0
    for i in range(at, len(toks)):
        if toks[i].text == opening:
            depth += 1
        elif toks[i].text == closes:
            depth -= 1
            if depth == 0:
                return i
    return len(toks) - 1


def checked(toks):
    """Indices inside asserts and lengths of declared arrays."""
    inside = set()
    for i, t in enumerate(toks):
        after = toks[i + 1].text if i + 1 < len(toks) else ""
        if t.text in CHECKS and after == "(":
            inside.update(range(i, closing(toks, i + 1) + 1))
        elif t.kind == "name" and after == "[" and i > 0 and (toks[i - 1].kind == "name" or toks[i - 1].text in "*,") \
                and toks[i - 1].text not in ("return", "case"):
            end = closing(toks, i + 1, "[", "]")
            if toks[i - 1].text not in "*," or (end + 1 < len(toks) and toks[end + 1].text in (";", ",")):
                inside.update(range(i, end + 1))
    return inside


def number(text):
    """What else a number could be."""
    if text[0] != "0" and ("." in text or "e" in text.lower()):
        return ["(" + text + " * 2)"]
    if "." in text:
        return ["(" + text + " * 2)"] if float(text) else ["1.0"]
    bare = text.rstrip("uUlL")
    value = int(bare, 16) if bare[:2].lower() == "0x" else int(bare, 8 if len(bare) > 1 and bare[0] == "0" else 10)
    return [str(v) + text[len(bare):] for v in ((value + 1, value - 1) if value > 0 else (1,))]


def binary(toks, i):
    """Whether the operator stands between two operands: prefixes and the stars of types touch what follows."""
    return 0 < i < len(toks) - 1 and toks[i - 1].end < toks[i].start and toks[i].end < toks[i + 1].start


def statements(toks):
    """(first, last) indices of expression statements, inside functions."""
    depth, starts = 0, False
    openings = {}
    stack = []
    for i, t in enumerate(toks):
        if t.text == "(":
            stack.append(i)
        elif t.text == ")" and stack:
            openings[i] = stack.pop()
    for i, t in enumerate(toks):
        if t.text == "{":
            depth += 1
        elif t.text == "}":
            depth -= 1
        if depth > 0 and starts and not stack and (t.kind == "name" and t.text not in KEYWORDS or t.text == "*"):
            last = i
            while last < len(toks) and toks[last].text not in (";", "{"):
                last = closing(toks, last) + 1 if toks[last].text == "(" else last + 1
            body = toks[i:last]
            declares = len(body) > 1 and body[0].kind == "name" and (
                body[1].kind == "name" or (body[1].text == "*" and body[2].kind == "name"))
            acts = any(b.text in ("(", "++", "--") or (b.text[-1] == "=" and b.text not in ("==", "<=", ">=", "!="))
                       for b in body)
            if last < len(toks) and toks[last].text == ";" and acts and not declares and body[0].text not in CHECKS:
                yield i, last
        control = t.text == ")" and i in openings and openings[i] > 0 and toks[openings[i] - 1].text in CONDITIONS
        starts = t.text in (";", "{", "}", "else", "do", ":") or control


def conditions(toks):
    """(first, last) indices inside the brackets of if and while."""
    for i, t in enumerate(toks):
        if t.text in ("if", "while") and i + 1 < len(toks) and toks[i + 1].text == "(":
            yield i + 2, closing(toks, i + 1)


def enumerators(preprocessed, mine):
    """name -> its fellows, of the named enums that the tree declares. mine(path): whether the file is of the tree."""
    kept, keep = [], False
    for line in preprocessed.splitlines():
        marker = re.match(r'# \d+ "([^"]*)"', line)
        if marker:
            keep = mine(marker.group(1))
        elif keep:
            kept.append(line)
    fellows = {}
    for members in re.findall(r"\benum\s+\w+\s*\{([^{}]*)\}", "\n".join(kept)):
        names = [n for n in re.findall(r"(?:^|,)\s*([A-Za-z_]\w*)", members) if not n.lower().endswith(("_count", "_max"))]
        for name in names:
            fellows[name] = [n for n in names if n != name]
    return fellows


def blank(text):
    """Nothing in place of a statement, on as many lines."""
    return ";" + "\n" * text.count("\n")


def sites(path, text, fellows):
    """Every mutant of a file."""
    toks = tokens(text)
    inside = checked(toks)
    found = []

    def add(kind, start, end, new):
        found.append(Mutant(path, start, end, new, kind, text.count("\n", 0, start) + 1, text[start:end]))

    for i, t in enumerate(toks):
        if i in inside:
            continue
        before = toks[i - 1].text if i > 0 else ""
        if t.text in COMPARISONS:
            for new in COMPARISONS[t.text]:
                add("comparison", t.start, t.end, new)
        elif t.text in ("&&", "||"):
            add("logic", t.start, t.end, "||" if t.text == "&&" else "&&")
        elif t.text == "!":
            add("logic", t.start, t.end, "")
        elif t.kind == "number":
            for new in number(t.text):
                add("constant", t.start, t.end, new)
        elif t.kind == "char" and re.fullmatch(r"'[ -~]'", t.text):
            add("constant", t.start, t.end, "'~'" if t.text == "'}'" else "'}'")
        elif t.text in ("true", "false"):
            add("boolean", t.start, t.end, "false" if t.text == "true" else "true")
        elif t.text in ("break", "continue"):
            add("loop", t.start, t.end, "continue" if t.text == "break" else "break")
        elif t.text in ("++", "--"):
            add("loop", t.start, t.end, "--" if t.text == "++" else "++")
        elif t.text in ARITHMETIC and binary(toks, i):
            for new in ARITHMETIC[t.text]:
                add("arithmetic", t.start, t.end, new)
        elif t.kind == "name" and before not in (".", "->"):
            for new in fellows.get(t.text, ()):
                add("enum", t.start, t.end, new)
    for first, last in conditions(toks):
        start, end = toks[first].start, toks[last].start
        add("logic", start, end, "!(" + text[start:end] + ")")
    for first, last in statements(toks):
        start, end = toks[first].start, toks[last].end
        add("deletion", start, end, blank(text[start:end]))
    return found


def apply(text, mutant):
    return text[:mutant.start] + mutant.new + text[mutant.end:]


def draw(all_sites, chance):
    """Mutants without end: each kind as likely as another, within it each place."""
    places = collections.defaultdict(lambda: collections.defaultdict(list))
    for m in all_sites:
        places[m.kind][(m.path, m.start, m.end)].append(m)
    kinds = {kind: sorted(spots) for kind, spots in sorted(places.items())}
    while any(kinds.values()):
        kind = chance.choice([k for k, spots in kinds.items() if spots])
        at = chance.randrange(len(kinds[kind]))
        left = places[kind][kinds[kind][at]]
        yield left.pop(chance.randrange(len(left)))
        if not left:
            kinds[kind].pop(at)
