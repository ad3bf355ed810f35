# SPDX-License-Identifier: Apache-2.0
"""Medians of a comparison, and of the ratios within its rounds: a table on the output; after a full run results/NAME.json, results/NAME.svg and the
section NAME of RESULTS.md.

report.py SAMPLES GOALS NAME ROUNDS COMMAND [--quick]"""
import datetime
import json
import operator
import os
import platform
import re
import statistics
import sys
from pathlib import Path

BENCHMARKS = Path(__file__).resolve().parent.parent
COLOURS = {"direct": "#9aa5b1", "fairway": "#2f6fde", 0: "#d98c3f", 1: "#5aa469", 2: "#a06cb5"}


def rows(path):
    return [line.rstrip("\n").split("\t") for line in open(path, encoding="utf-8") if line.strip()]


def number(value):
    return f"{value:,.0f}" if value >= 1000 else f"{value:.1f}" if value >= 100 else f"{value:.3g}"


def ratio(values, peer):
    """The median of each round's ratio: what else the machine does changes from round to round, and is the same for
    all systems in one."""
    ours, theirs = values.get("fairway", []), values[peer]
    if not ours:
        return None
    if len(ours) != len(theirs):
        ours, theirs = [statistics.median(ours)], [statistics.median(theirs)]
    ratios = [a / b for a, b in zip(ours, theirs) if b]
    return round(statistics.median(ratios), 3) if ratios else None


def figures_of(samples, goals):
    found = {}
    for figure, unit, system, value in samples:
        entry = found.setdefault(figure, {"unit": unit, "values": {}})
        entry["values"].setdefault(system, []).append(float(value))
    figures = []
    for figure, entry in found.items():
        medians = {s: statistics.median(v) for s, v in entry["values"].items()}
        ours = medians.get("fairway")
        ratios = {s: r for s in medians if s != "fairway" and (r := ratio(entry["values"], s)) is not None}
        texts, met = [], None
        for _, comparison, factor, peer in (g for g in goals if g[0] == figure):
            compare = operator.ge if comparison == ">=" else operator.le
            factor, _, more = factor.partition("+")
            texts.append(f"{comparison} {factor}" + ("" if peer == "-" else f" x {peer}") + (f" + {more}" if more else ""))
            if more:
                value, limit = ours, float(factor) * medians.get(peer, 0) + float(more)
            else:
                value, limit = ours if peer == "-" else ratios.get(peer), float(factor)
            met = (met is not False) and value is not None and compare(value, limit)
        figures.append({
            "figure": figure, "unit": entry["unit"],
            "systems": {s: round(m, 3) for s, m in medians.items()},
            "ratio": next((r for s, r in ratios.items() if s != "direct"), ratios.get("direct")), "ratios": ratios,
            "goal": " and ".join(texts) or None, "met": met,
            "samples": {s: v for s, v in entry["values"].items()},
        })
    return figures


def systems_of(figures):
    names = []
    for figure in figures:
        names += [s for s in figure["systems"] if s not in names]
    order = sorted(names, key=lambda s: (s != "direct", s == "fairway"))
    return order


def table(figures):
    systems = systems_of(figures)
    peers = [s for s in systems if s != "fairway"]
    head = ["figure", "unit", *systems, *(f"fairway / {p}" for p in peers), "goal", "met"]
    lines = [head]
    for f in figures:
        lines.append([
            f["figure"], f["unit"], *(number(f["systems"][s]) if s in f["systems"] else "" for s in systems),
            *(f"{f['ratios'][p]:.2f}" if p in f["ratios"] else "" for p in peers),
            f["goal"] or "", {True: "yes", False: "no", None: ""}[f["met"]]])
    return lines


def aligned(lines):
    widths = [max(len(line[i]) for line in lines) for i in range(len(lines[0]))]
    return "\n".join("  ".join(c.ljust(w) if i in (0, 1) else c.rjust(w) for i, (c, w) in enumerate(zip(l, widths)))
                     for l in lines)


def markdown(lines):
    head, *body = lines
    rule = ["---"] * 2 + ["---:"] * (len(head) - 4) + ["---"] * 2
    return "\n".join("| " + " | ".join(line) + " |" for line in [head, rule, *body])


def svg(figures, title):
    systems = systems_of(figures)
    peers = [s for s in systems if s not in COLOURS]
    colour = {s: COLOURS.get(s) or COLOURS[peers.index(s) % 3] for s in systems}
    bar, gap, left, width = 16, 34, 20, 720
    out, y = [], 56
    for i, s in enumerate(systems):
        out.append(f'<rect x="{left + 110 * i}" y="34" width="12" height="12" fill="{colour[s]}"/>'
                   f'<text x="{left + 18 + 110 * i}" y="44">{s}</text>')
    for f in figures:
        y += gap - 10
        goal = f" (goal: {f['goal']})".replace("<", "&lt;").replace(">", "&gt;") if f["goal"] else ""
        out.append(f'<text x="{left}" y="{y}" font-weight="bold">{f["figure"]}, {f["unit"]}{goal}</text>')
        y += 8
        most = max(f["systems"].values()) or 1
        for s in (s for s in systems if s in f["systems"]):
            length = max(1, 560 * f["systems"][s] / most)
            out.append(f'<rect x="{left}" y="{y}" width="{length:.1f}" height="{bar - 3}" fill="{colour[s]}"/>'
                       f'<text x="{left + length + 6:.1f}" y="{y + 11}">{number(f["systems"][s])}</text>')
            y += bar
    return (f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{y + 20}" '
            f'font-family="sans-serif" font-size="12"><rect width="100%" height="100%" fill="white"/>'
            f'<text x="{left}" y="22" font-size="15" font-weight="bold">{title}</text>' + "\n".join(out) + "</svg>\n")


def machine():
    model = next((l.split(":", 1)[1].strip() for l in open("/proc/cpuinfo", encoding="utf-8")
                  if l.startswith("model name")), platform.machine())
    memory = int(re.search(r"MemTotal:\s+(\d+)", Path("/proc/meminfo").read_text()).group(1)) / 2**20
    return f"{os.cpu_count()} cores ({model}), {memory:.0f} GiB, Linux {re.match(r'[0-9.]+', platform.release()).group(0)}"


def update_results(name, text):
    path = BENCHMARKS / "RESULTS.md"
    content = path.read_text(encoding="utf-8")
    begin, end = f"<!-- {name} begin -->", f"<!-- {name} end -->"
    section = f"{begin}\n{text}\n{end}"
    if begin in content:
        content = content[:content.index(begin)] + section + content[content.index(end) + len(end):]
    else:
        content = content.rstrip("\n") + "\n\n" + section + "\n"
    path.write_text(content, encoding="utf-8")


def main():
    samples, goals, name, rounds, command = sys.argv[1:6]
    figures = figures_of(rows(samples), rows(goals))
    lines = table(figures)
    print(aligned(lines))
    if "--quick" in sys.argv:
        print("\nA quick run: nothing was written.")
        return
    results = BENCHMARKS / "results"
    results.mkdir(exist_ok=True)
    (results / f"{name}.json").write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    (results / f"{name}.svg").write_text(svg(figures, f"{name}: medians of {rounds} rounds"), encoding="utf-8")
    date = datetime.datetime.now(datetime.timezone.utc).date().isoformat()
    update_results(name, f"`{command}`, {date}, medians of {rounds} rounds, {machine()}.\n\n{markdown(lines)}\n\n"
                         f"![{name}](results/{name}.svg)")


if __name__ == "__main__":
    main()
