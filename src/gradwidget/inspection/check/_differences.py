"""Finite differences that know how far they can be trusted.

Central differences over geometric steps, extrapolated in the manner of Ridders (*Accurate
computation of F'(x) and F'(x) F''(x)*, Advances in Engineering Software 4, 1982). Three things
are added, since an estimate used to accuse somebody must not be wrong about its own error: the
noise of the function is measured instead of assumed, every step smaller than those chosen has to
agree, and a slope that differs from left to right is recognised as a kink.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

_RATIO = 4.0
_LEVELS = 13
STEPS: Array = 0.1 * _RATIO ** -np.arange(_LEVELS, dtype=np.float64)
"""The steps (L,), relative to the scale of what is moved; the largest first."""

SHIFTS: Array = np.concatenate([np.zeros(1), STEPS, -STEPS])
"""Where the function has to be known: (2 L + 1,)."""


class Derivative(NamedTuple):
    """Directional derivatives, each with its error.

    Attributes:
        value: The derivative, any shape.
        error: What its error is estimated to be, same shape; infinite where too few neighbouring
            steps gave finite values, or the point itself is a kink.
        variation: The mean slope over the largest step with finite values, same shape: what the
            derivative would be if the function had only one scale.
        is_kink: Whether the slopes to the left and to the right of the point differ, same shape.
    """

    value: Array
    error: Array
    variation: Array
    is_kink: NDArray[np.bool_]


def differentiate(values: Array, eps: float, levels: int = _LEVELS) -> Derivative:
    """Derivatives at 0 of functions known at `SHIFTS`.

    Args:
        values: (jobs, 2 L + 1, ...) the functions' values at `SHIFTS`; NaN where undefined.
        eps: The relative rounding error of the values.
        levels: How many of the steps to look at, the largest first.

    Returns:
        A `Derivative` whose arrays have shape (jobs, ...).
    """
    with np.errstate(all="ignore"):
        values = np.moveaxis(np.where(np.isfinite(values), values, np.nan), 1, 0)
        centre = values[0]
        right, left = values[1:][:levels], values[_LEVELS + 1 :][:levels]
        steps = STEPS[:levels].reshape((-1,) + (1,) * centre.ndim)

        columns = [(right - left) / (2 * steps)]
        for k in range(1, 4):
            factor = _RATIO ** (2 * k)
            previous = columns[-1]
            columns.append((factor * previous[1:] - previous[:-1]) / (factor - 1))

        # The steps of the first column are the finest, so what its last entries scatter by is
        # noise: truncation is of order h^4 there.
        first = columns[1]
        scatter = (np.abs(first[1:] - first[:-1]) * steps[2:])[-3:]
        size = np.max(np.abs(np.nan_to_num(values)), axis=0)
        rounding = eps * (4 * size + np.abs(np.nan_to_num(columns[0][-1])))
        noise = rounding + np.nan_to_num(np.max(scatter, axis=0), nan=0.0)
        usual_noise = rounding + np.nan_to_num(np.median(scatter, axis=0), nan=0.0)

        kink = _finest_kink(right - centre, centre - left, rounding)
        estimates, errors, starts = [], [], []
        for k in range(1, 4):
            column, previous = columns[k], columns[k - 1]
            # An extrapolation errs by no more than it moved its two ingredients.
            moved = np.maximum(np.abs(column - previous[1:]), np.abs(column - previous[:-1]))
            estimates.append(column)
            errors.append(moved + noise / steps[k:])
            starts.append(np.arange(len(column)))
        estimate, error = np.concatenate(estimates), np.concatenate(errors)
        start = np.concatenate(starts).reshape((-1,) + (1,) * centre.ndim)
        # What was computed across a kink says nothing about the slope on this side of it.
        is_beyond = start > kink
        error = np.where(np.isfinite(error) & is_beyond, error, np.inf)
        best = np.argmin(error, axis=0)
        chosen = np.take_along_axis(estimate, best[None], 0)[0]
        chosen_error = np.take_along_axis(error, best[None], 0)[0]
        chosen_start = np.take_along_axis(start, best[None], 0)[0]

        # Nearer to the point, nothing may contradict the estimate by more than the noise.
        slack = 3 * (usual_noise / steps[1:]) + np.abs(first - columns[0][1:])
        excess = np.abs(first - chosen) - slack
        is_finer = np.arange(len(first)).reshape((-1,) + (1,) * centre.ndim) >= chosen_start
        excess = np.max(np.nan_to_num(np.where(is_finer, excess, 0.0)), axis=0)
        chosen_error = np.maximum(chosen_error, np.maximum(excess, 0.0))

        slope = np.maximum(np.abs(right - centre), np.abs(centre - left)) / steps
        widest = np.argmax(np.isfinite(slope), axis=0)
        variation = np.take_along_axis(np.nan_to_num(slope), widest[None], 0)[0]

        is_quantised = _is_on_a_grid(right - centre, left - centre, rounding)
        is_known = ~is_quantised & np.isfinite(chosen_error) & np.isfinite(chosen)
        return Derivative(
            value=np.where(np.isfinite(chosen), chosen, np.nan),
            error=np.where(is_known, chosen_error, np.inf),
            variation=variation,
            is_kink=~is_known & (kink >= 0),
        )


def _finest_kink(ahead: Array, behind: Array, rounding: Array) -> NDArray[np.intp]:
    """The finest level (...) at which the slope still differs from left to right; -1 for none.

    With the step, a smooth function's bend shrinks; that of a kink stays, that of a cusp grows,
    each with the same sign; that of noise grows as fast as the step shrinks, with any sign.
    """
    steps = STEPS[: len(ahead)].reshape((-1,) + (1,) * (ahead.ndim - 1))
    bend = (ahead - behind) / steps
    change = bend[:-1] / bend[1:]
    stays = (change > 0.3) & (change < 2.0)
    is_kink = stays[:-2] & stays[1:-1] & stays[2:] & (np.abs(bend[3:]) > 10 * rounding / steps[3:])
    levels = np.arange(3, len(ahead)).reshape((-1,) + (1,) * (ahead.ndim - 1))
    finest: NDArray[np.intp] = np.max(np.where(is_kink, levels, -1), axis=0)
    return finest


def _is_on_a_grid(right: Array, left: Array, rounding: Array) -> NDArray[np.bool_]:
    """Whether the values are rounded to a grid of which the finest steps see a single cell.

    They are constant close by, move on both sides farther away, and never by as little as the
    rounding error, as a flat minimum's would.
    """
    moves = np.nan_to_num(np.stack([np.abs(right), np.abs(left)]))
    smallest = np.min(np.where(moves > 0, moves, np.inf), axis=(0, 1))
    is_moving = np.all(moves > 0, axis=0)
    is_constant = np.all(moves[:, -1] == 0, axis=0) & ~np.any(is_moving[-3:], axis=0)
    is_quantised: NDArray[np.bool_] = (
        is_constant & np.any(is_moving, axis=0) & (smallest > 25 * rounding)
    )
    return is_quantised
