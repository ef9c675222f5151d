"""The scalar solver on further convex h, each against its slope in high precision by mpmath."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import mpmath as mp
import numpy as np
import pytest

from gradwidget._context import computing
from gradwidget.argmin import Status, root_finder

DTYPES = ("float64", "float32")
mp.mp.dps = 50
INF = math.inf
SIZES = (1e-6, 1e-4, 1e-2, 0.1, 0.31415, 0.9, 1.0, 1.1, 2.0, 5.0, 10.0, 30.0, 100.0)
XS = (0.0, *(sign * size for size in SIZES for sign in (1, -1)))


class Case(NamedTuple):
    """h for JAX; its slope for mpmath, from a convex h's kinks, domain and range of slopes."""

    h: Callable[..., Any]
    slope: Callable[..., Any]
    domain: tuple[float, float] = (-INF, INF)
    kinks: tuple[float, ...] = ()
    slopes: tuple[float, float] = (-INF, INF)  # the ends, which no finite y reaches, or a ray does


def huber(y):
    return jnp.where(jnp.abs(y) <= 1, y**2 / 2, jnp.abs(y) - 0.5)


def steps(y):
    return -2 if y < 0 else mp.mpf(1) / 2 if y < 1.6 else 3


def sign_power(y, a):
    return mp.sign(y) * abs(y) ** a


CASES = {
    "cosh": Case(jnp.cosh, mp.sinh),
    "exp": Case(jnp.exp, mp.exp, slopes=(0.0, INF)),
    "y log y": Case(lambda y: y * jnp.log(y), lambda y: mp.log(y) + 1, (0.0, INF)),
    "barrier": Case(lambda y: -jnp.log(1 - y**2), lambda y: 2 * y / (1 - y**2), (-1.0, 1.0)),
    "pseudo-Huber": Case(
        lambda y: jnp.sqrt(1 + y**2) - 1, lambda y: y / mp.sqrt(1 + y**2), slopes=(-1.0, 1.0)
    ),
    "Huber": Case(huber, lambda y: max(-1, min(1, y)), slopes=(-1.0, 1.0)),
    "log 2cosh": Case(lambda y: jnp.log(2 * jnp.cosh(y)), mp.tanh, slopes=(-1.0, 1.0)),
    "softplus plus quadratic": Case(
        lambda y: jax.nn.softplus(y) + y**2 / 2, lambda y: 1 / (1 + mp.exp(-y)) + y
    ),
    "|y| plus quadratic": Case(
        lambda y: jnp.abs(y) + y**2 / 2, lambda y: mp.sign(y) + y, kinks=(0.0,)
    ),
    "elastic net": Case(
        lambda y: 0.3 * jnp.abs(y) + 2 * y**2,
        lambda y: mp.mpf(0.3) * mp.sign(y) + 4 * y,
        kinks=(0.0,),
    ),
    "steep quadratic": Case(lambda y: 1e8 * y**2 / 2, lambda y: 10**8 * y),
    "flat quadratic": Case(lambda y: 1e-8 * y**2 / 2, lambda y: mp.mpf(1e-8) * y),
    "offset quadratic": Case(lambda y: (y - 1e6) ** 2 / 2, lambda y: y - 10**6),
    "piecewise linear": Case(
        lambda y: jnp.maximum(jnp.maximum(-2 * y, 0.5 * y), 3 * y - 4),
        steps,
        kinks=(0.0, 1.6),
        slopes=(-2.0, 3.0),
    ),
    "sum of powers": Case(
        lambda y: jnp.abs(y) ** 1.5 / 1.5 + y**4 / 4, lambda y: sign_power(y, 0.5) + y**3
    ),
}


def expected(case: Case, x: float, dtype: str) -> set[str]:
    """What the solver may say at x, by theory."""
    lower, upper = case.slopes
    if not lower <= x <= upper:
        return {"UNBOUNDED"}
    if x in (lower, upper):
        return {"AT_INFINITY"}
    for kink in case.kinks:
        below, above = (case.slope(mp.mpf(kink) + side * mp.mpf("1e-20")) for side in (-1, 1))
        if any(math.isclose(x, float(end)) for end in (below, above)):
            return {"KINK", "CONVERGED"}
        if below < x < above:
            return {"KINK"}
    if dtype == "float32" and case is CASES["y log y"] and abs(x) == 100:
        return {"OVERFLOW", "UNDERFLOW"}
    return {"CONVERGED"}


def is_right(case: Case, x: float, y: float, eps: float) -> bool:
    """Whether y is within 0.1 % of where the slope is x to rounding, asked of it on both sides."""
    room = abs(mp.mpf(y)) * mp.mpf(1e-3) + mp.mpf("1e-40")
    low, high = mp.mpf(y) - room, mp.mpf(y) + room
    lower, upper = case.domain
    below = case.slope(low) if low > lower else -mp.inf
    above = case.slope(high) if high < upper else mp.inf
    rounding = 4 * eps * abs(x)
    return below - rounding <= x <= above + rounding


@pytest.mark.parametrize("dtype", DTYPES)
def test_no_wrong_answer_is_reported_as_right(dtype):
    num_right, wrong, said_wrong, eps = 0, [], [], float(np.finfo(dtype).eps)
    for name, case in CASES.items():
        with computing(dtype):
            solve = jax.jit(jax.vmap(root_finder(case.h, case.domain)))
            found = jax.device_get(solve(jnp.asarray(XS, dtype)))
        for x, y, code in zip(np.asarray(XS, dtype), found.argmin, found.status, strict=True):
            status = Status(code).name
            if status not in expected(case, float(x), dtype):
                said_wrong.append((name, float(x), status))
            if status == "UNBOUNDED":
                assert y == math.copysign(INF, x), (name, x)
            elif status in ("CONVERGED", "KINK"):
                is_wrong = not is_right(case, float(x), float(y), eps)
                num_right += not is_wrong
                wrong += [(name, float(x), float(y))] * is_wrong
    assert not said_wrong
    if dtype == "float64":
        assert not wrong
    assert len(wrong) <= 0.01 * len(CASES) * len(XS), wrong
    assert num_right >= 290


def test_the_end_of_the_slopes_is_attained_only_at_infinity():
    assert "only at infinity" in str(Status.AT_INFINITY)
    with computing("float64"):
        found = jax.jit(root_finder(jnp.exp))(0.0)
        assert found.status == Status.AT_INFINITY
        # Where h is flat in between, its minimum is attained all along, but not out to infinity.
        steps = jax.jit(root_finder(CASES["piecewise linear"].h))(0.5)
        assert steps.status == Status.CONVERGED
        assert 0 <= steps.argmin <= 1.6
