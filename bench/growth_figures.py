"""growth_figures.py - the figures of EXTRAPOLATION.md and NOTES.md that follow from growth.json.

In the texts each stands before a mark with its name, as in 15<!--disk-->, and is replaced there. What has not been
measured keeps the figure that it has, and is told. All that is multiplied is a figure of the largest scan with two
workers.
"""
import os
import re

HERE = os.path.dirname(os.path.abspath(__file__))
TEXTS = ("EXTRAPOLATION.md", "NOTES.md")
MARKED = re.compile(r"[0-9][0-9.,]*<!--(\w+)-->")

NAMES = 350e6
QUESTIONS = 3
RESOLVER_S = 15000  # answered misses a second and core
CORE_HOUR = 0.05  # of money
SHORT_NAME = {100000: "100k", 1000000: "1m", 10000000: "10m"}


def cpu_us(row, key="cpu_s"):
    return row[key] / row["names"] * 1e6


def measured(rows):
    """Name -> figure, of single runs."""
    found = {}
    for r in rows:
        if r["series"] == "names" and r["workers"] == 2 and r["names"] in SHORT_NAME:
            size = SHORT_NAME[r["names"]]
            found |= {f"cpu_{size}": f"{cpu_us(r):.1f}", f"memory_{size}": f"{r['memory_mib']:.1f}"}
        if r["series"] == "resolvers":
            found |= {f"cpu_resolvers_{r['resolvers']}": f"{cpu_us(r):.1f}",
                      f"memory_resolvers_{r['resolvers']}": f"{r['memory_mib']:.0f}"}
        if r["series"] == "adopters":
            share = round(r["adoption"] * 1000)
            found |= {f"cpu_adopters_{share}": f"{cpu_us(r):.1f}", f"memory_adopters_{share}": f"{r['memory_mib']:.0f}"}
    return found


def of_largest(rows):
    """What is multiplied."""
    names = [r for r in rows if r["series"] == "names"]
    two = [r for r in names if r["workers"] == 2]
    if not two:
        return {}
    largest = max(two, key=lambda r: r["names"])
    us, hours = cpu_us(largest), NAMES * cpu_us(largest) / 3.6e9
    resolvers = NAMES * QUESTIONS / RESOLVER_S / 3600
    found = {"cpu": f"{us:.1f}", "disk": f"{largest['disk_bytes'] / largest['names']:.0f}",
             "disk_gb": f"{NAMES * largest['disk_bytes'] / largest['names'] / 1e9:.1f}",
             "memory": f"{largest['memory_mib']:.0f}", "core_hours": f"{hours:.1f}",
             "resolvers_times": f"{resolvers / hours:.0f}",
             "cost": f"{hours * CORE_HOUR:.2f}", "percent_resolvers": f"{100 * resolvers / (resolvers + hours):.0f}",
             "dns_rate_core": f"{100 * 5000 / QUESTIONS * us / 1e6:.1f}"}
    for cores in (2, 16, 64):
        found |= {f"names_s_{cores}": f"{round(cores / us * 1e3) * 1000:,}", f"hours_{cores}": f"{hours / cores:.2f}",
                  f"hours_with_resolvers_{cores}": f"{(hours + resolvers) / cores:.2f}"}
    one = [r for r in names if r["workers"] == 1 and any(t["names"] == r["names"] for t in two)]
    if one:
        single = max(one, key=lambda r: r["names"])
        double = next(t for t in two if t["names"] == single["names"])
        found["memory_worker"] = f"{double['memory_mib'] - single['memory_mib']:.0f}"
    return found | of_supervisor(largest, us)


def of_supervisor(largest, us):
    if "supervisor_cpu_s" not in largest:
        return {}
    own = cpu_us(largest, "supervisor_cpu_s")
    rate = round(1e2 / own) * 1e4  # names a second that one core deals out and writes
    return {"supervisor": f"{own:.2f}", "supervisor_names_s": f"{rate:,.0f}", "supervisor_workers": f"{(us - own) / own:.0f}",
            "supervisor_hours": f"{NAMES / rate / 3600:.2f}", "supervisor_packets": f"{rate * QUESTIONS / 1e6:.1f}",
            "supervisor_gbit": f"{rate * 490 * 8 / 1e9:.1f}",
            "supervisor_mb": f"{rate * largest['disk_bytes'] / largest['names'] / 1e6:.0f}"}


def figures(rows):
    return measured(rows) | of_largest(rows)


def filled(text, known):
    """The text with its figures, and the marks that nothing is known for."""
    unknown = [name for name in MARKED.findall(text) if name not in known]
    return MARKED.sub(lambda found: f"{known[found[1]]}<!--{found[1]}-->" if found[1] in known else found[0], text), unknown


def write(rows):
    """Into the texts; the marks that keep their figure."""
    known, left = figures(rows), []
    for name in TEXTS:
        path = os.path.join(HERE, name)
        with open(path, encoding="utf-8") as source:
            text, unknown = filled(source.read(), known)
        left += [f"{name}: {mark}" for mark in unknown]
        with open(path, "w", encoding="utf-8") as out:
            out.write(text)
    return left
