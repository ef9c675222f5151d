"""Presets of one's own: in the menu, in dictionaries, and refused where they cannot be set."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import jax.numpy as jnp
import pytest

import gradwidget as gw

Make = Callable[..., gw.GradWidget]

OWN = {"my start": {"p": 2, "x": 0.18, "solver": "bfgs", "sentence": "Look at the band."}}


def test_they_are_in_the_menu_and_set_what_they_say(make: Make) -> None:
    w = make(presets=OWN, lock=["solver"])
    *built_in, mine = w._spec["presets"]
    assert "tutorial" in [preset["name"] for preset in built_in]
    assert mine == {
        "name": "my start",
        "label": "my start",
        "sentence": "Look at the band.",
        "values": {"p": 2.0, "x": 0.18, "solver": "bfgs"},
    }
    w.comm.receive(type="preset", name="my start", view="v", seq=1)
    assert (w.p, w.x, w.solver) == (2.0, 0.18, "safeguarded")  # what is locked stays
    d = json.loads(json.dumps(w.to_dict()))
    assert d["presets"] == OWN
    again = gw.GradWidget.from_dict(d)
    assert again.to_dict() == d
    again.close()


def test_a_widget_may_start_from_one(make: Make) -> None:
    w = make(preset="my start", presets=OWN, x=0.5)
    assert (w.p, w.x, w.solver) == (2.0, 0.5, "bfgs")
    assert "presets" not in make(p=2.0).to_dict()


def test_they_belong_to_their_problem(make: Make) -> None:
    problem = gw.conjugate(lambda y, a=1.0: jnp.cosh(a * y), a=(0.5, 3.0))
    w = make(problem, presets={"steep": {"a": 3}})
    assert [preset["name"] for preset in w._spec["presets"]] == ["steep"]
    w.problem = gw.power()
    assert "steep" not in [preset["name"] for preset in w._spec["presets"]]
    assert "presets" not in w.to_dict()
    w.problem = problem
    assert [preset["name"] for preset in w._spec["presets"]] == ["steep"]


@pytest.mark.parametrize(
    ("presets", "sentence"),
    [
        ([{"p": 3}], r"presets must be like \{"),
        ({"mine": 3}, "'mine' is 3"),
        ({"mine": {"sentence": 3}}, "sentence of the preset 'mine' must be a text"),
        ({"mine": {"q": 3}}, "'mine' sets 'q', which is no input here"),
        ({"mine": {"step_sise": 3}}, "Did you mean 'step_size'"),
        ({"mine": {"p": 0.5}}, "The preset 'mine': p must be"),
        ({"mine": {"x": [1, 2]}}, "The preset 'mine': x must be"),
    ],
)
def test_what_cannot_be_set_is_said_at_once(make: Make, presets: Any, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        make(presets=presets)
