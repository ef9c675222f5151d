"""What the page asks and what it gets, through a recorded comm."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import gradwidget as gw
from gradwidget.widget import _frames, protocol

from .conftest import Page

Make = Callable[..., gw.GradWidget]
Settle = Callable[[gw.GradWidget], None]


def page_of(widget: gw.GradWidget) -> Page:
    page = widget.comm
    assert isinstance(page, Page)
    return page


def point(arrays: dict[str, Any]) -> dict[str, float]:
    return dict(zip(protocol.POINT_FIELDS, arrays["point"], strict=True))


def test_the_first_frame_comes_by_itself_and_says_everything(make: Make, settle: Settle) -> None:
    w = make()
    settle(w)
    header, arrays = page_of(w).frames()[-1]
    assert header["kind"] == "frame"
    assert header["settled"] is True
    assert header["values"]["p"] == 3.0
    assert header["values"]["step_size"] == 0.3
    assert header["headline"]["verdict"] == "agree"
    assert "closed form" in header["headline"]["judgement"]
    assert [row["name"] for row in header["rows"]] == [
        "argmin custom_jvp",
        "closed form",
        "finite difference",
        "jax.grad through the solver",
        "jax.jvp through the solver",
        "d²f/dx² by the rule",
        "∂f/∂p by the rule",
    ]
    assert point(arrays)["gradient"] == pytest.approx(math.sqrt(0.31415), rel=1e-13)
    x = arrays["curve.x"]
    assert len(x) == 241
    truth = np.sign(x) * np.sqrt(np.abs(x))
    np.testing.assert_allclose(arrays["curve.gradient"], truth, rtol=1e-12)
    np.testing.assert_allclose(arrays["curve.reference_gradient"], truth, rtol=1e-12)
    y, g = arrays["inner.y"], arrays["inner.g"]
    np.testing.assert_allclose(g, np.abs(y) ** 3 / 3 - 0.31415 * y, rtol=1e-12, atol=1e-15)
    assert header["transition"] is None
    # once all is quiet the times are measured
    times = arrays["rows"][:, protocol.ROW_COLUMNS.index("time")]
    assert np.isfinite(times[:3]).all()
    assert (times[:3] > 0).all()


def test_a_drag_is_answered_and_not_echoed(make: Make, settle: Settle) -> None:
    w = make()
    settle(w)
    page = page_of(w)
    page.sent.clear()
    page.receive(type="change", view="v", seq=1, values={"x": 0.5}, settled=False)
    settle(w)
    assert w.x == 0.5
    assert page.states("x") == []  # the slider that moves has the value already
    content, _ = page.custom("frame")[-1]
    assert (content["view"], content["seq"]) == ("v", 1)
    header, arrays = page.frames()[-1]
    assert (header["view"], header["seq"], header["settled"]) == ("v", 1, False)
    assert point(arrays)["gradient"] == pytest.approx(math.sqrt(0.5), rel=1e-13)


def test_what_was_held_up_on_its_way_changes_nothing(make: Make, settle: Settle) -> None:
    """Of each input the view's last value counts, in whatever order its messages arrive."""
    w = make()
    settle(w)
    page = page_of(w)
    page.receive(type="change", view="v", seq=3, values={"x": 0.5}, settled=True)
    page.receive(type="change", view="v", seq=1, values={"x": 0.1, "p": 2.5}, settled=True)
    page.receive(type="change", view="v", seq=2, values={"x": 0.2}, settled=False)
    settle(w)
    assert (w.x, w.p) == (0.5, 2.5)
    assert w._rest
    page.receive(type="change", view="another", seq=1, values={"x": 0.7}, settled=True)
    settle(w)
    assert w.x == 0.7


def test_a_drag_never_queues(make: Make, settle: Settle, monkeypatch: pytest.MonkeyPatch) -> None:
    """With frames that take 50 ms, 120 events leave at most one pending, and end on the last."""
    w = make()
    settle(w)
    page = page_of(w)
    page.sent.clear()
    frame = _frames.frame

    def slow(*args: Any) -> bytes:
        time.sleep(0.05)
        return frame(*args)

    monkeypatch.setattr(_frames, "frame", slow)
    began = time.monotonic()
    for i in range(120):
        page.receive(type="change", view="v", seq=i, values={"x": i / 120}, settled=False)
        time.sleep(1 / 120)
    dragged = time.monotonic() - began
    settle(w)
    frames = page.frames()
    assert len(frames) <= dragged / 0.05 + 2
    assert frames[-1][0]["seq"] == 119
    assert frames[-1][0]["values"]["x"] == pytest.approx(119 / 120)
    numbers = [header["number"] for header, _ in frames]
    assert numbers == sorted(set(numbers))


def test_the_value_at_rest_goes_into_the_trait_and_the_stored_frame(
    make: Make, settle: Settle
) -> None:
    w = make()
    settle(w)
    page = page_of(w)
    page.sent.clear()
    page.receive(type="change", view="v", seq=4, values={"p": 2.0}, settled=True)
    page.update(p=2.0)
    settle(w)
    assert w.p == 2.0
    header, _ = protocol.unpack(w._frame)
    assert header["values"]["p"] == 2.0
    assert header["seq"] == 4


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("p", 1.0),
        ("p", None),
        ("p", "2; drop"),
        ("x", {"nested": [1]}),
        ("step_size", -1),
        ("num_integration_steps", 0),
        ("inverse_mass_matrix", [[1, 2], [2, 1]]),
        ("solver", "newton"),
        ("seed", 1e99),
    ],
)
def test_a_refused_value_is_answered_with_the_accepted_one(
    make: Make, settle: Settle, name: str, value: Any
) -> None:
    w = make()
    before = getattr(w, name)
    page = page_of(w)
    page.receive(type="change", view="v", seq=9, values={name: value}, settled=True)
    content, _ = page.custom("error")[-1]
    assert (content["view"], content["seq"]) == ("v", 9)
    assert name in content["message"]
    assert content["accepted"] == {name: before}
    page.update(**{name: value})
    assert getattr(w, name) == before
    assert page.states(name)[-1] == before
    settle(w)
    assert w.inspection.verdict.name == "agree"


def test_a_page_cannot_set_what_is_not_an_input(make: Make, settle: Settle) -> None:
    w = make()
    settle(w)
    spec, frame = w._spec, w._frame
    page_of(w).update(_spec={}, _frame=b"", _esm="alert(1)", _status={})
    assert (w._spec, w._frame) == (spec, frame)
    assert "alert(1)" not in w._esm


@pytest.mark.parametrize(
    "content",
    [
        {},
        {"type": "nonsense"},
        {"type": ["change"]},
        {"type": "change"},
        {"type": "change", "values": 3},
        {"type": "change", "values": {"_esm": "x", "close": 1, "p": 2.5}},
        {"type": "sampler"},
        {"type": "sampler", "action": {"a": 1}},
        {"type": "preset", "name": ["tutorial"]},
        {"type": "ack", "batch": "many"},
    ],
)
def test_malformed_messages_do_no_harm(make: Make, settle: Settle, content: Any) -> None:
    w = make()
    page_of(w).receive(**content)
    settle(w)
    assert w.inspection.verdict.name == "agree"
    w.step()
    assert w.samples.shape == (1, 1)


def test_step_sends_the_draw_and_the_path(make: Make, settle: Settle) -> None:
    w = make()
    settle(w)
    page = page_of(w)
    page.receive(type="sampler", view="v", seq=1, action="step")
    page.receive(type="sampler", view="v", seq=2, action="step")
    settle(w)
    sent = page.draws()
    draws = np.concatenate([arrays["draws"] for _, arrays in sent], axis=1)
    np.testing.assert_array_equal(draws, w.samples)
    assert draws.shape == (1, 2)
    header, arrays = sent[-1]
    assert header["num_draws"] == 2
    assert header["transition"]["index"] == 2
    assert "leapfrog steps" in header["transition"]["sentence"]
    np.testing.assert_array_equal(arrays["transition.position"], w.last_step.path_position)


def test_run_stops_at_two_batches_without_an_acknowledgement(make: Make, settle: Settle) -> None:
    w = make()
    settle(w)
    page = page_of(w)
    page.receive(type="sampler", view="v", action="run")
    settle(w)
    batches = [c["batch"] for c, _ in page.custom("draws") if c["batch"] is not None]
    assert len(batches) == protocol.CREDIT
    page.receive(type="ack", view="v", batch=batches[0])
    settle(w)
    batches = [c["batch"] for c, _ in page.custom("draws") if c["batch"] is not None]
    assert len(batches) == protocol.CREDIT + 1
    draws = w.samples.shape[1]
    page.receive(type="sampler", view="v", action="pause")
    page.receive(type="ack", view="v", batch=batches[1])
    settle(w)
    assert w.samples.shape[1] == draws
    assert page.draws()[-1][0]["running"] is False
    joined = np.concatenate([arrays["draws"] for _, arrays in page.draws()], axis=1)
    np.testing.assert_array_equal(joined, w.samples)


def test_a_view_that_greets_gets_all_draws(make: Make, settle: Settle) -> None:
    w = make()
    w.run(30)
    settle(w)
    page = page_of(w)
    page.sent.clear()
    page.receive(type="hello", view="second")
    settle(w)
    header, arrays = page.draws()[-1]
    assert header["first"] == 0
    np.testing.assert_array_equal(arrays["draws"], w.samples)


def test_a_change_of_the_target_tells_the_replayed_chain(make: Make, settle: Settle) -> None:
    w = make()
    w.run(30)
    settle(w)
    page = page_of(w)
    epoch = page.draws()[-1][0]["epoch"]
    page.sent.clear()
    page.receive(type="change", view="v", seq=1, values={"p": 2.0}, settled=False)
    settle(w)
    assert page.draws() == []  # not before the drag has come to rest
    header, _ = page.frames()[-1]
    assert header["transition"]["what_if"] is True
    page.receive(type="change", view="v", seq=2, values={"p": 2.0}, settled=True)
    settle(w)
    header, arrays = page.draws()[-1]
    assert header["epoch"] > epoch
    assert (header["first"], header["num_draws"]) == (0, 30)
    np.testing.assert_array_equal(arrays["draws"], w.samples)
    assert page.frames()[-1][0]["transition"]["what_if"] is False


def test_the_saved_state_shows_the_chain(make: Make, settle: Settle) -> None:
    w = make()
    w.run(40)
    settle(w)
    header, arrays = protocol.unpack(w._chain)
    assert header["num_draws"] == 40
    np.testing.assert_array_equal(arrays["draws"], w.samples)


def test_an_error_in_the_chain_is_told_and_the_widget_goes_on(make: Make, settle: Settle) -> None:
    w = make(p=1.05)
    settle(w)
    page = page_of(w)
    page.receive(type="change", view="v", seq=1, values={"initial_position": 1e300}, settled=True)
    page.receive(type="sampler", view="v", seq=2, action="step")
    settle(w)
    assert any("log density" in c["message"] for c, _ in page.custom("error"))
    page.receive(type="change", view="v", seq=3, values={"initial_position": 0.5}, settled=True)
    page.receive(type="sampler", view="v", seq=4, action="step")
    settle(w)
    assert w.samples.shape[1] >= 1


def test_nothing_is_compiled_after_the_first_display(
    make: Make, settle: Settle, compilations: Any
) -> None:
    w = make()
    w.run(20)
    settle(w)
    page = page_of(w)
    compilations.reset()
    rng = np.random.default_rng(0)
    for i in range(200):
        values = {"p": rng.uniform(1.2, 6.0), "x": rng.uniform(-1, 1)}
        page.receive(type="change", view="v", seq=i, values=values, settled=False)
        w.inspection  # noqa: B018
    for i in range(20):
        w.step_size = 0.05 * (i + 1)
        w.num_integration_steps = 1 + 50 * i
        w.inverse_mass_matrix = 0.5 + i / 10
        w.seed = i
        w.step()
        w.last_step  # noqa: B018
    settle(w)
    assert compilations.count == 0


def test_what_selects_a_program_is_compiled_at_most_once(
    make: Make, settle: Settle, compilations: Any
) -> None:
    w = make()
    settle(w)
    for _ in range(2):
        compilations.reset()
        for name, value in [
            ("solver", "bfgs"),
            ("dtype", "float32"),
            ("num_chains", 4),
            ("inverse_mass_matrix", [[2.0]]),
        ]:
            setattr(w, name, value)
            w.step(2)
            settle(w)
        w.set(solver="safeguarded", dtype="float64", num_chains=1, inverse_mass_matrix=1.0)
        w.step(2)
        settle(w)
    assert compilations.count == 0  # the second round


def test_compiling_is_said(make: Make, settle: Settle) -> None:
    w = make()
    settle(w)
    page = page_of(w)
    page.sent.clear()
    w.solver = "bfgs"
    settle(w)
    states = [status["state"] for status in page.states("_status")]
    assert states == ["compiling", "live"]
    assert "bfgs" in page.states("_status")[0]["text"]


def test_the_rule_is_checked_beside_the_work(make: Make, settle: Settle) -> None:
    w = make()
    settle(w)
    page = page_of(w)
    page.receive(type="check", view="v", seq=1)
    page.receive(type="change", view="v", seq=2, values={"x": 0.4}, settled=False)
    settle(w)
    assert page.frames()[-1][0]["values"]["x"] == 0.4  # the page did not wait for the check
    assert w._checker.join(120)
    header, arrays = protocol.unpack(page.custom("check")[-1][1][0])
    assert header["ok"] is True
    assert "no fault found" in header["headline"]
    assert {row["argument"] for row in header["rows"] if row["argument"]} == {"x", "p"}
    assert len(arrays["rows.error"]) == len(header["rows"])


def test_the_map_shows_the_bands(make: Make, settle: Settle) -> None:
    w = make(solver="bfgs")
    settle(w)
    page = page_of(w)
    page.receive(type="map", view="v", parameter="p")
    page.receive(type="map", view="v", parameter="nonsense")
    settle(w)
    (content,) = page.custom("map")
    header, arrays = protocol.unpack(content[1][0])
    assert header["parameter"] == "p"
    x, p = arrays["map.x"], arrays["map.parameter"]
    verdict = arrays["map.verdict"]
    assert verdict.shape == (len(p), len(x))
    row = verdict[np.argmin(np.abs(p - 3))]
    wrong = np.abs(x[row != protocol.VERDICTS["agree"]])
    assert ((wrong > 0.163) & (wrong < 0.193)).any()


def test_a_wrong_gradient_runs_beside_the_right_one(make: Make, settle: Settle) -> None:
    w = make(gradient_scale=0.5, step_size=0.5, num_integration_steps=10)
    w.run(40)
    settle(w)
    header, arrays = page_of(w).draws()[-1]
    right = make(step_size=0.5, num_integration_steps=10)
    right.run(40)
    np.testing.assert_array_equal(arrays["right.draws"], right.samples[:, header["first"] :])
    assert not np.array_equal(w.samples, right.samples)
    assert len(arrays["right.summary"]) == len(protocol.SUMMARY_FIELDS)
    assert arrays["right.position"][0] == arrays["transition.position"][0]
    assert arrays["right.scalars"][3] == arrays["transition.scalars"][3]  # the same momentum
