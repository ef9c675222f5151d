"""What is true of a gradient over a plane through a vector: the field of its errors."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..problems import Problem
from ._curve import inspect_along
from ._inspect import Inspection, checked, inspect_points
from ._verdict import severity


class Field(NamedTuple):
    """The gradient over a grid of two coordinates, the others held.

    **Attributes:** all of shape (m, n), in rows of the second coordinate:

    - `value`: f.
    - `rel_error`: |gradient - reference| / |reference| of the vectors, or the numerator where the
        reference is 0; without a closed form, of their components in the plane.
    - `verdict`: codes of [`Verdict`][].
    """

    value: NDArray[np.float64]
    rel_error: NDArray[np.float64]
    verdict: NDArray[np.int64]


def inspect_plane(
    problem: Problem,
    x: ArrayLike,
    coordinates: tuple[int, int],
    across: ArrayLike,
    up: ArrayLike,
    *params: float,
    together: int,
    solver: str | None = None,
    dtype: str = "float64",
    device: str = "cpu",
    rtol: float = 1e-3,
    atol: float | None = None,
    keep_going: Callable[[], bool] = lambda: True,
) -> Field | None:
    """[`inspect`][] over two coordinates of a vector.

    **Arguments:** as for [`inspect`][], and

    - `x`: of shape (d,): where the other coordinates are held.
    - `coordinates`: the numbers of the two.
    - `across`, `up`: their values, of shape (n,) and (m,).
    - `together`: points in one call of a compiled program. With that of a curve, nothing is
        compiled that the curve has not compiled.
    - `keep_going`: asked between the calls; False ends all of it.

    **Returns:** a [`Field`][], or None where it was ended.

    **Raises:** `ValueError`, saying what is allowed, for anything that is not valid.
    """
    problem, held, numbers = checked(problem, x, params, solver, dtype)
    first, second = np.asarray(across, float), np.asarray(up, float)
    points = np.repeat(held[None], len(first) * len(second), axis=0)
    points[:, coordinates[0]] = np.tile(first, len(second))
    points[:, coordinates[1]] = np.repeat(second, len(first))
    settings = (dtype, device, rtol, atol)
    # A closed form judges every component; differences only those that they are taken along.
    along = () if problem.has_closed_form else coordinates
    found = []
    for start in range(0, len(points), together):
        if not keep_going():
            return None
        part = points[start : start + together]
        padded = np.pad(part, ((0, together - len(part)), (0, 0)), mode="edge")
        said = [
            inspect_along(
                problem, padded, padded[:, k], np.eye(len(held))[k], numbers, *settings, True
            )
            for k in along
        ] or [inspect_points(problem, padded, numbers, *settings, False)]
        found.append([column[: len(part)] for column in judged_together(said)])
    shape = (len(second), len(first))
    return Field(*(np.concatenate(parts).reshape(shape) for parts in zip(*found, strict=True)))


def judged_together(said: Sequence[Inspection]) -> Field:
    """One inspection of all components, or those along single ones, in one; can be traced."""
    gradient, reference = (
        np.column_stack([getattr(each, name) for each in said]).astype(np.float64)
        for name in ("gradient", "reference_gradient")
    )
    verdicts = np.stack([each.verdict for each in said])
    worst = np.argmax(severity(verdicts), axis=0)[None]
    return Field(
        said[0].value.astype(np.float64),
        _relative(gradient - reference, reference),
        np.take_along_axis(verdicts, worst, 0)[0],
    )


def _relative(error: NDArray[np.float64], reference: NDArray[np.float64]) -> NDArray[np.float64]:
    """|error| / |reference| of vectors, or |error| where the reference is 0."""
    with np.errstate(all="ignore"):
        size = np.sqrt(np.sum(reference**2, axis=1))
        found: NDArray[np.float64] = np.sqrt(np.sum(error**2, axis=1)) / np.where(
            size == 0, 1.0, size
        )
    return found
