"""One problem after another in one widget: from Python, and by the page's menu."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import traitlets

import gradwidget as gw
from gradwidget.widget import protocol

Make = Callable[..., gw.GradWidget]
Settle = Callable[[gw.GradWidget], None]


def test_the_traits_are_those_of_the_problem(make: Make, settle: Settle) -> None:
    w = make(p=1.5, x=0.8, step_size=0.2)
    settle(w)
    before = len(w.comm.sent)
    w.problem = gw.gallery()["moreau"]
    assert dict(w.params) == {"t": 0.5}
    assert not hasattr(w, "p")
    assert (w.x, w.inspection.value) == (0.8, pytest.approx(0.8 - 0.5 / 2, rel=1e-12))
    assert w.step_size == 0.2  # what is not the problem's stays
    with pytest.raises(traitlets.TraitError, match="t must be"):
        w.t = -1.0
    settle(w)

    # The page hears of all of it in one message.
    told = [m for m, _ in w.comm.sent[before:] if "_spec" in m.get("state", {})]
    assert len(told) == 1
    assert told[0]["state"]["t"] == 0.5
    assert told[0]["state"]["_spec"]["title"] == "moreau"
    header, _ = w.comm.frames()[-1]
    assert header["values"]["t"] == 0.5


def test_what_was_left_is_found_again(make: Make, settle: Settle) -> None:
    w = make(p=(1.2, 4.0), x=0.8, initial_position=0.5)
    w.p = 2.5
    w.step(5)
    draws = w.samples
    w.problem = gw.gallery()["banana"]
    assert len(w.x) == 2
    assert len(w.initial_position) == 2
    w.step(3)
    assert w.samples.shape == (1, 3, 2)
    w.problem = gw.gallery()["power"]
    assert (w.p, w.x, w.initial_position) == (2.5, 0.8, 0.5)
    (p,) = w._spec["parameters"]
    assert (p["min"], p["max"]) == (1.2, 4.0)
    w.step(5)
    np.testing.assert_array_equal(w.samples, draws)


def test_observers_of_x_stay(make: Make) -> None:
    w = make(x=0.8)
    seen: list[Any] = []
    w.observe(lambda change: seen.append(change["new"]), names="x")
    w.problem = gw.gallery()["huber"]
    assert seen == [w.x]
    w.x = 0.25
    assert seen[-1] == 0.25
    assert w.inspection.gradient == pytest.approx(0.25)


def test_the_menu(make: Make, settle: Settle) -> None:
    w = make()
    settle(w)
    assert w._spec["problems"] == list(gw.gallery())
    assert [preset["name"] for preset in w._spec["presets"]]
    w.comm.receive(type="problem", name="entropy", view="v", seq=1)
    settle(w)
    assert w.problem is gw.gallery()["entropy"]
    assert w._spec["presets"] == []
    assert w.inspection.argmin == pytest.approx(math.exp(0.5))
    w.comm.receive(type="preset", name="tutorial", view="v", seq=2)
    w.comm.receive(type="problem", name="none of these", view="v", seq=3)
    w.comm.receive(type="problem", view="v", seq=4)
    settle(w)
    assert w.problem is gw.gallery()["entropy"]
    assert w.solver == "safeguarded"


def test_ones_own_is_in_the_menu(make: Make) -> None:
    own = gw.from_function(lambda x, a=2.0: a * x**2, a=gw.slider(1.0, 3.0))
    w = make(own, a=2.5)
    assert w._spec["title"] in w._spec["problems"]
    w.problem = gw.power()
    w.problem = own
    assert w.a == 2.5
    taken = gw.from_function(lambda x, seed=2.0: seed * x**2, seed=gw.slider(1.0, 3.0))
    with pytest.raises(ValueError, match="'seed' has the name of a trait"):
        w.problem = taken
    assert w.problem is own  # the last good state stays


def test_it_may_change_while_others_compute(make: Make, settle: Settle) -> None:
    """Whatever a computation was about when it began, nothing of it reaches the next problem."""
    w = make()
    settle(w)
    names = ["huber", "power", "entropy", "power", "logistic"]
    failures: list[Exception] = []

    def read() -> None:
        try:
            while w.problem.name != names[-1]:
                assert np.isfinite(w.inspection.value)
                w.step(2)
                assert w.diagnostics.num_draws >= 0
        except Exception as error:
            failures.append(error)

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    w.comm.receive(type="sampler", action="run", view="v", seq=1)
    for seq, name in enumerate(names):
        w.comm.receive(type="problem", name=name, view="v", seq=seq)
        w.comm.receive(type="change", values={"x": 0.3}, settled=False, view="v", seq=seq)
        w.comm.receive(type="sampler", action="step", view="v", seq=seq)
        deadline = time.monotonic() + 60
        while w.problem.name != name:
            assert time.monotonic() < deadline
            time.sleep(0.01)
    reader.join(60)
    assert not failures
    settle(w)
    assert not w.comm.custom("error")
    header, _ = protocol.unpack(w._frame)
    assert header["values"]["x"] == w.x
    assert "p" not in header["values"]
