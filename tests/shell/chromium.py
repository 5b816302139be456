#!/usr/bin/env python3
"""chromium.py BUILD_DIR - report.html in a real Chromium: it opens without a word on the console, wide, narrow and
dark, asks for nothing from outside, has no script, and every link and label leads somewhere.

MTASWEEP_SCREENSHOTS=DIR keeps the screenshots, to be looked at.
"""
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
        if tag == "svg" and not values.get("aria-label"):
            self.wrong.append("a chart without a description")
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if tag in ("section", "figure", "table", "main", "header", "nav", "footer"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag in ("section", "figure", "table", "main", "header", "nav", "footer"):
            if not self.open or self.open.pop() != tag:
                self.wrong.append("</%s> out of place" % tag)


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
        for what in wrong:
            print("FAIL " + what)
        failed = len(wrong)
    print("html: %d links, %d views, %d problems" % (len(parsed.links), len(VIEWS), failed))
    return 1 if failed or len(parsed.links) < 10 else 0


if __name__ == "__main__":
    sys.exit(main())
