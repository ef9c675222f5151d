"""What a check found: rows, and how they read as text and as a table."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from html import escape
from typing import NamedTuple


class Outcome(StrEnum):
    """How one check ended."""

    PASS = "pass"
    FAIL = "fail"
    UNJUDGED = "cannot be judged"
    NOT_APPLICABLE = "does not apply"


class CheckRow(NamedTuple):
    """One check of a [`GradientReport`][gradwidget.GradientReport].

    Attributes:
        name: What was checked: `"forward"`, `"reverse"`, `"forward = reverse"`, `"second order"`,
            `"value with the rule"`, `"jit"`, `"vmap"`, `"precision"`, `"residual"`,
            `"reference"` or `"argument"`.
        argument: The argument differentiated, by name; empty where all are meant.
        order: The order of the derivative; 0 for the value.
        dtype: `"float64"` or `"float32"`.
        outcome: An `Outcome`, which compares equal to its text, for instance `"fail"`.
        error: The largest relative error met; NaN where none was measured.
        tolerance: What the error is held against; NaN where none was.
        cause: A sentence on why. It is a statement where a test separated this cause from the
            others; otherwise it says "consistent with".
        what_to_do: A sentence on what to do about it; empty where there is nothing to do.
    """

    name: str
    argument: str
    order: int
    dtype: str
    outcome: Outcome
    error: float = math.nan
    tolerance: float = math.nan
    cause: str = ""
    what_to_do: str = ""


_COLUMNS = ("outcome", "check", "argument", "order", "dtype", "error", "tolerance", "cause")
_STYLE = {
    Outcome.PASS: "",
    Outcome.FAIL: "font-weight:bold;text-decoration:underline",
    Outcome.UNJUDGED: "font-style:italic",
    Outcome.NOT_APPLICABLE: "opacity:.7",
}


def _number(value: float) -> str:
    return "" if math.isnan(value) else f"{value:.1e}"


def _cells(row: CheckRow) -> tuple[str, ...]:
    return (
        str(row.outcome),
        row.name,
        row.argument,
        str(row.order),
        row.dtype,
        _number(row.error),
        _number(row.tolerance),
    )


@dataclass(frozen=True)
class GradientReport:
    """What [`check_gradient`][gradwidget.check_gradient] found.

    Attributes:
        function: The name of the function checked.
        points: A sentence on where it was checked.
        rows: One `CheckRow` per check.
    """

    function: str
    points: str
    rows: tuple[CheckRow, ...]

    @property
    def ok(self) -> bool:
        """Whether no check failed. What could not be judged does not count as a failure."""
        return not self._with(Outcome.FAIL)

    def raise_if_wrong(self) -> None:
        """Does nothing if no check failed.

        Raises:
            AssertionError: With the whole report as its text, if a check failed.
        """
        if not self.ok:
            raise AssertionError(str(self))

    def _with(self, outcome: Outcome) -> list[CheckRow]:
        return [row for row in self.rows if row.outcome == outcome]

    @property
    def headline(self) -> str:
        """One sentence on what was found."""
        counts = {outcome: len(self._with(outcome)) for outcome in Outcome}
        judged = counts[Outcome.PASS] + counts[Outcome.FAIL]
        if counts[Outcome.FAIL]:
            claim = f"{counts[Outcome.FAIL]} of {judged} checks fail"
        elif counts[Outcome.PASS]:
            claim = f"no fault found in {judged} checks"
        else:
            claim = "nothing could be judged"
        rest = [
            f"{counts[outcome]} {text}"
            for outcome, text in (
                (Outcome.UNJUDGED, "cannot be judged"),
                (Outcome.NOT_APPLICABLE, "not applicable"),
            )
            if counts[outcome]
        ]
        return f"{self.function}: {claim}" + (f" ({', '.join(rest)})." if rest else ".")

    def _findings(self) -> list[tuple[str, list[CheckRow]]]:
        """The rows that are not a plain pass, those with the same cause together, worst first."""
        groups: dict[tuple[Outcome, str, str], list[CheckRow]] = {}
        for outcome in (Outcome.FAIL, Outcome.UNJUDGED, Outcome.NOT_APPLICABLE, Outcome.PASS):
            for row in self._with(outcome):
                if row.cause:
                    groups.setdefault((outcome, row.cause, row.what_to_do), []).append(row)
        return [
            (f"{cause} {what_to_do}".strip(), rows)
            for (_, cause, what_to_do), rows in groups.items()
        ]

    def __str__(self) -> str:
        lines = [self.headline, self.points]
        for text, rows in self._findings():
            where = "; ".join(
                " ".join(filter(None, (row.name, row.argument, row.dtype))) for row in rows
            )
            lines += ["", f"{str(rows[0].outcome).upper()}: {where}", f"  {text}"]
        table = [_COLUMNS[:-1], *(_cells(row) for row in self.rows)]
        widths = [max(map(len, column)) for column in zip(*table, strict=True)]
        lines.append("")
        for cells in table:
            padded = (cell.ljust(width) for cell, width in zip(cells, widths, strict=True))
            lines.append("  ".join(padded).rstrip())
        return "\n".join(lines)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        def cell(tag: str, text: str, style: str = "") -> str:
            attributes = f' style="text-align:left;{style}"'
            return f"<{tag}{attributes}>{escape(text)}</{tag}>"

        head = "".join(cell("th", column) for column in _COLUMNS)
        body = "".join(
            "<tr>"
            + cell("td", str(row.outcome), _STYLE[row.outcome])
            + "".join(cell("td", text) for text in _cells(row)[1:])
            + cell("td", f"{row.cause} {row.what_to_do}".strip(), "white-space:normal")
            + "</tr>"
            for row in self.rows
        )
        caption = f"<strong>{escape(self.headline)}</strong><br>{escape(self.points)}"
        return (
            '<table style="font-variant-numeric:tabular-nums">'
            f'<caption style="text-align:left">{caption}</caption>'
            f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
        )
