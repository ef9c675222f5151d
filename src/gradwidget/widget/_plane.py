"""The plane of two coordinates of a vector x: what is computed over it, and told of it.

It comes in two parts, each of which takes its time and is ended when other inputs have overtaken
it: the field of the gradient's errors, over the range of x; and the density that the sampler's
draws should follow, over where it lives.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..inspection import Field, inspect_plane
from ..sampling import (
    Marginals,
    Slice,
    Transition,
    exact_marginals,
    on_plane,
    slice_of,
    visible_box,
)
from ._session import Inputs, Session

Floats = NDArray[np.float64]
KeepGoing = Callable[[], bool]

#: Points of the field along each axis, by the share of the curves' points that is computed.
FIELD_POINTS = {1: 61, 4: 31, 16: 9}
#: Around the point there is so much room, as a share of the length of the range.
ROOM = 0.1
#: What is beyond the range of the marginals, as a share of it.
MARGIN = 0.05
#: Marginals are refined for so many seconds at most...
PATIENCE = 10.0
#: ... and are not told where their estimated error is larger than this.
WORST_ERROR = 0.1


class FieldOfErrors(NamedTuple):
    """Both axes, `(n,)` each, and the gradient over them."""

    across: Floats
    up: Floats
    found: Field


class PlaneDensity(NamedTuple):
    """The log density over the plane, and its exact marginals where there are only two."""

    slice: Slice
    marginals: Marginals | None


def field(session: Session, inputs: Inputs, keep_going: KeepGoing) -> FieldOfErrors | None:
    """The field of errors over the range of x, widened to hold the point of inspection.

    Args:
        session: knows the problem.
        inputs: what the user has set.
        keep_going: False ends it.

    Returns:
        The field, or None where it was ended.
    """
    plane, x = _plane(inputs), np.asarray(session.position(inputs))
    count = FIELD_POINTS[session.share(inputs)]
    across, up = (np.linspace(*_reach(session, float(x[k])), count) for k in plane)
    found = inspect_plane(
        session.problem,
        x,
        plane,
        across,
        up,
        *inputs.params,
        together=session.curve_size(inputs),
        keep_going=keep_going,
        **inputs.precision,
    )
    return None if found is None else FieldOfErrors(across, up, found)


def density(session: Session, inputs: Inputs, keep_going: KeepGoing) -> PlaneDensity | None:
    """The density over the plane, of the right solver's log density, in float64.

    Args:
        session: knows the problem.
        inputs: what the user has set.
        keep_going: False ends it.

    Returns:
        It, or None where it was ended.
    """
    plane, x = _plane(inputs), np.asarray(session.position(inputs))
    right = session.problem.with_solver("safeguarded")
    logdensity = on_plane(right.logdensity_fn, inputs.params, x, plane, device=inputs.device)
    start = np.broadcast_to(inputs.initial_position, x.shape)[list(plane)]
    deadline = time.monotonic() + PATIENCE
    marginals = None
    try:
        if len(x) == 2:
            marginals = exact_marginals(
                logdensity, start, lambda: keep_going() and time.monotonic() < deadline
            )
            if marginals.error > WORST_ERROR:
                marginals = None
        box = marginals.x[:, [0, -1]].T if marginals is not None else visible_box(logdensity, start)
    except ValueError:  # it cannot be normalised: there is still something to see
        box = np.array([_reach(session, float(each)) for each in start]).T
    if not keep_going():
        return None
    box = np.stack([np.minimum(box[0], start), np.maximum(box[1], start)])
    box += np.array([[-MARGIN], [MARGIN]]) * np.ptp(box, axis=0)
    return PlaneDensity(slice_of(logdensity, box), marginals)


def _plane(inputs: Inputs) -> tuple[int, int]:
    assert inputs.plane is not None
    return inputs.plane


def _reach(session: Session, value: float) -> tuple[float, float]:
    """The range of a coordinate, widened to hold a value."""
    x = session.problem.x
    room = ROOM * (x.max - x.min)
    return min(x.min, value - room), max(x.max, value + room)


# -- as arrays of a frame ---------------------------------------------------------------------

Arrays = dict[str, ArrayLike]


def arrows(session: Session, inputs: Inputs) -> Arrays:
    """The gradient and its reference at the point, in the plane.

    Args:
        session: inspects.
        inputs: what the user has set.

    Returns:
        Arrays of two numbers by name; none for an x without a plane.
    """
    if inputs.plane is None:
        return {}
    found, plane = session.inspect(inputs), list(inputs.plane)
    return {
        "arrows.gradient": np.asarray(found.gradient)[plane],
        "arrows.reference": np.asarray(found.reference_gradient)[plane],
    }


def draws(inputs: Inputs, samples: Any, moments: Mapping[str, Any]) -> Arrays:
    """The draws in the plane, and their moments there.

    Args:
        inputs: what the user has set.
        samples: of shape (chains, draws, d).
        moments: `mean` and `sd` of shape (d,), or None.

    Returns:
        Arrays by name; the draws of each chain one coordinate after the other.
    """
    if inputs.plane is None:
        return {}
    plane = list(inputs.plane)
    unknown = np.full(2, math.nan)
    return {
        "plane.draws": np.moveaxis(samples[..., plane], -1, 1),
        **{
            f"plane.{name}": unknown if values is None else np.asarray(values)[plane]
            for name, values in moments.items()
        },
    }


def path(prefix: str, inputs: Inputs, transition: Transition | None) -> Arrays:
    """A transition's path in the plane, one coordinate after the other.

    Args:
        prefix: of the array's name.
        inputs: what the user has set.
        transition: in all coordinates.

    Returns:
        An array by name.
    """
    if inputs.plane is None or transition is None:
        return {}
    return {f"{prefix}.plane": transition.last_step.path_position[:, list(inputs.plane)].T}


def field_arrays(found: FieldOfErrors) -> Arrays:
    """The field's arrays by name."""
    names = {"across": found.across, "up": found.up, **found.found._asdict()}
    return {f"field.{name}": array for name, array in names.items()}


def density_arrays(found: PlaneDensity) -> Arrays:
    """The density's arrays by name; those of the marginals where these are known."""
    arrays: Arrays = {f"slice.{name}": array for name, array in found.slice._asdict().items()}
    if found.marginals is not None:
        names = found.marginals._asdict()
        arrays |= {f"marginals.{name}": names[name] for name in ("x", "density", "mean", "sd")}
        arrays["marginals.error"] = [found.marginals.error]
    return arrays
