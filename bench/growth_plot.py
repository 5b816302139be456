"""growth_plot.py - growth.svg: CPU, wall time and memory against the number of names, as text with numbers."""
import math

WIDTH, HEIGHT, LEFT, TOP, GAP = 340, 210, 62, 46, 96
PANELS = (  # title, unit, figure of a row
    ("CPU a name", "µs", lambda r: r["cpu_s"] / r["names"] * 1e6),
    ("Wall time a name", "µs", lambda r: r["wall_s"] / r["names"] * 1e6),
    ("Memory of all processes", "MiB", lambda r: r["memory_mib"]),
)
STYLE = """
text{font:13px system-ui,sans-serif;fill:#1c2126}.soft{fill:#5a636c;font-size:12px}.title{font-weight:600;font-size:14px}
.grid{stroke:#dfe2e4}.one{stroke:#0b5a8a;fill:#0b5a8a}.two{stroke:#b3362b;fill:#b3362b}path.one,path.two{fill:none;stroke-width:2}
.two.line{stroke-dasharray:6 4}rect{fill:#fff}
@media (prefers-color-scheme:dark){text{fill:#e7eaec}.soft{fill:#a2abb3}rect{fill:#14181b}.grid{stroke:#30373d}
.one{stroke:#7cc0ea;fill:#7cc0ea}.two{stroke:#e0695c;fill:#e0695c}}
"""


def ceiling(value):
    """1, 2, 4 or 5 times a power of ten, at least the value."""
    power = 10 ** math.floor(math.log10(value))
    return next(m * power for m in (1, 2, 4, 5, 10) if m * power >= value * 0.999)


def count(n):
    return f"{n // 1000000} M" if n >= 1000000 else f"{n:,}"


def panel(at, title, unit, figure, rows):
    sizes = sorted({r["names"] for r in rows})
    low, high = math.log10(sizes[0]), math.log10(max(sizes[-1], sizes[0] * 10))
    top = ceiling(max(figure(r) for r in rows) * 1.05)
    left = LEFT + at * (WIDTH + GAP)

    def x(n):
        return left + 14 + (WIDTH - 28) * (math.log10(n) - low) / (high - low)

    def y(value):
        return TOP + HEIGHT * (1 - value / top)

    out = [f'<text class="title" x="{left}" y="{TOP - 18}">{title}, {unit}</text>']
    for i in range(5):
        value = top * i / 4
        out.append(f'<path class="grid" d="M{left} {y(value):.1f}h{WIDTH}"/>'
                   f'<text class="soft" x="{left - 8}" y="{y(value) + 4:.1f}" text-anchor="end">{value:g}</text>')
    for n in sizes:
        out.append(f'<text class="soft" x="{x(n):.1f}" y="{TOP + HEIGHT + 20}" text-anchor="middle">{count(n)}</text>')
    for workers, style in ((1, "one"), (2, "two")):
        points = [(x(r["names"]), y(figure(r)), figure(r)) for r in rows if r["workers"] == workers]
        out.append(f'<path class="{style} line" d="M' + "L".join(f"{px:.1f} {py:.1f}" for px, py, _ in points) + '"/>')
        for px, py, value in points:
            out.append(f'<circle class="{style}" cx="{px:.1f}" cy="{py:.1f}" r="3.5">'
                       f"<title>{value:.1f} {unit}</title></circle>")
    return out


def draw(results, path):
    rows = sorted((r for r in results if r["series"] == "names"), key=lambda r: r["names"])
    if not rows:
        return
    width, height = 3 * (WIDTH + GAP), TOP + HEIGHT + 60
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" '
           'aria-label="CPU, wall time and memory of a scan against the number of names; growth.json has the numbers">',
           f"<style>{STYLE}</style>", f'<rect width="{width}" height="{height}"/>']
    for at, (title, unit, figure) in enumerate(PANELS):
        out += panel(at, title, unit, figure, rows)
    y = TOP + HEIGHT + 46
    out.append(f'<text class="soft" x="{LEFT}" y="{y}">names, logarithmic</text>')
    for at, (style, text) in enumerate((("one", "1 worker"), ("two", "2 workers"))):
        x = LEFT + 160 + 130 * at
        out.append(f'<path class="{style} line" d="M{x} {y - 4}h30"/><text x="{x + 38}" y="{y}">{text}</text>')
    out.append("</svg>")
    with open(path, "w", encoding="utf-8") as to:
        to.write("\n".join(out) + "\n")
