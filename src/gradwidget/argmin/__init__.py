"""The point y* where an inner problem is smallest, and how it depends on what it is given."""

from ._bfgs import bfgs, vector_bfgs
from ._rule import Function, Minimum, minimum
from ._scalar import root_finder
from ._status import Solution, Status
from ._vector import vector_minimiser

__all__ = [
    "Function",
    "Minimum",
    "Solution",
    "Status",
    "bfgs",
    "minimum",
    "root_finder",
    "vector_bfgs",
    "vector_minimiser",
]
