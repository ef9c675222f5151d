"""What a widget shows, as a figure of matplotlib's: for papers, slides and saved notebooks.

Only matplotlib's objects are used, never pyplot, whose state belongs to the user.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Floats = NDArray[np.float64]

#: Inches: as wide as a page between its margins, or a slide's text.
_WIDTH = 9.6
_PLOTS, _TABLE_ROW, _CHAIN, _TITLE = 2.7, 0.2, 2.2, 0.75
#: Dots per inch of a PNG: wide enough for a projector, small enough to travel in a notebook.
_DPI = 130
_COLOURS = 32

# Told apart by everybody, and in grey: the number in question is dark, its reference pale and wide.
_RULE, _REFERENCE, _POINT, _WRONG, _INK = "#1f5fbf", "#b9c4d0", "#c2410c", "#b91c1c", "#1f2933"
_QUIET = "#6b7280"
_SMALL, _NORMAL, _LARGE = 7.5, 8.5, 12.0


class InnerCurve(NamedTuple):
    """The function that is minimised over y, and its minimum.

    Attributes:
        y: on the horizontal axis, `(n,)`.
        g: there, `(n,)`.
        argmin: y*.
        least: g(y*).
    """

    y: Floats
    g: Floats
    argmin: float
    least: float


class ChainShown(NamedTuple):
    """Draws and the density that they should follow.

    Attributes:
        draws: of the coordinate that is shown, `(chains, draws)`.
        x: a grid, `(n,)`.
        density: there, normalised, `(n,)`; NaN where it is not known.
        name: of that coordinate.
        follows: whether the draws should follow it; else it is only a slice of the density.
        summary: acceptance, effective draws and the like, in words.
    """

    draws: Floats
    x: Floats
    density: Floats
    name: str
    follows: bool
    summary: str


class Shown(NamedTuple):
    """Everything that a still picture holds.

    Attributes:
        headline: the answer, in words.
        verdict: its name.
        x_name: what is on the plots' axis.
        x: the point of inspection there.
        value: the function there.
        gradient: its derivative by the rule.
        curve: "x", "value", "gradient", "reference_value" and "reference_gradient", all `(n,)`.
        rule: what the gradient in question is called.
        reference: what it is compared with.
        has_closed_form: whether the reference is known all along the curve.
        inner: the inner problem; None without one.
        heads: of the table's columns, from the second on.
        rows: of the table, as text, the row's name first.
        chain: once there are draws.
    """

    headline: str
    verdict: str
    x_name: str
    x: float
    value: float
    gradient: float
    curve: Mapping[str, Floats]
    rule: str
    reference: str
    has_closed_form: bool
    inner: InnerCurve | None
    heads: Sequence[str]
    rows: Sequence[Sequence[str]]
    chain: ChainShown | None


def figure(shown: Shown) -> Figure:
    """The gradient's plots, the table and, once there are draws, the chain.

    Args:
        shown: what to draw.

    Returns:
        A figure that no pyplot knows of; `savefig` writes it in any of matplotlib's formats.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    table = _TABLE_ROW * (1.6 + len(shown.rows))
    heights = [_PLOTS, table] + ([_CHAIN] if shown.chain else [])
    made = Figure(figsize=(_WIDTH, _TITLE + sum(heights)), layout="constrained", facecolor="white")
    FigureCanvasAgg(made)
    made.suptitle(
        shown.headline,
        x=0.012,
        ha="left",
        fontsize=_LARGE,
        fontweight="bold",
        color=_WRONG if shown.verdict in ("disagree", "not_converged") else _INK,
    )
    grid = made.add_gridspec(len(heights), 1, height_ratios=heights)
    _plots(made, grid[0], shown)
    _table(made.add_subplot(grid[1]), shown)
    if shown.chain is not None:
        _chain(made, grid[2], shown.chain)
    return made


def png(figure: Figure) -> bytes:
    """A figure as a picture that travels in a notebook or a page."""
    from PIL import Image

    drawn, file = io.BytesIO(), io.BytesIO()
    figure.savefig(drawn, format="png", dpi=_DPI)
    # So few colours are a fifth of the size, and look the same: also those of a small mark.
    method = Image.Quantize.MAXCOVERAGE
    with Image.open(drawn) as picture:
        few = picture.convert("RGB").quantize(_COLOURS, method, dither=Image.Dither.NONE)
        few.save(file, format="png", optimize=True, dpi=(_DPI, _DPI))
    return file.getvalue()


def svg(figure: Figure) -> str:
    """A figure as lines and letters, for editing and for print."""
    file = io.StringIO()
    figure.savefig(file, format="svg")
    return file.getvalue()


def _plots(made: Figure, where: Any, shown: Shown) -> None:
    draw: list[tuple[str, Callable[[Axes], None]]] = [
        ("value", lambda axes: _curve(axes, shown, "value", shown.value)),
        ("gradient", lambda axes: _curve(axes, shown, "gradient", shown.gradient)),
    ]
    if shown.inner is not None:
        inner = shown.inner
        draw.insert(0, ("inner problem", lambda axes: _inner(axes, inner)))
    places = where.subgridspec(1, len(draw))
    for i, (title, fill) in enumerate(draw):
        axes = made.add_subplot(places[i])
        axes.set_title(title, fontsize=_NORMAL, loc="left", color=_INK)
        fill(axes)
        _quiet(axes)
        if i == len(draw) - 1:
            axes.legend(fontsize=_SMALL, frameon=False)


def _inner(axes: Axes, inner: InnerCurve) -> None:
    axes.plot(inner.y, inner.g, color=_RULE, linewidth=1.6)
    if np.isfinite(inner.argmin) and np.isfinite(inner.least):
        # Where the inner problem is flat: that is the number.
        axes.axhline(inner.least, color=_POINT, linewidth=0.8, linestyle=(0, (4, 3)))
        axes.plot([inner.argmin], [inner.least], "o", color=_POINT, markersize=5.5)
        label = f"y* = {inner.argmin:.4g}"
        axes.set_title(label, fontsize=_NORMAL, loc="right", color=_POINT)
    axes.set_xlabel("y", fontsize=_NORMAL)


def _curve(axes: Axes, shown: Shown, name: str, here: float) -> None:
    x = shown.curve["x"]
    if shown.has_closed_form:
        reference = shown.curve[f"reference_{name}"]
        axes.plot(x, reference, color=_REFERENCE, linewidth=5, label=shown.reference)
    axes.plot(x, shown.curve[name], color=_RULE, linewidth=1.6, label=shown.rule)
    if np.isfinite(here):
        axes.plot([shown.x], [here], "o", color=_POINT, markersize=5.5, zorder=3)
        if name == "value" and np.isfinite(shown.gradient):
            reach = 0.15 * np.ptp(x)
            ends = np.array([-reach, reach])
            axes.plot(shown.x + ends, here + shown.gradient * ends, color=_POINT, linewidth=1)
    axes.set_xlabel(shown.x_name, fontsize=_NORMAL)


def _table(axes: Axes, shown: Shown) -> None:
    axes.set_axis_off()
    table = axes.table(
        cellText=[list(row) for row in shown.rows],
        colLabels=["", *shown.heads],
        colWidths=[0.3, *[0.7 / len(shown.heads)] * len(shown.heads)],
        cellLoc="right",
        bbox=[0.0, 0.0, 1.0, 1.0],  # type: ignore[arg-type]  # the stubs know one form of two
        edges="horizontal",
    )
    table.auto_set_font_size(False)
    for (row, column), cell in table.get_celld().items():
        cell.set_fontsize(_SMALL)
        cell.set_edgecolor(_REFERENCE)
        cell.set_linewidth(0.6)
        cell.set_text_props(color=_QUIET if row == 0 else _INK)
        if column == 0:
            cell.set_text_props(ha="left")


def _chain(made: Figure, where: Any, chain: ChainShown) -> None:
    grid = where.subgridspec(1, 2, width_ratios=[2, 1])
    trace, histogram = made.add_subplot(grid[0]), made.add_subplot(grid[1])
    first, last = 1, chain.draws.shape[1]
    shades = np.linspace(1.0, 0.35, len(chain.draws))
    for draws, shade in zip(chain.draws, shades, strict=True):
        trace.plot(np.arange(first, last + 1), draws, color=_RULE, alpha=shade, linewidth=0.6)
    trace.set_title(chain.summary, fontsize=_NORMAL, loc="left", color=_INK)
    trace.set_xlabel("draw", fontsize=_NORMAL)
    finite = chain.draws[np.isfinite(chain.draws)]
    if finite.size:
        bins = min(60, max(8, int(np.sqrt(finite.size))))
        histogram.hist(finite, bins=bins, density=True, color=_RULE, alpha=0.45, label="draws")
    if np.any(np.isfinite(chain.density)) and chain.follows:
        histogram.plot(chain.x, chain.density, color=_INK, linewidth=1.3, label="exact density")
    histogram.legend(fontsize=_SMALL, frameon=False)
    histogram.set_xlabel(chain.name, fontsize=_NORMAL)
    histogram.set_yticks([])
    for axes in (trace, histogram):
        _quiet(axes)


def _quiet(axes: Axes) -> None:
    """Nothing but what is needed to read a number."""
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        axes.spines[side].set_color(_QUIET)
        axes.spines[side].set_linewidth(0.7)
    axes.tick_params(labelsize=_SMALL, color=_QUIET, labelcolor=_INK, width=0.7, length=3)
