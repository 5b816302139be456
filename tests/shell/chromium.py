#!/usr/bin/env python3
"""chromium.py BUILD_DIR - report.html in a real Chromium: it opens without a word on the console, wide, narrow and
dark, asks for nothing from outside, has no script, and every link and label leads somewhere. Its sections are folded
and open without a script; with all of them open nothing is cut off or has to be scrolled aside, on a telephone
either; printed it has at most ten pages, folded or open.

MTASWEEP_SCREENSHOTS=DIR keeps the screenshots, to be looked at.
"""
import html
import html.parser
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

BUILD = pathlib.Path(sys.argv[1]).resolve()
VIEWS = {"wide": ("1280,2400", False), "narrow": ("420,2400", False), "dark": ("1280,2400", True)}


class Page(html.parser.HTMLParser):
    """What the page holds, and what is wrong with it."""

    def __init__(self):
        super().__init__()
        self.ids, self.links, self.wrong, self.open, self.headings = set(), [], [], [], []

    def handle_starttag(self, tag, attributes):
        values = dict(attributes)
        if "id" in values:
            if values["id"] in self.ids:
                self.wrong.append("id %s twice" % values["id"])
            self.ids.add(values["id"])
        for name in ("href", "aria-labelledby"):
            if name in values and tag != "link":
                self.links.append(values[name].lstrip("#") if name == "href" else values[name])
        if tag in ("script", "img", "iframe", "object", "embed") or "src" in values:
            self.wrong.append("<%s>" % tag)
        self.wrong += ["handler %s" % name for name in values if name.startswith("on")]
        if tag == "svg" and not (values.get("aria-label") or values.get("aria-labelledby")):
            self.wrong.append("a chart without a description")
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if tag in ("section", "figure", "table", "main", "header", "nav", "footer"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag in ("section", "figure", "table", "main", "header", "nav", "footer"):
            if not self.open or self.open.pop() != tag:
                self.wrong.append("</%s> out of place" % tag)


# What sticks out of its box, on the page or in the frame that is as wide as a telephone, is told to the one that asked.
MEASURE = """<script>addEventListener('load', () => {
  const out = [...document.querySelectorAll('body *')].filter(e => !e.closest('svg') && !e.closest('thead') &&
    (e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).display !== 'inline' && e.clientWidth > 0 ||
     e.getBoundingClientRect().right > innerWidth + 1));
  const svg = [...document.querySelectorAll('svg text')].filter(e => {
    const a = e.getBoundingClientRect(), b = e.closest('svg').getBoundingClientRect();
    return a.right > b.right + 2 || a.left < b.left - 2; });
  const at = s => document.querySelector(s).getBoundingClientRect(), cards = [...document.querySelectorAll('.chart')].map(e => e.getBoundingClientRect());
  const wide = at('.story').width === at('.charts').width ? '' : ' the story and the charts are not of one width';
  const holes = cards.slice(1).filter((b, i) => b.left === cards[i].left && b.top - cards[i].bottom > 40).length;
  parent.postMessage(innerWidth + wide + (holes ? ' ' + holes + ' holes below charts' : '') + ' ' + out.concat(svg).map(e => e.outerHTML.slice(0, 90)).join(' | '), '*'); });</script>"""
FRAME = """<body><iframe src=open.html width=%d height=900></iframe><pre id=said>?</pre>
<script>addEventListener('message', e => said.textContent = e.data)</script>"""


def aside(chromium, work, text):
    """What is wider than its place, with every section open."""
    wrong = []
    opened = re.sub("<meta http-equiv=Content-Security-Policy[^>]*>", "", text).replace("<details ", "<details open ")
    (work / "open.html").write_text(opened.replace("</head>", MEASURE + "</head>"), encoding="utf-8")
    for width in (390, 1280):
        (work / "frame.html").write_text(FRAME % width, encoding="utf-8")
        done = subprocess.run([chromium, "--headless", "--no-sandbox", "--disable-gpu", "--user-data-dir=%s" % (work / "profile"),
                               "--virtual-time-budget=4000", "--dump-dom", (work / "frame.html").as_uri()],
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=120, check=False)
        said = re.search("<pre id=\"said\">([^<]*)</pre>", done.stdout.decode(errors="replace"))
        said = html.unescape(said.group(1)) if said else "nothing"
        if said.strip() != str(width):
            wrong.append("%d wide, sticks out: %s" % (width, said))
    return wrong


def pages(chromium, work, page, folded):
    """Pages of A4 when printed; where parts are left out they say so."""
    subprocess.run([chromium, "--headless", "--no-sandbox", "--disable-gpu", "--user-data-dir=%s" % (work / "profile"),
                    "--no-pdf-header-footer", "--print-to-pdf=%s" % (work / "page.pdf"), page.as_uri()],
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=120, check=False)
    if not shutil.which("pdfinfo"):
        return []
    info = subprocess.run(["pdfinfo", work / "page.pdf"], capture_output=True, text=True, check=False).stdout
    count = re.search(r"Pages:\s+(\d+)", info)
    good = count and 1 <= int(count.group(1)) <= 10 and "A4" in info
    said = subprocess.run(["pdftotext", work / "page.pdf", "-"], capture_output=True, text=True, check=False).stdout
    wrong = [] if good else ["printed: %s" % info]
    if ("closed are not printed" in " ".join(said.split())) != folded:
        wrong.append("printed %s: what is said of parts that are left out" % ("folded" if folded else "open"))
    return wrong


LEFT = """<script>addEventListener('load', () => { const seen = e => e.getClientRects().length > 0;
  parent.postMessage([...document.querySelectorAll('td[data-t=Customer]')].filter(seen).length + ' ' +
  [...document.querySelectorAll("td[data-t=Why],td[data-t='Do first']")].filter(e => seen(e) && getComputedStyle(e).textAlign !== 'left').length, '*'); });</script>"""


def diff(chromium, work):
    """The page of a diff: no column of customers where nobody has one; sentences begin at the left."""
    wrong, shown = [], {}
    for name, seed in (("old", "3"), ("new", "4")):
        (work / name).mkdir()
        subprocess.run([BUILD / "tests" / "make_records", work / name / "results.ndjson.zst", "300", seed, "0", "1", "wild"], check=True)
        text = subprocess.run(["zstdcat", work / name / "results.ndjson.zst"], stdout=subprocess.PIPE, check=True).stdout
        (work / name / "bare").mkdir()
        (work / name / "bare" / "results.ndjson").write_bytes(re.sub(rb'"tag":(?:null|"(?:[^"\\]|\\.)*")', b'"tag":null', text))
    for kind, runs in (("tagged", ("old", "new")), ("bare", ("old/bare", "new/bare"))):
        subprocess.run([BUILD / "scanner" / "mtasweep", "diff", "--html", work / "diff.html", *(work / run for run in runs)],
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
        text = re.sub("<meta http-equiv=Content-Security-Policy[^>]*>", "", (work / "diff.html").read_text(encoding="utf-8"))
        (work / "open.html").write_text(text.replace("</head>", LEFT + "</head>"), encoding="utf-8")
        for width in (390, 1280):
            (work / "frame.html").write_text(FRAME % width, encoding="utf-8")
            done = subprocess.run([chromium, "--headless", "--no-sandbox", "--disable-gpu", "--user-data-dir=%s" % (work / "profile"),
                                   "--virtual-time-budget=4000", "--dump-dom", (work / "frame.html").as_uri()],
                                  stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=120, check=False)
            said = re.search("<pre id=\"said\">([0-9]+) ([0-9]+)</pre>", done.stdout.decode(errors="replace"))
            shown[kind, width] = said and (int(said.group(1)) > 0, int(said.group(2)))
    if shown != {(kind, width): (kind == "tagged", 0) for kind in ("tagged", "bare") for width in (390, 1280)}:
        wrong.append("the page of a diff: whether customers are shown, sentences that are not at the left: %s" % shown)
    return wrong


SMALL = """<script>addEventListener('load', () => parent.postMessage(innerWidth + ' ' + document.documentElement.scrollWidth + ' ' +
  Math.min(...[...document.querySelectorAll('svg text')].filter(e => e.getClientRects().length).map(e => parseFloat(getComputedStyle(e).fontSize) *
  e.closest('svg').getBoundingClientRect().width / e.closest('svg').viewBox.baseVal.width)), '*'));</script>"""


def trend(chromium, work):
    """The page of a trend is printed with its charts and tables, and can be read on a telephone."""
    for i in (1, 2):
        subprocess.run([BUILD / "scanner" / "mtasweep", "report", "-o", work / f"run{i}", work / "results.ndjson.zst"], stderr=subprocess.DEVNULL, check=True)
        path = work / f"run{i}" / "report.json"
        path.write_text(re.sub('"started_at": ?(null|"[^"]*")', f'"started_at":"2026-1{i}-01T03:25:00.000Z"', path.read_text(encoding="utf-8"), count=1), encoding="utf-8")
    text = subprocess.run([BUILD / "scanner" / "mtasweep", "trend", "-f", "html", work / "run1" / "report.json", work / "run2" / "report.json"],
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True, text=True).stdout
    (work / "trend.html").write_text(text, encoding="utf-8")
    wrong = []
    if shutil.which("pdftotext"):
        subprocess.run([chromium, "--headless", "--no-sandbox", "--disable-gpu", "--user-data-dir=%s" % (work / "profile"),
                        "--no-pdf-header-footer", "--print-to-pdf=%s" % (work / "trend.pdf"), (work / "trend.html").as_uri()],
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=120, check=False)
        said = " ".join(subprocess.run(["pdftotext", work / "trend.pdf", "-"], capture_output=True, text=True, check=False).stdout.split())
        titles = [html.unescape(re.sub("<[^>]*>", "", title)) for title in re.findall("<h2 id=[^>]*>(.*?)</h2>", text)]
        # A title stands in the list at the head once, and once over its part.
        wrong += ["a part of the trend is not printed: " + title for title in titles if said.count(title) < 2]
    (work / "open.html").write_text(re.sub("<meta http-equiv=Content-Security-Policy[^>]*>", "", text).replace("</head>", SMALL + "</head>"), encoding="utf-8")
    (work / "frame.html").write_text(FRAME % 390, encoding="utf-8")
    done = subprocess.run([chromium, "--headless", "--no-sandbox", "--disable-gpu", "--user-data-dir=%s" % (work / "profile"),
                           "--virtual-time-budget=4000", "--dump-dom", (work / "frame.html").as_uri()],
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=120, check=False)
    said = re.search("<pre id=\"said\">([^<]*)</pre>", done.stdout.decode(errors="replace"))
    said = said.group(1).split() if said else []
    if len(said) != 3 or int(said[1]) > int(said[0]) or not 9 <= float(said[2]) < 20:
        wrong.append("the trend on a telephone: width, what it needs, the smallest letters in px: %s" % said)
    return wrong


def main():
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if not chromium:
        print("skipped: chromium is not installed")
        return 77
    failed = 0
    with tempfile.TemporaryDirectory(prefix="mtasweep-html-") as folder:
        work = pathlib.Path(folder)
        subprocess.run([BUILD / "tests" / "make_records", work / "results.ndjson.zst", "60000", "5", "60"],
                       check=True)
        subprocess.run([BUILD / "scanner" / "mtasweep", "report", "-o", work / "out", work / "results.ndjson.zst"],
                       stderr=subprocess.DEVNULL, check=True)
        page = work / "out" / "report.html"
        text = page.read_text(encoding="utf-8")
        parsed = Page()
        parsed.feed(text)
        wrong = parsed.wrong + ["nothing is called " + link for link in parsed.links if link not in parsed.ids]
        if parsed.open:
            wrong.append("not closed: %s" % parsed.open)
        if any(b - a > 1 for a, b in zip(parsed.headings, parsed.headings[1:])):
            wrong.append("a level of headings is skipped")
        if re.search(r"url\(|@import|https?://(?!mta-sts)", text):
            wrong.append("something from outside")
        keep = os.environ.get("MTASWEEP_SCREENSHOTS")
        for view, (size, dark) in VIEWS.items():
            shot = (pathlib.Path(keep) if keep else work) / (view + ".png")
            command = [chromium, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
                       "--enable-logging=stderr", "--user-data-dir=%s" % (work / "profile"),
                       "--window-size=" + size, "--screenshot=%s" % shot]
            if dark:
                command.append("--blink-settings=preferredColorScheme=0")
            done = subprocess.run([*command, page.as_uri()], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                                  timeout=120, check=False)
            said = [line for line in done.stderr.decode(errors="replace").splitlines() if "CONSOLE" in line]
            if said:
                wrong.append("%s: the console says %s" % (view, said[0]))
            if not shot.exists() or shot.stat().st_size < 50000:
                wrong.append("%s: an empty picture" % view)
        if text.count("<details") < 5 or "<details open" in text:
            wrong.append("the sections are not folded")
        wrong += aside(chromium, work, text) + pages(chromium, work, page, True)
        (work / "print.html").write_text(text.replace("<details ", "<details open "), encoding="utf-8")
        wrong += pages(chromium, work, work / "print.html", False)
        wrong += trend(chromium, work) + diff(chromium, work)
        for what in wrong:
            print("FAIL " + what)
        failed = len(wrong)
    print("html: %d links, %d views, %d problems" % (len(parsed.links), len(VIEWS), failed))
    return 1 if failed or len(parsed.links) < 5 else 0


if __name__ == "__main__":
    sys.exit(main())
