"""What a problem is: a record of functions of x and of named parameters."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from inspect import Parameter as SignatureParameter
from inspect import Signature, signature
from typing import Any

import jax.numpy as jnp

from .._naming import near_match, one_of
from ._parameter import Parameter
from ._recipe import Recipe

SOLVERS = ("safeguarded", "bfgs")

Function = Callable[..., Any]

_BY_POSITION_OR_NAME = SignatureParameter.POSITIONAL_OR_KEYWORD


@dataclass(frozen=True, eq=False)
class Problem:
    """A function f(x) = ± min_y g(y, x) of x and parameters, with what is known about it.

    Or any differentiable function: then there is no inner problem, and what belongs to one is None.
    All functions are plain JAX: they can be traced, and compute in the precision of their
    arguments. Parameters are given by position, in the declared order, or by name; those left out
    take their start values; integers are cast. x is a scalar, or of shape (d,) where `dim` says
    so.

    **Attributes:**

    - `name`, `formula`: for display; the formula is that of g, as plain text.
    - `parameters`: the [`Parameter`][]s, in order.
    - `x`: the range and the start value of x, or of each of its components, as a [`Parameter`][].
    - `start`: where x starts, component by component, if that is not `x.value` for all.
    - `dim`: the number of components of x; None for a scalar, or for any number of components of
        which f is the sum.
    - `sign`: f is `sign` times the minimum.
    - `is_joint`: whether all components of y are solved together: `argmin` is then of y's own
        shape, and the other fields of `solve` are scalars.
    - `is_conjugate`: whether x enters g as -<x, y> only: df/dx is then y* itself.
    - `solver`: how the inner problem is solved, one of `solvers`.
    - `f(x, *params)`: the value, a scalar, and the argmin, of x's shape. With the solver
        `"bfgs"` this is the tutorial's function, with no derivative rule.
    - `f_with_gradient(x, *params)`: the value, with the derivative rule: differentiable to every
        order with respect to x and every parameter.
    - `true_f(x, *params)`: the value in closed form, or None.
    - `logdensity_fn(x, *params)`: a log density built on `f_with_gradient`, a scalar.
    - `true_logdensity_fn(x, *params)`: the same built on `true_f`, or None.
    - `scaled_logdensity_fn(x, gradient_scale, *params)`: the same log density with df/dx, not the
        whole gradient, multiplied by a number: what a sampler sees if the rule is wrong by that
        factor.
    - `inner(y, x, *params)`: g, the function minimised over y, or None.
    - `argmin(x, *params)`: y*, with the derivative rule, or None.
    - `solve(x, *params)`: the solver's [`Solution`][], or None.
    - `given(located, x, *params)`: `f_with_gradient` of arrays where the solver's answer is known,
        as [`Solution.located`][] gives it, so that nothing is solved; None unless `is_joint`.
    - `recipe`: what it was made from.
    - `description`, `source`: a paragraph on the problem, and where it comes from.
    """

    name: str
    formula: str
    parameters: tuple[Parameter, ...]
    recipe: Recipe
    x: Parameter
    dim: int | None
    solver: str
    f: Function
    f_with_gradient: Function
    true_f: Function | None
    logdensity_fn: Function
    true_logdensity_fn: Function | None
    scaled_logdensity_fn: Function
    inner: Function | None
    argmin: Function | None
    solve: Function | None
    given: Function | None
    _make: Callable[[str], "Problem"] = field(repr=False)
    _siblings: dict[str, "Problem"] = field(repr=False)
    sign: float = -1.0
    is_joint: bool = False
    is_conjugate: bool = False
    start: tuple[float, ...] | None = None
    description: str = ""
    source: str = ""
    # Compiled programs, kept by what is built on a problem, so that they live as long as it.
    programs: dict[Any, Any] = field(default_factory=dict, repr=False)

    @property
    def has_closed_form(self) -> bool:
        """Whether the value is known in closed form."""
        return self.true_f is not None

    @property
    def takes_vectors(self) -> bool:
        """Whether x may have components: `dim` of them, or any number where that is None."""
        return self.dim is not None or (self.inner is not None and not self.is_joint)

    @property
    def solvers(self) -> tuple[str, ...]:
        """The names that `with_solver` accepts."""
        return SOLVERS

    def with_solver(self, name: str) -> "Problem":
        """The same problem with its inner problem solved by `name`: always the same object.

        Without an inner problem it is this one.
        """
        one_of("solver", name, self.solvers)
        if self.inner is None:
            return self
        if name not in self._siblings:
            self._siblings[name] = self._make(name)
        return self._siblings[name]


def takes(
    parameters: Sequence[Parameter],
    function: Function,
    *,
    before: int = 1,
    x_at: int = 0,
    x_shape: tuple[int, ...] | None = None,
) -> Function:
    """`function(x, *arrays)`, called with parameters by position or by name and cast to floats.

    **Arguments:**

    - `parameters`: what follows the first `before` arguments.
    - `function`: called with arrays that all have the same floating dtype: the one to which JAX
        promotes the arguments, float32 or float64 for integers as the precision in force says.
    - `before`: the number of arguments, such as y and x, that come first.
    - `x_at`, `x_shape`: which of them is x, and what its shape must be, if that is known.
    """
    names = [parameter.name for parameter in parameters]

    def called(*args: Any, **named: Any) -> Any:
        given = bind(parameters, args[before:], named)
        arrays = [jnp.asarray(value) for value in (*args[:before], *given)]
        if x_shape is not None and arrays[x_at].shape != x_shape:
            wanted = f"of shape {x_shape}" if x_shape else "a number"
            raise ValueError(f"x must be {wanted}, not of shape {arrays[x_at].shape}.")
        dtype = jnp.result_type(*arrays, 1.0)
        return function(*(jnp.asarray(array, dtype) for array in arrays))

    called.__name__ = called.__qualname__ = function.__name__
    # For those who ask for the arguments' names, such as `help` and `check_gradient`.
    first = list(signature(function).parameters)[:before]
    called.__signature__ = Signature(  # type: ignore[attr-defined]
        [SignatureParameter(name, _BY_POSITION_OR_NAME) for name in (*first, *names)]
    )
    called.__doc__ = f"{function.__doc__ or ''}\n\nParameters: {', '.join(names) or 'none'}."
    return called


def bind(
    parameters: Sequence[Parameter], values: Sequence[Any], named: Mapping[str, Any]
) -> list[Any]:
    """One value for each parameter: by position, by name, or its start value.

    Raises `TypeError` for too many, for an unknown name (with the near match), or for one given
    twice.
    """
    names = [parameter.name for parameter in parameters]
    if len(values) > len(names):
        raise TypeError(
            f"{len(values)} parameters were given, but there are {len(names)}: "
            f"{', '.join(names) or 'none'}."
        )
    for name in named:
        if name not in names:
            raise TypeError(
                f"There is no parameter {name!r}, only {', '.join(names) or 'none'}."
                f"{near_match(name, names)}"
            )
        if name in names[: len(values)]:
            raise TypeError(f"The parameter {name!r} was given twice.")
    rest = [named.get(p.name, p.value) for p in parameters[len(values) :]]
    return [*values, *rest]
