"""A still picture for where nothing moves: on paper, and with JavaScript off."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

from numpy.typing import NDArray

#: Inches and dots per inch: wide enough to be read, small enough to travel.
_SIZE, _DPI = (9.0, 3.0), 80


def picture(
    curve: Mapping[str, NDArray[Any]],
    x: float,
    value: float,
    gradient: float,
    *,
    x_name: str,
    gradient_label: str,
    reference_label: str | None,
) -> bytes:
    """The value and the gradient over x, with their reference and the point of inspection.

    Args:
        curve: "x", "value", "gradient", "reference_value" and "reference_gradient", all `(n,)`.
        x: the point of inspection.
        value: there.
        gradient: there.
        x_name: the name of x.
        gradient_label: what the gradient in question is called.
        reference_label: what it is compared with; None where there is no reference.

    Returns:
        A PNG.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=_SIZE, dpi=_DPI, layout="constrained")
    FigureCanvasAgg(figure)
    for axes, name, point in zip(
        figure.subplots(1, 2), ("value", "gradient"), (value, gradient), strict=True
    ):
        if reference_label is not None:
            reference = curve[f"reference_{name}"]
            axes.plot(curve["x"], reference, color="#b9c4d0", linewidth=5, label=reference_label)
        axes.plot(curve["x"], curve[name], color="#1f5fbf", label=gradient_label)
        axes.plot([x], [point], "o", color="#c2410c")
        axes.set_xlabel(x_name)
        axes.set_title(name)
    if reference_label is not None:
        axes.legend()
    file = io.BytesIO()
    figure.savefig(file, format="png")
    return file.getvalue()
