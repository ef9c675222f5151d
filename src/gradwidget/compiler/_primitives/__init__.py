"""How each JAX primitive is written as JavaScript: one small rule a primitive, by theme."""

from . import (
    composed,
    control,
    convert,
    elementwise,
    indexing,
    linalg,
    random,
    reductions,
    sorting,
    wide,
)

EXPANSIONS = composed.EXPANSIONS | random.EXPANSIONS
"""Primitives that are programs of others: what makes the JAX function that each stands for."""

# Modules are imported for the rules that they register.
__all__ = [
    "EXPANSIONS",
    "composed",
    "control",
    "convert",
    "elementwise",
    "indexing",
    "linalg",
    "random",
    "reductions",
    "sorting",
    "wide",
]
