"""A traced JAX computation as JavaScript that needs nothing else: `to_javascript`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ._errors import UnsupportedPrimitiveError
from ._module import module_text
from ._numpy import traceable
from ._table import primitives_table, supported_primitives
from ._trace import Traced, trace
from ._words import UntranslatableError, words_text

__all__ = [
    "Traced",
    "UnsupportedPrimitiveError",
    "UntranslatableError",
    "module_text",
    "primitives_table",
    "supported_primitives",
    "to_javascript",
    "trace",
    "traceable",
    "words_text",
]


def to_javascript(fun: Callable[..., Any], *example_args: Any, name: str = "fun") -> str:
    """The text of an ES module that exports a JAX function as a JavaScript function.

    The function is traced once, as `jax.jit` would trace it; the jaxpr, with all that it does
    (solvers, loops, derivative rules, random numbers), is translated. The module is plain code: it
    imports nothing, keeps no state, and runs under a Content-Security-Policy without `unsafe-eval`.

    **Arguments:**

    - `fun`: any function that JAX can trace, of arrays, numbers, and containers of them.
    - `example_args`: arguments whose shapes and dtypes those of the exported function are; their
        values do not matter. Python numbers are of JAX's default precision: call this inside
        `jax.enable_x64(True)` for float64.
    - `name`: what the exported function is called.

    **Returns:** the module's text. Its function takes and returns, in JavaScript:

    - a scalar as a number, or as true or false; a 64-bit integer beyond 2^53 as a BigInt;
    - an array as nested arrays of its shape (a typed array may be given for the innermost level);
    - a PRNG key as its two words, `[number, number]`;
    - tuples and lists as arrays; dicts and NamedTuples as objects; `None` as `null`.

    An argument of another shape or type throws a `TypeError` that says what was expected.

    **Raises:**

    - [`UnsupportedPrimitiveError`][]: the function uses a primitive, or a dtype, that has no
        translation; it names the line that does.
    - `ValueError`: `name` cannot be the name of a JavaScript function.

    ```python
    with jax.enable_x64(True):
        text = to_javascript(jax.value_and_grad(lambda x: jnp.sin(x) ** 2), 0.5, name="f")
    # import { f } from "./module.mjs";  f(0.5)  ->  [0.22984884706593015, 0.8414709848078965]
    ```
    """
    return module_text({name: trace(fun, example_args)})
