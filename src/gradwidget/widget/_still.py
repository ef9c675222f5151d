"""What a widget shows at this moment, for pictures and for print."""

from __future__ import annotations

import base64
import sys
from typing import Any

import numpy as np

from ..inspection import _table as table
from ..inspection._headline import reference_name
from ..publish import ChainShown, InnerCurve, Shown, figure, png
from . import protocol
from ._session import Inputs, Session


def shown(session: Session, inputs: Inputs) -> Shown:
    """Everything that a still picture holds.

    Args:
        session: computes what it has not yet.
        inputs: what the user has set.

    Returns:
        Arrays and texts; draws only of a chain that exists already.
    """
    problem = session.problem
    with session.lock:
        near, _ = session.curves(inputs)
        at, answer = session.inspect_along(inputs), session.headline(inputs)
        inner = session.inner_curve(inputs, near)
        fields = near.inspection._asdict()
        return Shown(
            headline=f"{answer.claim} {answer.judgement}",
            verdict=answer.verdict_name,
            x_name=_axis_name(session, inputs),
            x=float(inputs.along),
            value=float(at.value),
            gradient=float(at.gradient),
            curve={"x": near.x, **{name: fields[name] for name in _DRAWN}},
            rule=table.CUSTOM_RULE if problem.inner is not None else table.RULE_ITSELF,
            reference=reference_name(problem).removeprefix("the "),
            has_closed_form=problem.has_closed_form,
            inner=None if inner is None else _inner(*inner, float(at.argmin)),
            heads=protocol.ROW_COLUMNS,
            rows=cells(session, inputs),
            chain=_chain(session, inputs),
        )


_DRAWN = ("value", "gradient", "reference_value", "reference_gradient")


def cells(session: Session, inputs: Inputs) -> list[list[str]]:
    """The table as text, a row's name first."""
    rows = []
    for row in session.rows(inputs):
        numbers = (row.value, row.gradient, row.rel_error, row.residual)
        texts = ["" if number is None else f"{number:.7g}" for number in numbers]
        if row.gradient is None and row.message:  # what JAX says fills no cell of a table
            texts[1] = "raises"
        rows.append([row.name, *texts, "" if row.time is None else f"{1e6 * row.time:.3g} µs"])
    return rows


def is_watched() -> bool:
    """Whether somebody sits before the page that the output goes to.

    Whoever runs a notebook from end to end, as nbclient does, has nobody there to be asked.
    """
    ipython = sys.modules.get("IPython")
    kernel = getattr(ipython.get_ipython(), "kernel", None) if ipython else None
    return bool(getattr(kernel, "_allow_stdin", False))


def still(session: Session, inputs: Inputs, name: str) -> dict[str, Any]:
    """What a saved notebook shows where no widget can be, by MIME type.

    Args:
        session: computes what it has not yet.
        inputs: what the user has set.
        name: of the widget, its `repr`.

    Returns:
        A picture, as notebooks hold it, and the numbers as text; only the name where they cannot
        be computed, since the widget itself says why.
    """
    try:
        picture = png(figure(shown(session, inputs)))
        text = in_words(session, inputs, name)
    except Exception:  # whatever the user's function raises: it is told in the widget
        return {"text/plain": name}
    return {"image/png": base64.b64encode(picture).decode(), "text/plain": text}


def in_words(session: Session, inputs: Inputs, name: str) -> str:
    """The numbers as text, where there is neither a widget nor a picture."""
    answer = session.headline(inputs)
    lines = [name, f"{answer.claim} {answer.judgement}.", answer.why]
    rows = [["", *protocol.ROW_COLUMNS], *cells(session, inputs)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines += [
        "  ".join(
            cell.rjust(width) if column else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
    chain = _chain(session, inputs)
    return "\n".join([*lines, *([chain.summary] if chain else [])])


def _axis_name(session: Session, inputs: Inputs) -> str:
    x = session.problem.x.name
    if inputs.t is None:
        return x
    if isinstance(inputs.direction, int):
        return f"t, along coordinate {inputs.direction} of {x}"
    return f"t, {x} + t v"


def _inner(y: Any, g: Any, argmin: float) -> InnerCurve:
    """The least value is that of the curve at y*, which lies on it."""
    return InnerCurve(y, g, argmin, float(np.interp(argmin, y, g)))


def _chain(session: Session, inputs: Inputs) -> ChainShown | None:
    if not session.num_draws or not session.is_current(inputs):
        return None
    chain, density = session.chain(inputs), session.density(inputs)
    found = session.diagnostics(inputs)
    draws, name = np.asarray(chain.samples, np.float64), session.problem.x.name
    if inputs.coordinate is not None:
        draws, name = draws[..., inputs.coordinate], f"{name}, coordinate {inputs.coordinate}"
    numbers = [
        f"{chain.num_draws:,} draws by {inputs.algorithm.upper()}",
        f"accepted {found.acceptance_rate:.3f}",
        f"ESS {float(np.min(found.ess)):.0f}",
        f"R-hat {float(np.max(found.rhat)):.3f}",
    ]
    if found.num_divergent:
        numbers.append(f"{found.num_divergent} divergent")
    return ChainShown(
        draws=draws,
        x=density.x,
        density=density.density,
        name=name,
        follows=inputs.coordinate is None,
        summary=", ".join(numbers),
    )
