#!/usr/bin/env python3
"""figures.py BUILD_DIR - `report --figures`: every figure opens in rsvg-convert, in pdftoppm and in Chromium, stands inside
its page and says its finding, its source and what its axis counts; the tables hold the numbers of report.json; LaTeX
braces close; method and codebook name runs and tables; the same records give the same bytes; no scanned name
stands in any file. CITATION.cff has the program's version.
"""
import csv
import hashlib
import html
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

BUILD = pathlib.Path(sys.argv[1]).resolve()
ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM, MAKER = BUILD / "scanner" / "mtasweep", BUILD / "tests" / "make_records"
CAIRO = "MTASWEEP_CAIRO" in (BUILD / "compile_commands.json").read_text()
WANTED = {"by_rank", "by_tld", "funnel", "stages", "tls_reasons", "mismatches", "max_age", "senders", "cert_days"}
checks = {"passed": 0, "failed": 0}


def check(name, good, detail=""):
    checks["passed" if good else "failed"] += 1
    if not good:
        print("FAIL %s: %s" % (name, str(detail)[:400]))


def run(*command):
    return subprocess.run([str(part) for part in command], capture_output=True, check=False, timeout=120)


def kit(out, *runs):
    return run(PROGRAM, "report", "-o", out, "--figures", "--title", "A <title> & more", *runs)


def digests(folder):
    return {str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest() for p in folder.rglob("*") if p.is_file()}


def figures(folder, work, wanted, names):
    svgs = sorted((folder / "figures").glob("*.svg"))
    check("the charts of a paper are there", wanted <= {p.stem for p in svgs}, [p.stem for p in svgs])
    for svg in svgs:
        pdf, text = svg.with_suffix(".pdf"), svg.read_text()
        check(svg.name + ": nothing from outside", not re.search(r"(href|src)=\"(?!#)|<script|<image", text))
        if shutil.which("rsvg-convert"):
            done = run("rsvg-convert", svg, "-o", work / "x.png")
            check(svg.name + " opens in rsvg-convert", done.returncode == 0 and not done.stderr and (work / "x.png").stat().st_size > 3000, done)
        if shutil.which("pdftoppm"):
            done = run("pdftoppm", "-r", "50", "-png", pdf, work / "y")
            check(pdf.name + " opens in pdftoppm", done.returncode == 0 and not done.stderr, done.stderr)
            said = " ".join(run("pdftotext", "-layout", pdf, "-").stdout.decode().split())
            check(pdf.name + ": source, names, axis", "Source: mtasweep" in said and names in said and " % " in said, said)
            size = [float(v) for v in re.search(r"Page size:\s+([\d.]+) x ([\d.]+)", run("pdfinfo", pdf).stdout.decode()).groups()]
            boxes = [[float(v) for v in box] for box in
                     re.findall(r'<word xMin="([\d.-]+)" yMin="([\d.-]+)" xMax="([\d.-]+)" yMax="([\d.-]+)"', run("pdftotext", "-bbox", pdf, "-").stdout.decode())]
            out = [b for b in boxes if b[0] < 0 or b[1] < 0 or b[2] > size[0] or b[3] > size[1]]
            check(pdf.name + ": no word leaves the page", boxes and not out, out)


def bars(folder):
    """The bars of the senders are the rows of their table, and the title is its first row."""
    if not shutil.which("pdftotext"):
        return
    rows = json.loads((folder / "report.json").read_text())["tables"]["senders"]["rows"]
    said = " ".join(run("pdftotext", "-layout", folder / "figures" / "senders.pdf", "-").stdout.decode().split())
    counts = sorted(int(n.replace(",", "")) for n in re.findall(r"% \(([\d,]+)\)", said))
    check("senders.pdf: its bars", counts == sorted(r["names"]["n"] for key, r in rows.items() if key != "any" and r["names"]["n"] > 0), (counts, said))
    share = 100 * rows["any"]["names"]["n"] / rows["any"]["names"]["of"]
    title = re.match(r"([\d.]+) % of the names with a record are read otherwise than RFC 8461", said)
    check("senders.pdf: its title", title and abs(float(title.group(1)) - share) <= 0.5, (share, said))


def in_chromium(folder, work):
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if not chromium:
        return
    pictures = sorted((folder / "figures").glob("*.svg"))
    (work / "all.html").write_text("".join("<img src='%s'>" % p.as_uri() for p in pictures) + "<pre id=said></pre><script>addEventListener('load', () => "
                                   "said.textContent = [...document.images].filter(i => i.naturalWidth < 300).length + ' broken')</script>")
    dom = run(chromium, "--headless", "--no-sandbox", "--disable-gpu", "--user-data-dir=%s" % (work / "profile"), "--virtual-time-budget=5000",
              "--dump-dom", (work / "all.html").as_uri()).stdout.decode(errors="replace")
    check("every SVG opens in Chromium", "0 broken" in dom, dom[-200:])


def tables(folder):
    report = json.loads((folder / "report.json").read_text())
    for name, table in report["tables"].items():
        path = folder / "tables" / (name + ".csv")
        if not path.exists():
            continue
        rows = list(csv.DictReader(path.open(encoding="utf-8")))
        want = list(table["rows"].items()) if isinstance(table["rows"], dict) else [(r["key"], r) for r in table["rows"]]
        check(name + ": as many rows", len(rows) == len(want), (len(rows), len(want)))
        for row, (key, cells) in zip(rows, want):
            for column, value in cells.items():
                if column != "key" and isinstance(value, dict):
                    same = [row[column + "_n"], row[column + "_of"]] == [str(value["n"]), str(value["of"])]
                    check("%s.%s.%s" % (name, key, column), same and (value["share"] is None) == (row[column + "_share"] == ""), row)
                elif isinstance(value, int):
                    check("%s.%s.%s" % (name, key, column), row[column] == str(value), row)
        tex = path.with_suffix(".tex").read_text(encoding="utf-8")
        bare = re.sub(r"\\.", "", "\n".join(line for line in tex.splitlines() if not line.startswith("%")))
        check(name + ".tex: braces, rules", bare.count("{") == bare.count("}") and "\\toprule" in tex and "\\bottomrule" in tex)
        wide = len(re.sub(r"\s", "", re.search(r"\\begin{tabular}{(\w+)}", tex).group(1)))
        lines = [line for line in tex.splitlines() if line.endswith("\\\\")]
        check(name + ".tex: columns", all(len(re.findall(r"(?<!\\)&", line)) == wide - 1 for line in lines), lines[:2])


def published(folder, records):
    """No scanned name: not one of those that records hold, but for those that run a service for five names or more."""
    names = {json.loads(line)["domain"] for line in run("zstd", "-dcq", records).stdout.splitlines()} - {None}
    for path in folder.rglob("*"):
        if path.suffix in (".html", ".json", ".txt", ".csv", ".tex", ".md"):
            words = set(re.findall(r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)+", path.read_text(encoding="utf-8")))
            check("%s: no scanned name" % path.name, not words & names, sorted(words & names)[:5])


def in_latex(folder, work):
    """Every table and figure in a paper of two columns, as README puts them there: no error, and nothing sticks out."""
    if not shutil.which("pdflatex"):
        print("note: no pdflatex, the tables are not set")
        return
    # Without a font for every script of the world: what stands in a paper is for its author to choose.
    parts = [r"\documentclass[twocolumn]{article}\usepackage{booktabs,graphicx}\begin{document}"]
    for path in sorted((folder / "tables").glob("*.tex")):
        parts.append(r"\begin{table*}\input{%s}\caption{T}\end{table*}\clearpage" % path)
    for path in sorted((folder / "figures").glob("*.pdf")):
        parts.append(r"\begin{figure}\includegraphics[width=\columnwidth]{%s}\end{figure}\clearpage" % path)
    (work / "paper.tex").write_text("\n".join(parts + [r"\end{document}"]), encoding="utf-8")
    done = subprocess.run(["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "paper.tex"], cwd=work, capture_output=True, check=False, timeout=300)
    said = done.stdout.decode(errors="replace")
    check("LaTeX: set, and nothing is too wide", done.returncode == 0 and "Overfull" not in said and (work / "paper.pdf").exists(),
          re.findall("^(?:!|Overfull).*", said, re.M)[:5])


def main():
    with tempfile.TemporaryDirectory(prefix="mtasweep-figures-") as name:
        work = pathlib.Path(name)
        run(MAKER, work / "results.ndjson.zst", 60000, 5, 60)
        (work / "few").mkdir()
        run(MAKER, work / "few" / "results.ndjson.zst", 3000, 3, 0, 1, "wild")
        done = kit(work / "one", work / "results.ndjson.zst")
        if not CAIRO:
            check("without cairo that is said, and the tables are there",
                  done.returncode != 0 and b"cairo" in done.stderr and (work / "one" / "tables" / "stages.csv").exists(), done)
        else:
            check("report --figures", done.returncode == 0, done.stderr)
            figures(work / "one", work, WANTED, "60,000 names")
            bars(work / "one")
            in_chromium(work / "one", work)
        in_latex(work / "one", work)
        kit(work / "two", work / "results.ndjson.zst")
        check("the same again, to the byte", digests(work / "one") == digests(work / "two"))
        done = kit(work / "strange", work / "few")
        check("text from strangers", done.returncode == (0 if CAIRO else 3), done.stderr)
        if CAIRO:
            figures(work / "strange", work, {"mx_tls", "dane", "cert_issuers", "misconfigured"}, "3,000 names")
        for folder in ("one", "strange"):
            tables(work / folder)
        published(work / "one", work / "results.ndjson.zst")
        page = (work / "one" / "report.html").read_text(encoding="utf-8")
        check("the title", "<h1>A &lt;title&gt; &amp; more</h1>" in page and "A <title> & more" in (work / "one" / "report.txt").read_text(),
              html.unescape(page[:300]))
        method, book = ((work / "one" / f).read_text(encoding="utf-8") for f in ("METHOD.md", "CODEBOOK.md"))
        check("METHOD.md", "60,000 names were due a record" in method and "Wilson" in method)
        check("CODEBOOK.md", all("## %s\n" % p.stem in book for p in (work / "one" / "tables").glob("*.csv")))
        report = json.loads((work / "one" / "report.json").read_text())["tables"]
        hosts, rows = report["mx"]["rows"]["hosts"]["names"]["n"], sum(row["names"] for row in report["by_mx_operator"]["rows"])
        left = re.search(r"Without ([0-9,]+) names? whose MX hosts", book)
        check("by_mx_operator has every name with MX hosts, or says how many it has not", hosts > rows and left and
              int(left.group(1).replace(",", "")) == hosts - rows and "by_mx_operator says" in method, (hosts, rows, left))
        check("--figures needs --output", b"--output" in run(PROGRAM, "report", "--figures", work / "results.ndjson.zst").stderr)
        version = re.search(r"mtasweep ([\d.]+)", run(PROGRAM, "--version").stdout.decode()).group(1)
        check("CITATION.cff", "\nversion: %s\n" % version in (ROOT / "datasets" / "CITATION.cff").read_text())
    print("figures: %(passed)d passed, %(failed)d failed" % checks)
    return 1 if checks["failed"] else 0


if __name__ == "__main__":
    sys.exit(main())
