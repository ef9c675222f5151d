"""Where and in which precision a computation runs, without touching JAX's global configuration."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

import jax

from ._naming import one_of

Dtype = Literal["float64", "float32"]

DTYPES: tuple[Dtype, ...] = ("float64", "float32")


@contextmanager
def computing(dtype: str = "float64", device: str = "cpu") -> Iterator[None]:
    """Everything inside runs in `dtype` on the first device of the platform `device`.

    Both settings belong to the calling thread and end with the block, so that any thread may
    compute in any precision whatever the user's own `jax_enable_x64` says.

    **Arguments:**

    - `dtype`: `"float64"` or `"float32"`.
    - `device`: a JAX platform, such as `"cpu"`.

    **Raises:** `ValueError` for another dtype, or for a platform that JAX does not find.
    """
    one_of("dtype", dtype, DTYPES)
    try:
        first = jax.devices(device)[0]
    except RuntimeError as error:
        raise ValueError(f"JAX finds no device for the platform {device!r}: {error}") from error
    with jax.enable_x64(dtype == "float64"), jax.default_device(first):
        yield
