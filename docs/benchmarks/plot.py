#!/usr/bin/env python3
"""Draws each CSV file beside this script as bars: docs/benchmarks/plot.py. It needs Python's standard library only."""

import csv
import pathlib
from html import escape

WIDTH, BAR, GAP, LEFT = 760, 22, 8, 300
COLOURS = {"bitnet": "#2f6fb3", "peer": "#9a9a9a", "limit": "#e0c07a"}
NAMES = {"bitnet": "bitnet", "peer": "other software", "limit": "floor: one limit of the machine alone"}


def draw(rows):
    """The SVG: a panel for each kind of number, with its own scale from zero."""
    parts, y = [], 10
    for panel in dict.fromkeys(row["panel"] for row in rows):
        bars = [row for row in rows if row["panel"] == panel]
        most = max(float(row["value"]) for row in bars)
        parts.append(f'<text x="8" y="{y + 16}" font-weight="bold">{escape(panel)}</text>')
        y += 28
        for row in bars:
            width = (WIDTH - LEFT - 80) * float(row["value"]) / most
            parts.append(f'<text x="{LEFT - 8}" y="{y + 16}" text-anchor="end">{escape(row["label"])}</text>')
            parts.append(f'<rect x="{LEFT}" y="{y}" width="{width:.1f}" height="{BAR}" fill="{COLOURS[row["kind"]]}"/>')
            parts.append(f'<text x="{LEFT + width + 6:.1f}" y="{y + 16}">{float(row["value"]):,g}</text>')
            y += BAR + GAP
        y += 10
    x = 8
    for kind in dict.fromkeys(row["kind"] for row in rows):
        parts.append(f'<rect x="{x}" y="{y}" width="12" height="12" fill="{COLOURS[kind]}"/>')
        parts.append(f'<text x="{x + 18}" y="{y + 11}">{NAMES[kind]}</text>')
        x += 190
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {y + 24}" font-family="sans-serif" font-size="12">\n'
        f'<rect width="{WIDTH}" height="{y + 24}" fill="white"/>\n' + "\n".join(parts) + "\n</svg>\n"
    )


for file in sorted(pathlib.Path(__file__).parent.glob("*.csv")):
    with file.open(newline="") as lines:
        file.with_suffix(".svg").write_text(draw(list(csv.DictReader(lines))))
