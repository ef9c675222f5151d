"""What is said of functions that JAX cannot trace or differentiate, with the line."""

from __future__ import annotations

import inspect
import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gradwidget.problems import UserFunctionError, conjugate, envelope, from_function

KEPT: list[jax.Array] = []


def branches(y):
    if y > 0:  # the line
        return y**2
    return -y


def with_numpy(y):
    return np.sin(y)  # the line


def with_math(y):
    return math.cosh(y)  # the line


def sized(y):
    return jnp.sum(jnp.arange(y.astype(int)))  # the line


def broken(y):
    table = {"a": 1.0}
    return y * table["b"]  # the line


def leaky(y):
    KEPT.append(jnp.sin(y))
    return y**2


def of_unknown_length(y):
    return jax.lax.while_loop(lambda v: v > 1, lambda v: v / 2, y)


def number_of_line(function):
    lines, first = inspect.getsourcelines(function)
    return first + next((i for i, line in enumerate(lines) if "# the line" in line), 0)


@pytest.mark.parametrize(
    ("function", "sentence"),
    [
        (branches, "branches on a value that is not known yet"),
        (with_numpy, "Use the same function of jax.numpy"),
        (with_math, "functions of Python's math do"),
        (sized, "needs a shape or an index|needs the number behind a traced value"),
        (broken, "raised KeyError"),
        (leaky, "leaks a tracer"),
        (of_unknown_length, "cannot be differentiated by JAX.*by jax.custom_jvp"),
        (lambda y: jnp.stack([y, y]), r"returns an array of shape \(2,\): sum over"),
        (lambda y: None, "returns nothing"),
        (lambda y: (y, y), "returns a tuple of 2 arrays"),
        (lambda y: jnp.asarray(1), "returns int.., which has no derivative"),
        (lambda y: "y", "must return a number"),
    ],
)
@pytest.mark.parametrize("make", [conjugate, from_function])
def test_a_sentence_and_the_line(function, sentence, make):
    with pytest.raises(UserFunctionError, match=sentence) as caught:
        make(function)
    KEPT.clear()
    assert caught.value.line.startswith(f"{__file__}:{number_of_line(function)}")


def test_errors_of_later_shapes_and_of_further_functions_are_told_too():
    with pytest.raises(UserFunctionError, match="give `dim`"):
        from_function(lambda x: x[0] ** 2 + x[1] ** 2)
    assert from_function(lambda x: x[0] ** 2 + x[1] ** 2, dim=2).dim == 2
    with pytest.raises(UserFunctionError, match=r"closed_form must map .* returns an array"):
        conjugate(jnp.cosh, closed_form=lambda x: jnp.stack([x, x]))
    with pytest.raises(UserFunctionError, match="logdensity raised ZeroDivisionError"):
        from_function(lambda x: x**2, logdensity=lambda x, value: value / 0 if 1 // 0 else value)
    elementwise = from_function(lambda x: jnp.sum(x) if jnp.ndim(x) == 0 else x["a"])
    with pytest.raises(ValueError, match="x must be a number"):
        elementwise.f(np.zeros(2))
    with pytest.raises(UserFunctionError, match="g raised TypeError"):
        envelope(lambda y, x: y + x + "a")


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: envelope(lambda y, x: y * x, sign=2), "sign must be"),
        (lambda: envelope(lambda y, x: y * x, dim=0), "dim must be"),
        (lambda: envelope(lambda y, x: y * x, start="here"), "start must be"),
        (lambda: conjugate(lambda y: jnp.sum(y), elementwise=False, dim=True), "dim must be"),
        (lambda: conjugate(jnp.cosh, x=["a", "b"]), "x needs a range"),
        (
            lambda: conjugate(lambda y: jnp.sum(y**2), elementwise=False, start=[0.0]),
            "start must be",
        ),
    ],
)
def test_what_is_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()
