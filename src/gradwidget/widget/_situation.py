"""What a widget stands for at a moment: as a script, and as a dictionary that restores it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from .._naming import near_match
from ..argmin import Status
from ..problems import Problem, gallery
from ..publish import Situation, SourceError
from ..sampling import Settings, check_integer
from ._session import Inputs, Session

#: Of the dictionary; a later one may not be understood.
FORMAT = 1
#: A chain is made again draw by draw: a longer one is not carried further.
MOST_DRAWS = 100_000

#: What may change in the middle of a chain, as js/saved/fragment.ts writes it too.
_SEGMENT = ("step_size", "num_integration_steps", "inverse_mass_matrix")


def segments(session: Session, inputs: Inputs) -> list[tuple[int, Settings]]:
    """How many draws were made with which settings, in their order.

    Args:
        session: whose chain it is.
        inputs: what the user has set.

    Returns:
        Nothing if there are no draws, or none of these inputs.
    """
    with session.lock:
        if not session.num_draws or not session.is_current(inputs):
            return []
        chain = session.chain(inputs)
        starts = [draw for draw, _ in chain.marks]
        ends = [*starts[1:], chain.num_draws]
        return [
            (end - start, settings)
            for (start, end, (_, settings)) in zip(starts, ends, chain.marks, strict=True)
            if end > start
        ]


def situation(session: Session, inputs: Inputs) -> Situation:
    """What the script of a widget is written from.

    Raises:
        SourceError: the minimum over a vector is on a kink, which a short script does not find.
    """
    with session.lock:
        x = session.position(inputs)
        is_short = inputs.solver == "safeguarded" and session.problem.recipe.y_shape != ()
        if is_short and session.inspect(inputs).status == Status.KINK:
            raise SourceError(
                "At this x components of the minimum sit on kinks of the inner problem, which the "
                "script's Newton method does not find: move x to where none does."
            )
        parameters = session.problem.parameters
        return Situation(
            problem=session.problem.with_solver(inputs.solver),
            params=dict(zip((p.name for p in parameters), inputs.params, strict=True)),
            x=x,
            dtype=inputs.dtype,
            algorithm=inputs.algorithm,
            segments=segments(session, inputs),
            initial_position=np.broadcast_to(inputs.initial_position, np.shape(x)),
            seed=inputs.seed,
            num_chains=inputs.num_chains,
            gradient_scale=inputs.gradient_scale,
        )


def as_dict(session: Session, inputs: Inputs) -> dict[str, Any]:
    """A situation in what JSON knows."""
    problem = session.problem
    names = (p.name for p in problem.parameters)
    values = {
        **dict(zip(names, inputs.params, strict=True)),
        problem.x.name: inputs.x,
        # What only a vector has is None for a number.
        **{
            name: value
            for name, value in inputs._asdict().items()
            if name not in ("params", "x") and value is not None
        },
    }
    return {
        "gradwidget": FORMAT,
        "problem": problem.name,
        "values": {name: _plain(value) for name, value in values.items()},
        "segments": [
            {"count": count, "settings": {name: _plain(getattr(of, name)) for name in _SEGMENT}}
            for count, of in segments(session, inputs)
        ],
    }


class Restored(NamedTuple):
    """What a dictionary says.

    Attributes:
        problem: found by its name.
        values: of traits, by name.
        segments: how many draws were made with which settings.
    """

    problem: Problem
    values: dict[str, Any]
    segments: list[tuple[int, dict[str, Any]]]


def from_dict(given: Mapping[str, Any], problem: Problem | None) -> Restored:
    """Read what :func:`as_dict` wrote.

    Args:
        given: the dictionary.
        problem: of that name; the gallery's when left out.

    Returns:
        What it says; whether the values are allowed is for the widget to judge.

    Raises:
        ValueError: it is no such dictionary, or its problem is not known.
    """
    if given.get("gradwidget") != FORMAT or not isinstance(given.get("values"), Mapping):
        raise ValueError(
            "This is no dictionary of GradWidget.to_dict(), or one of a later version: it needs "
            f"'gradwidget': {FORMAT} and 'values'."
        )
    name = given.get("problem")
    if problem is None:
        known = gallery()
        if name not in known:
            raise ValueError(
                f"There is no problem {name!r} in the gallery: hand it over, as "
                f"from_dict(d, problem=...).{near_match(str(name), known)}"
            )
        problem = known[name]
    elif problem.name != name:
        raise ValueError(f"The dictionary is of the problem {name!r}, not of {problem.name!r}.")
    made, total = [], 0
    for segment in given.get("segments", ()):
        count = check_integer("count", segment["count"], 1, MOST_DRAWS)
        total = check_integer("the number of draws", total + count, 1, MOST_DRAWS)
        made.append((count, {key: segment["settings"][key] for key in _SEGMENT}))
    return Restored(problem, dict(given["values"]), made)


def _plain(value: Any) -> Any:
    """Lists instead of tuples and arrays; a mass that is the same everywhere as a number."""
    if isinstance(value, str) or value is None:
        return value
    array = np.asarray(value)
    return array.item() if array.size == 1 and array.ndim == 0 else array.tolist()
