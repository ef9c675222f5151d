"""What counts as a number: NumPy's and JAX's do; text and truth values do not."""

import numpy as np
from numpy.typing import NDArray


def as_number(value: object) -> float | None:
    """`value` as a float if it is one real number (an array of shape () counts), else None."""
    array = as_numbers(value)
    return None if array is None or array.shape != () else float(array)


def as_numbers(value: object) -> NDArray[np.float64] | None:
    """`value` as a fresh float64 array if it consists of real numbers, else None."""
    try:
        array = np.asarray(value)
    except (TypeError, ValueError):
        return None
    return array.astype(np.float64) if array.dtype.kind in "fiu" else None
