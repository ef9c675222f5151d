"""How each JAX primitive is written as JavaScript: one small rule a primitive, by theme."""

from . import control, convert, elementwise, indexing, linalg, random, reductions, sorting, wide

# Imported for the rules that they register.
__all__ = [
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
