"""A widget as a dictionary: small, in what JSON knows, and the same widget again."""

from __future__ import annotations

import json
from collections.abc import Callable

import jax.numpy as jnp
import numpy as np
import pytest
import traitlets

import gradwidget as gw

Make = Callable[..., gw.GradWidget]


def restored(d, **kwargs):
    return gw.GradWidget.from_dict(json.loads(json.dumps(d)), **kwargs)


def test_settings_and_chain_come_back(make: Make) -> None:
    w = make(p=1.5, x=0.8, seed=7, num_chains=2, controls="all")
    w.run(20)
    w.step_size = 0.5
    w.run(10)
    w.num_integration_steps = 3  # for draws that are still to come
    d = w.to_dict()
    assert len(json.dumps(d)) < 1_000
    assert [segment["count"] for segment in d["segments"]] == [20, 10]
    again = restored(d)
    np.testing.assert_array_equal(again.samples, w.samples)
    assert (again.p, again.x, again.step_size, again.num_integration_steps) == (1.5, 0.8, 0.5, 3)
    assert again.to_dict() == d
    again.close()


def test_a_vector_comes_back(make: Make) -> None:
    w = make(gw.gallery()["banana"], x=[0.3, -0.5], direction=1, t=0.25, algorithm="nuts")
    w.run(3)
    again = restored(w.to_dict())
    np.testing.assert_array_equal(again.samples, w.samples)
    assert (again.x, again.direction, again.t) == ([0.3, -0.5], 1, 0.25)
    again.close()


def test_a_problem_of_ones_own_is_handed_over(make: Make) -> None:
    problem = gw.conjugate(lambda y, a=1.0: jnp.cosh(a * y), a=(0.5, 3.0))
    d = make(problem, a=2.0).to_dict()
    with pytest.raises(ValueError, match="no problem 'h' in the gallery: hand it over"):
        restored(d)
    again = restored(d, problem=problem)
    assert again.params == {"a": 2.0}
    again.close()
    with pytest.raises(ValueError, match="of the problem 'h', not of 'power'"):
        restored(d, problem=gw.power())


def test_what_is_no_such_dictionary_is_said() -> None:
    with pytest.raises(ValueError, match="no dictionary of GradWidget"):
        restored({"p": 3})
    with pytest.raises(ValueError, match=r"'powr' in the gallery.*Did you mean 'power'"):
        restored({"gradwidget": 1, "problem": "powr", "values": {}})
    with pytest.raises(traitlets.TraitError):
        restored({"gradwidget": 1, "problem": "power", "values": {"p": 0.5}})


def test_a_script_cannot_stand_for_a_minimum_over_a_vector_on_a_kink(make: Make) -> None:
    w = make(
        gw.conjugate(lambda y: jnp.sum(jnp.abs(y) + y**2), elementwise=False, dim=2), x=[0.5, 2.0]
    )
    assert w.inspection.verdict == gw.Verdict.kink
    assert w.inspection.gradient == pytest.approx([0.0, 0.5], abs=1e-12)
    with pytest.raises(ValueError, match="sit on kinks of the inner problem"):
        w.code()
