"""What is checked, and what was measured of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ._evidence import Comparison
from ._jobs import Budget, Jobs
from ._measure import Mode, Second
from ._programs import Subject
from ._report import CheckRow

Array = NDArray[np.float64]

MODES = ("forward", "reverse")
RTOL = {"float64": 1e-5, "float32": 1e-3}
SOLVER_RTOL = 1e-3
"""Up to here, a disagreement may come from an iteration that stops at its own tolerance."""


class Settings(NamedTuple):
    """What the user chose.

    Attributes:
        rtol, atol: The tolerances, None for the default.
        budget: How many points and directions.
        seed: The seed.
    """

    rtol: float | None
    atol: float | None
    budget: Budget
    seed: int

    def tolerance(self, dtype: str) -> float:
        """The relative error allowed."""
        return RTOL[dtype] if self.rtol is None else self.rtol

    def absolute(self, jobs: Jobs) -> Array:
        """(B,) the absolute error allowed, on the scale of each direction."""
        return (self.atol or 0.0) * np.asarray(np.max(np.abs(jobs.v), axis=1))


class Check(NamedTuple):
    """What is checked in one precision.

    Attributes:
        subject: The function.
        plain: The floating-point results of a plain call.
        reference: The function to compare with.
        residual: (n,) -> the largest element of the inner problem's residual.
        settings: What the user chose.
    """

    subject: Subject
    plain: list[Any]
    reference: Subject | None
    residual: Callable[[Any], Any] | None
    settings: Settings


@dataclass
class Measured:
    """What the check in float64 found, for the one in float32 to be held against."""

    check: Check
    points: Array
    jobs: Jobs
    second_jobs: Jobs
    values: Array
    modes: dict[str, Mode]
    comparisons: dict[str, Comparison | None]
    second: Second | None = None
    second_comparison: Comparison | None = None
    coarsely_wrong: Comparison | None = None
    rows: dict[tuple[str, str], CheckRow] = field(default_factory=dict)
