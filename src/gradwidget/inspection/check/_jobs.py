"""Where and in which directions a function is differentiated."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ._arguments import Arguments
from ._programs import Program

Array = NDArray[np.float64]

_MOST_COORDINATES = 64
"""Arguments with more elements are checked along random directions."""
_DIRECTIONS = 16
_RADII = (0.1, 0.01, 0.001)


class Budget(NamedTuple):
    """How much is affordable.

    Attributes:
        num_points: Random points around the given one.
        num_coordinates: The most elements of an argument that are moved one by one.
        num_directions: Random directions at the point for larger arguments.
    """

    num_points: int
    num_coordinates: int = _MOST_COORDINATES
    num_directions: int = _DIRECTIONS

    def in_python(self) -> Budget:
        """What is affordable if the function does not compile."""
        return Budget(min(self.num_points, 2), 8, 8)


class Jobs(NamedTuple):
    """Directional derivatives to take.

    Attributes:
        z: (B, n) the points.
        v: (B, n) the directions, on the scale of what they move.
        argument: (B,) the argument that each direction moves.
        point: (B,) the number of the point; 0 is the given one.
        w: (B, n) the second direction, for second derivatives; else empty.
    """

    z: Array
    v: Array
    argument: NDArray[np.intp]
    point: NDArray[np.intp]
    w: Array

    def of(self, mask: NDArray[np.bool_]) -> Jobs:
        """Some of the jobs."""
        return Jobs._make(column[mask] if len(column) else column for column in self)


def draw_points(
    arguments: Arguments, program: Program, num_points: int, rng: np.random.Generator
) -> Array:
    """The given point and random ones around it at which the function has a value.

    Each number moves by up to 10 % of its size, or by less where that leaves the domain. The
    random points are float32 numbers, so that both precisions can be compared at them.

    Returns:
        (1 + P, n) with P <= num_points.
    """
    z = arguments.z
    offsets = rng.uniform(-1.0, 1.0, (num_points, len(z)))
    for leaf in arguments.leaves:
        if leaf.is_symmetric:
            matrix = offsets[:, leaf.start : leaf.stop].reshape(num_points, *leaf.shape)
            matrix = (matrix + np.swapaxes(matrix, -1, -2)) / 2
            offsets[:, leaf.start : leaf.stop] = matrix.reshape(num_points, -1)
    chosen: list[Array | None] = [None] * num_points
    for radius in _RADII:
        missing = [i for i, point in enumerate(chosen) if point is None]
        if not missing:
            break
        moved = z + radius * arguments.scale * offsets[missing]
        moved = moved.astype(np.float32).astype(np.float64)
        values = program(moved)
        for i, point, value in zip(missing, moved, values, strict=True):
            if np.all(np.isfinite(value)):
                chosen[i] = point
    return np.stack([z, *(point for point in chosen if point is not None)])


def draw_jobs(
    arguments: Arguments, points: Array, budget: Budget, rng: np.random.Generator
) -> Jobs:
    """First derivatives: all elements at the given point, random directions at the others."""
    z, v, argument, number = [], [], [], []
    for index in range(len(arguments.names)):
        span = arguments.span(index)
        size = span.stop - span.start
        for i, point in enumerate(points):
            if i == 0 and size <= budget.num_coordinates:
                directions = np.zeros((size, len(point)))
                directions[:, span] = np.diag(arguments.scale[span])
            else:
                count = budget.num_directions if i == 0 else min(size, 2)
                directions = _random_directions(arguments, span, count, rng)
            z += [point] * len(directions)
            v += list(directions)
            argument += [index] * len(directions)
            number += [i] * len(directions)
    return Jobs(np.stack(z), np.stack(v), np.array(argument), np.array(number), np.zeros((0, 0)))


def draw_second_jobs(arguments: Arguments, points: Array, rng: np.random.Generator) -> Jobs:
    """Second derivatives: at every point, within each argument and mixed with the others."""
    z, v, w, argument, number = [], [], [], [], []
    whole = slice(0, len(arguments.z))
    for index in range(len(arguments.names)):
        span = arguments.span(index)
        for i, point in enumerate(points):
            partners = [_random_directions(arguments, span, 1, rng)[0]]
            others = _random_directions(arguments, whole, 1, rng)[0]
            others[span] = 0.0
            if np.any(others):
                partners.append(others)
            for partner in partners:
                z.append(point)
                v.append(_random_directions(arguments, span, 1, rng)[0])
                w.append(partner)
                argument.append(index)
                number.append(i)
    return Jobs(np.stack(z), np.stack(v), np.array(argument), np.array(number), np.stack(w))


def _random_directions(
    arguments: Arguments, span: slice, count: int, rng: np.random.Generator
) -> Array:
    directions = np.zeros((count, len(arguments.z)))
    normal = rng.standard_normal((count, span.stop - span.start))
    normal /= np.max(np.abs(normal), axis=1, keepdims=True)
    directions[:, span] = np.abs(normal) if normal.shape[1] == 1 else normal
    return directions * arguments.scale
