"""How much a page loads: the built front end, gzipped."""

from __future__ import annotations

import gzip
from pathlib import Path

from benchmarks._table import Table

STATIC = Path(__file__).resolve().parents[1] / "src" / "gradwidget" / "static"


def run() -> Table:
    """Sizes of the bundle's files in kilobytes (1 KB = 1000 bytes)."""
    rows: list[tuple[str, float, float]] = []
    for name in ("widget.js", "widget.css"):
        content = (STATIC / name).read_bytes()
        rows.append((name, len(content) / 1e3, len(gzip.compress(content, 9, mtime=0)) / 1e3))
    total = ("together", sum(row[1] for row in rows), sum(row[2] for row in rows))
    return Table(
        "Front end",
        ("file", "KB", "KB gzipped"),
        [*rows, total],
        note="Goal: at most 40 KB gzipped together.",
    )
