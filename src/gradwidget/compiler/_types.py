"""How values of each dtype are held in JavaScript.

| dtype | a scalar | an array |
|---|---|---|
| float64, float32 | a number | `Float64Array`, `Float32Array` |
| integers up to 32 bits | a number in the dtype's range | the typed array of the dtype |
| int64, uint64 | two int32 numbers: low and high word | `Int32Array`, words interleaved |
| bool | `true` or `false` | `Uint8Array` |
| PRNG key (threefry) | two uint32 numbers | `Uint32Array`, words interleaved |

64-bit integers are two words rather than a BigInt, which V8 keeps on the heap, so that a loop
counter costs as little as an int32. The words lie in memory as the 64-bit number does, so that a
bitcast is another view of the same bytes.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import jax
import numpy as np


@dataclass(frozen=True)
class Kind:
    """How elements of one dtype are held.

    **Attributes:**

    - `name`: the dtype's name, or `"key"`.
    - `array`: the typed array's constructor.
    - `bits`: the width of the number; 1 for bool.
    - `width`: the number of JavaScript numbers that an element consists of.
    - `group`: `"float"`, `"signed"`, `"unsigned"`, `"bool"` or `"key"`.
    """

    name: str
    array: str
    bits: int
    group: str
    width: int = 1

    @property
    def is_wide(self) -> bool:
        """Whether this is a 64-bit integer, held as two words."""
        return self.width == 2 and self.group != "key"

    @property
    def is_integer(self) -> bool:
        return self.group in ("signed", "unsigned")

    @property
    def dtype(self) -> np.dtype[Any]:
        return np.dtype(self.name)

    @property
    def range(self) -> tuple[int, int]:
        """The smallest and the largest integer."""
        info = np.iinfo(self.dtype)
        return int(info.min), int(info.max)


KINDS = {
    kind.name: kind
    for kind in (
        Kind("float64", "Float64Array", 64, "float"),
        Kind("float32", "Float32Array", 32, "float"),
        Kind("int8", "Int8Array", 8, "signed"),
        Kind("int16", "Int16Array", 16, "signed"),
        Kind("int32", "Int32Array", 32, "signed"),
        Kind("int64", "Int32Array", 64, "signed", 2),
        Kind("uint8", "Uint8Array", 8, "unsigned"),
        Kind("uint16", "Uint16Array", 16, "unsigned"),
        Kind("uint32", "Uint32Array", 32, "unsigned"),
        Kind("uint64", "Int32Array", 64, "unsigned", 2),
        Kind("bool", "Uint8Array", 1, "bool"),
        Kind("key", "Uint32Array", 64, "key", 2),
    )
}


@dataclass(frozen=True)
class Type:
    """The kind and the shape of an array."""

    kind: Kind
    shape: tuple[int, ...]

    @property
    def size(self) -> int:
        return math.prod(self.shape)

    def __str__(self) -> str:
        return f"{self.kind.name}[{','.join(map(str, self.shape))}]"


def kind_of(dtype: Any) -> Kind | None:
    """The kind of a JAX dtype, or `None` where JavaScript code cannot hold it."""
    if jax.numpy.issubdtype(dtype, jax.dtypes.prng_key):
        words = jax.eval_shape(jax.random.key_data, jax.ShapeDtypeStruct((), dtype)).shape
        return KINDS["key"] if words == (2,) else None
    return KINDS.get(np.dtype(dtype).name)
