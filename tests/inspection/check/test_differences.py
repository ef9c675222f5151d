"""Finite differences know how far they can be trusted."""

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from gradwidget.inspection.check._differences import SHIFTS, Derivative, differentiate

Array = NDArray[np.float64]
Function = Callable[[Array], Array]

EPS = float(np.finfo(np.float64).eps)
COUNT = 20_000


def derivative(function: Function, x: Array, scale: Array) -> Derivative:
    values = np.stack([function(x + t * scale) for t in SHIFTS], axis=1)
    return differentiate(values, EPS)


def size(found: Derivative) -> Array:
    return np.maximum(np.abs(found.value), found.variation)


RANDOM = np.random.default_rng(0)
X = RANDOM.uniform(0.1, 5, COUNT)
NEAR_ONE = 1 + 10 ** RANDOM.uniform(-14, 0, COUNT) * RANDOM.choice([-1, 1], COUNT)
NOISE = {
    "random": lambda x: 1e-7 * RANDOM.standard_normal(x.shape),
    "fast": lambda x: 1e-7 * np.sin(1e7 * x),
}

SMOOTH = {
    "sin": (np.sin, np.cos, X),
    "exp": (np.exp, np.exp, X),
    "fast sine": (lambda x: np.sin(100 * x), lambda x: 100 * np.cos(100 * x), X),
    "power, over 13 decades": (
        lambda x: x**1.5,
        lambda x: 1.5 * x**0.5,
        X * 10 ** RANDOM.uniform(-10, 3, COUNT),
    ),
    "offset": (lambda x: 1e2 + np.sin(x), np.cos, X),
    "minimum": (lambda x: (x - 1) ** 2, lambda x: 2 * (x - 1), NEAR_ONE),
}

TREACHEROUS = {
    "kink at any distance": (lambda x: abs(x - 1), lambda x: np.sign(x - 1), NEAR_ONE),
    "small kink": (
        lambda x: 1e-3 * np.maximum(x - 1, 0) + x**2,
        lambda x: 1e-3 * (x > 1) + 2 * x,
        NEAR_ONE,
    ),
    "jump": (lambda x: np.sin(x) + 0.01 * (x > 1), np.cos, NEAR_ONE),
    "square root beside its end": (
        lambda x: np.sqrt(x - 1),
        lambda x: 0.5 / np.sqrt(x - 1),
        1 + np.abs(NEAR_ONE - 1),
    ),
    "too fast to see": (np.sin, np.cos, X * 1e6),
    "float32 inside": (lambda x: np.sin(x.astype(np.float32)).astype(float), np.cos, X),
    "rounded argument": (lambda x: np.sin(np.round(x, 6)), np.cos, X),
    "random noise": (lambda x: np.sin(x) + NOISE["random"](x), np.cos, X),
    "fast noise": (lambda x: np.sin(x) + NOISE["fast"](x), np.cos, X),
    "large offset": (lambda x: 1e12 + np.sin(x), np.cos, X),
    "interpolation": (
        lambda x: np.interp(x, np.arange(7.0), np.arange(7.0) ** 2),
        lambda x: 2 * np.floor(x) + 1,
        X,
    ),
}


@pytest.mark.parametrize("name", SMOOTH)
def test_smooth_functions_are_differentiated_to_the_error_claimed(name: str) -> None:
    function, slope, x = SMOOTH[name]
    found = derivative(function, x, x)
    error = np.abs(found.value - slope(x) * x)
    assert np.all(error <= 3 * found.error)
    assert np.mean(found.error <= 1e-8 * size(found)) > 0.98


@pytest.mark.parametrize("name", TREACHEROUS)
@pytest.mark.filterwarnings("ignore:invalid value encountered in sqrt:RuntimeWarning")
def test_nobody_is_accused_where_differences_are_treacherous(name: str) -> None:
    function, slope, x = TREACHEROUS[name]
    found = derivative(function, x, x)
    truth = slope(x) * x
    error = np.abs(found.value - truth)
    is_reliable = found.error <= 1e-2 * size(found)
    allowed = 1e-5 * np.maximum(np.abs(truth), np.abs(found.value)) + 10 * found.error
    assert not np.any(is_reliable & (error > allowed))


def test_a_kink_is_called_a_kink() -> None:
    found = derivative(np.abs, np.zeros(1), np.ones(1))
    assert found.is_kink.all()
    assert np.isinf(found.error).all()
    beside = derivative(np.abs, np.full(1, 1e-3), np.ones(1))
    assert not beside.is_kink.any()
    assert beside.value == pytest.approx(1, rel=1e-9)


def test_a_smooth_function_is_differentiated_at_a_symmetry_point() -> None:
    found = derivative(lambda x: np.abs(x) ** 1.5, np.zeros(1), np.ones(1))
    assert found.value == 0
    assert found.error < 1e-3 * found.variation


def test_values_outside_the_domain_are_left_out() -> None:
    with np.errstate(invalid="ignore"):
        found = derivative(lambda x: np.log(1 - x), np.full(1, 0.99), np.ones(1))
    assert found.value == pytest.approx(-100, rel=1e-7)
    assert found.error < 1e-4
