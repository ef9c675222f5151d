"""A table of results that prints itself."""

from __future__ import annotations

from typing import NamedTuple


class Table(NamedTuple):
    """What one benchmark found.

    Arguments:
        title: what was measured.
        columns: the heads of the columns.
        rows: a label and its figures; a float is printed to three significant digits.
        note: what must be known to read the figures, and the goal if there is one.
    """

    title: str
    columns: tuple[str, ...]
    rows: list[tuple[object, ...]]
    note: str = ""

    def __str__(self) -> str:
        lines = [self.columns, *(tuple(_text(cell) for cell in row) for row in self.rows)]
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        head, *body = (
            "  ".join(
                cell.ljust(width) if index == 0 else cell.rjust(width)
                for index, (cell, width) in enumerate(zip(line, widths, strict=True))
            )
            for line in lines
        )
        rule = "-" * len(head)
        return "\n".join([self.title, rule, head, rule, *body, *([self.note] if self.note else [])])


def _text(cell: object) -> str:
    if isinstance(cell, float):
        return f"{cell:.3g}" if abs(cell) < 1000 else f"{cell:,.0f}"
    return str(cell)
