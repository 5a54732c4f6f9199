#!/usr/bin/env python3
"""Draws what benches/screen.sh measured: a bar for each codec, its length the bytes an hour, on a logarithmic scale.

usage: chart.py RESULTS.tsv CHART.svg      (standard library only)
"""
import math
import sys
from html import escape

BAR, GAP, LEFT, WIDTH, RIGHT = 18, 6, 250, 520, 130
OURS, EXACT, LOSSY = "#1f6feb", "#6e7781", "#c9a227"
NAMES = {
    "kinescope-default": "Kinescope, default",
    "kinescope-dense": "Kinescope, dense",
    "x264-lossless": "x264 lossless RGB, medium",
    "x264-crf23": "x264 CRF 23, medium",
    "x264-crf23-ultrafast": "x264 CRF 23, ultrafast",
    "ffv1": "FFV1",
    "png-deltas": "PNG of the changed box",
    "vp9-lossless": "VP9 lossless, screen",
    "vp9-crf31": "VP9 CRF 31, screen",
    "av1-lossless": "AV1 lossless (libaom), screen",
    "av1-crf35": "AV1 CRF 35 (SVT), screen",
}


def read(path):
    """Groups rows by corpus and stretch, in the order in which they came: {title: [(codec, bytes, exact)]}."""
    charts = {}
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            corpus, codec, frames, all_frames, size, _cpu, exact = line.rstrip("\n").split("\t")
            part = "" if frames == all_frames else f", first {frames} frames"
            charts.setdefault(corpus + part, []).append((codec, int(size), exact == "yes"))
    return charts


def text(x, y, words, extra=""):
    return f'<text x="{x:.0f}" y="{y:.0f}" {extra}>{escape(words)}</text>'


def megabytes(size):
    return f"{size / 1e6:.2f} MB" if size < 1e7 else f"{size / 1e6:.1f} MB"


def chart(title, rows, low, high, top):
    """One corpus; returns its SVG and where it ends. All corpora share one scale from `low` to `high`."""
    rows = sorted(rows, key=lambda row: row[1])
    span = math.log10(high / low)
    out = [text(12, top + 16, title, 'font-weight="bold"')]
    y = top + 28
    for codec, size, exact in rows:
        length = max(2, math.log10(size / low) / span * WIDTH)
        colour = OURS if codec.startswith("kinescope") else EXACT if exact else LOSSY
        out.append(text(LEFT - 8, y + 13, NAMES.get(codec, codec), 'text-anchor="end"'))
        out.append(f'<rect x="{LEFT}" y="{y}" width="{length:.0f}" height="{BAR}" rx="2" fill="{colour}"/>')
        out.append(text(LEFT + length + 6, y + 13, megabytes(size)))
        y += BAR + GAP
    return out, y + 14


def legend(top):
    out, x = [], 12
    for colour, words in ((OURS, "Kinescope, exact"), (EXACT, "others, exact"), (LOSSY, "others, not exact")):
        out.append(f'<rect x="{x}" y="{top}" width="14" height="14" rx="2" fill="{colour}"/>')
        out.append(text(x + 20, top + 12, words))
        x += 170
    out.append(text(x, top + 12, "bytes, logarithmic; shorter is smaller"))
    return out


def main():
    source, target = sys.argv[1:]
    body, y = legend(12), 44
    charts = read(source)
    sizes = [size for rows in charts.values() for _, size, _ in rows]
    low = 10 ** math.floor(math.log10(min(sizes)) - 0.1)
    for title, rows in charts.items():
        drawn, y = chart(title, rows, low, max(sizes), y)
        body += drawn
    width = LEFT + WIDTH + RIGHT
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{y}" viewBox="0 0 {width} {y}" '
        'font-family="system-ui, sans-serif" font-size="13" fill="#24292f">'
        f'<rect width="{width}" height="{y}" fill="#ffffff"/>'
    )
    with open(target, "w", encoding="utf-8") as out:
        out.write("\n".join([head, *body, "</svg>\n"]))


if __name__ == "__main__":
    main()
