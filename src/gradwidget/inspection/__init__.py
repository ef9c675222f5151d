"""What is true of a gradient: at a point, along a curve, over a map, and as a rule."""

from ._curve import inspect_curve, unit_direction
from ._headline import Headline, headline
from ._inspect import Inspection, inspect, inspect_map
from ._plane import Field, inspect_plane
from ._table import (
    CLOSED_FORM,
    GradientRow,
    forward_through_solver,
    gradient_table,
    measure_times,
)
from ._verdict import Verdict
from .check import CheckRow, GradientReport, Outcome, check_gradient

__all__ = [
    "CLOSED_FORM",
    "CheckRow",
    "Field",
    "GradientReport",
    "GradientRow",
    "Headline",
    "Inspection",
    "Outcome",
    "Verdict",
    "check_gradient",
    "forward_through_solver",
    "gradient_table",
    "headline",
    "inspect",
    "inspect_curve",
    "inspect_map",
    "inspect_plane",
    "measure_times",
    "unit_direction",
]
