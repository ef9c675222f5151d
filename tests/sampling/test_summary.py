"""The diagnostics in arrays with room to spare, against those that ArviZ's are compared with."""

from __future__ import annotations

import jax
import numpy as np
import pytest

from gradwidget._context import computing
from gradwidget.sampling._diagnostics import diagnose
from gradwidget.sampling._summary import summary

ROOM = 1024
_summary = jax.jit(summary)


def independent(rng, shape):
    return rng.normal(size=shape)


def wandering(rng, shape):
    return 0.3 * np.cumsum(rng.normal(size=shape), axis=1)


def tied(rng, shape):
    return np.round(rng.normal(size=shape))


def alternating(rng, shape):
    return (-1.0) ** np.arange(shape[1]) * np.ones((shape[0], 1)) + 0.1 * rng.normal(size=shape)


def two_valued(rng, shape):
    return np.where(rng.random(shape) < 0.5, -1.0, 1.0)


def constant(_rng, shape):
    return np.ones(shape)


def with_nan(rng, shape):
    draws = rng.normal(size=shape)
    draws[0, -1] = np.nan
    return draws


@pytest.mark.parametrize(
    "make", [independent, wandering, tied, alternating, two_valued, constant, with_nan]
)
@pytest.mark.parametrize("shape", [(1, 1), (1, 3), (1, 5), (2, 4), (3, 101), (16, 60), (1, 1000)])
def test_it_is_diagnose(make, shape):
    rng = np.random.default_rng(sum(shape))
    draws, energy = make(rng, shape), rng.normal(size=shape) ** 2
    rate, divergent = rng.random(shape), rng.random(shape) < 0.1
    expected = diagnose(draws, rate, divergent, energy, None)

    def padded(values):
        return np.pad(np.ravel(values).astype(float), (0, ROOM - draws.size), constant_values=7.5)

    with computing("float64"):
        columns = map(padded, (draws, rate, divergent, energy))
        found = _summary(*columns, *map(np.int32, shape))
    for name in found._fields:
        assert float(getattr(found, name)) == pytest.approx(
            getattr(expected, name), rel=1e-10, abs=1e-12, nan_ok=True
        ), name
