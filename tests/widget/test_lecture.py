"""What a lecturer decides: what is shown, what is locked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import traitlets

import gradwidget as gw

Make = Callable[..., gw.GradWidget]
Settle = Callable[[gw.GradWidget], None]


def test_what_is_chosen_travels_to_the_page(make: Make) -> None:
    w = make(view="gradient", controls=["p", "x", "step"], lock="p", projector=True)
    assert (w.view, w.controls, w.lock, w.projector) == (
        "gradient",
        ["p", "x", "step"],
        ["p"],
        True,
    )
    assert {"view", "controls", "lock", "projector"} <= set(w.keys)
    w.controls = "all"
    w.lock = []


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"view": "samplers"}, "sampler"),
        ({"controls": "most"}, '"simple", "all" or a list'),
        ({"controls": ["stepp"]}, "Did you mean 'step'"),
        ({"lock": ["q"]}, "'q', which is no control here"),
        ({"lock": 3}, "must be a list of names"),
        ({"projector": "yes"}, "boolean"),
    ],
)
def test_a_bad_choice_is_refused_with_a_sentence(
    make: Make, given: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(traitlets.TraitError, match=sentence):
        make(**given)


def test_a_misspelt_option_is_named(make: Make) -> None:
    with pytest.raises(TypeError, match="'lock'"):
        make(locks=["p"])


def test_what_is_locked_stays_whatever_a_page_wishes(make: Make, settle: Settle) -> None:
    w = make(p=2.5, lock=["p", "step_size", "initial_position"])
    settle(w)
    w.comm.receive(type="change", values={"p": 4.0, "x": 0.7}, settled=True, view="v", seq=1)
    assert (w.p, w.x) == (2.5, 0.7)
    (error, _), *_ = w.comm.custom("error")
    assert error["message"] == "p is locked in this widget: it can be set from Python."
    assert error["accepted"] == {"p": 2.5}
    w.comm.update(p=4.0, lock=[])
    assert (w.p, w.lock) == (2.5, ["p", "step_size", "initial_position"])
    w.comm.receive(type="preset", name="tutorial", view="v", seq=2)
    assert (w.p, w.solver, w.step_size) == (2.5, "bfgs", 0.3)
    w.comm.receive(type="sampler", action="warmup", n=20, view="v", seq=3)
    w.comm.receive(type="sampler", action="reset", position=0.4, view="v", seq=4)
    settle(w)
    assert w.step_size == 0.3
    assert w.initial_position == 1.0
    w.p = 3.5  # Python may
    assert w.p == 3.5
