"""Time travel, algorithms, warm-up and presets, in Python and from the page."""

from __future__ import annotations

import _thread
import signal
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import gradwidget as gw
from gradwidget.sampling import Chain
from gradwidget.widget import protocol

from .conftest import Page

Make = Callable[..., gw.GradWidget]
Settle = Callable[[gw.GradWidget], None]


def page_of(widget: gw.GradWidget) -> Page:
    page = widget.comm
    assert isinstance(page, Page)
    return page


def test_forward_back_forward_is_bitwise_the_same(make: Make) -> None:
    w = make(seed=3)
    w.run(100)
    draws = w.samples
    w.back(100)
    assert w.samples.shape == (1, 0)
    w.run(100)
    np.testing.assert_array_equal(w.samples, draws)
    w.back(1)
    w.back(10_000)
    assert w.samples.shape == (1, 0)
    with pytest.raises(ValueError, match="n must be a whole number"):
        w.back(0)


def test_the_page_goes_back_shows_and_branches(make: Make, settle: Settle) -> None:
    w = make(seed=3)
    w.run(20)
    settle(w)
    draws = w.samples
    page = page_of(w)
    page.receive(type="sampler", view="v", seq=1, action="show", draw=8)
    settle(w)
    header, arrays = page.draws()[-1]
    assert (header["transition"]["index"], header["transition"]["is_last"]) == (8, False)
    assert arrays["transition.position"][0] == draws[0, 6]
    page.receive(type="sampler", view="v", seq=2, action="back", n=2)
    settle(w)
    header, arrays = page.draws()[-1]
    assert (header["first"], header["num_draws"]) == (0, 18)
    assert header["transition"]["is_last"] is True
    page.receive(type="sampler", view="v", seq=3, action="branch", draw=5)
    page.receive(type="change", view="v", seq=4, values={"step_size": 0.1}, settled=True)
    page.receive(type="sampler", view="v", seq=5, action="step")
    settle(w)
    assert w.samples.shape == (1, 6)
    np.testing.assert_array_equal(w.samples[:, :5], draws[:, :5])
    assert w.samples[0, 5] != draws[0, 5]
    page.receive(type="sampler", view="v", seq=6, action="reset", position=-1.5)
    settle(w)
    assert (w.initial_position, w.samples.shape) == (-1.5, (1, 0))


@pytest.mark.parametrize(
    "content",
    [
        {"action": "back", "n": "x"},
        {"action": "branch", "draw": None},
        {"action": "show", "draw": -3},
        {"action": "reset", "position": "here"},
        {"action": "warmup", "n": 0},
    ],
)
def test_a_bad_request_is_told_and_the_widget_goes_on(
    make: Make, settle: Settle, content: dict[str, Any]
) -> None:
    w = make()
    page = page_of(w)
    page.receive(type="sampler", view="v", **content)
    settle(w)
    assert page.custom("error")
    page.receive(type="sampler", view="v", action="step")
    settle(w)
    assert w.samples.shape == (1, 1)


def test_every_half_kick_and_drift_is_told(make: Make, settle: Settle) -> None:
    w = make()
    w.step()
    settle(w)
    header, arrays = page_of(w).draws()[-1]
    assert header["transition"]["algorithm"] == "hmc"
    assert len(arrays["substeps.position"]) == 3 * 5 + 1
    np.testing.assert_array_equal(arrays["substeps.position"][::3], arrays["transition.position"])
    np.testing.assert_array_equal(arrays["substeps.momentum"][::3], arrays["transition.momentum"])


@pytest.mark.parametrize("algorithm", ["nuts", "mala"])
def test_the_other_algorithms_step_and_are_told(make: Make, settle: Settle, algorithm: str) -> None:
    w = make(algorithm=algorithm)
    w.run(20)
    settle(w)
    header, arrays = page_of(w).draws()[-1]
    told = header["transition"]
    assert told["algorithm"] == algorithm
    start = told["tree"]["start"] if algorithm == "nuts" else 0
    assert w.last_step.path_position[start] == w.samples[0, -2]
    if algorithm == "nuts":
        assert told["tree"]["selected"] < len(arrays["transition.position"])
        assert w.new_state.position == arrays["transition.position"][told["tree"]["selected"]]
        assert set(arrays["tree.directions"]) <= {-1.0, 1.0}
        assert "doubling" in told["sentence"]
        assert (w.last_step.uniform, told["is_accepted"]) == (None, None)
    else:
        assert w.last_step.momentum is None
        assert "transition.momentum" not in arrays
        assert "drew u" in told["sentence"]
        with pytest.raises(ValueError, match=r"(?i)mala"):
            w.warmup(50)


def test_warm_up_finds_settings_and_keeps_the_chain(make: Make, settle: Settle) -> None:
    w = make()
    w.run(5)
    draws = w.samples
    found = w.warmup(200)
    np.testing.assert_array_equal(w.samples, draws)
    assert w.step_size == float(found.settings.step_size) != 0.3
    assert w.inverse_mass_matrix == pytest.approx(np.asarray(found.settings.inverse_mass_matrix))
    settle(w)
    header, arrays = page_of(w).draws()[-1]
    assert header["warmup"]["num_draws"] == 200
    np.testing.assert_array_equal(arrays["warmup.draws"], found.samples)
    w.step()
    assert w.samples.shape == (1, 6)


@pytest.fixture
def interruptible() -> Iterator[None]:
    """Interrupts raise, also in a process whose tests are shared out: there they are ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interruptible")
def test_run_tells_its_progress_and_can_be_interrupted(make: Make, settle: Settle) -> None:
    w = make(seed=3)
    w.step()
    settle(w)
    page = page_of(w)
    before = len(page.draws())
    timer = threading.Timer(0.7, _thread.interrupt_main)
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        w.run(1_000_000)
    settle(w)
    draws = w.samples[0]
    told = [header["num_draws"] for header, _ in page.draws()[before:]]
    assert len(told) >= 3
    assert told == sorted(told)
    assert told[-1] == len(draws) < 1_000_000
    # What was drawn is whole: the chain goes on as if nothing had been.
    w.run(10)
    again = make(seed=3)
    again.run(len(draws) + 10)
    np.testing.assert_array_equal(w.samples, again.samples)
    np.testing.assert_array_equal(w.samples[0, :-10], draws)


def test_settings_changed_while_it_runs_apply_from_the_next_batch(
    make: Make, settle: Settle, compilations: Any
) -> None:
    w = make()
    w.step()
    settle(w)
    page = page_of(w)
    compilations.reset()
    page.receive(type="sampler", view="v", seq=1, action="run")

    def wait_for(said: Callable[[dict[str, Any]], bool]) -> None:
        deadline = time.monotonic() + 60
        while not any(said(header) for header, _ in page.draws()):
            page.receive(type="ack", view="v")
            assert time.monotonic() < deadline
            time.sleep(0.01)

    wait_for(lambda header: header["batch"] is not None)
    for seq, step_size in enumerate((0.1, 0.2, 0.4), start=2):
        page.receive(type="change", view="v", seq=seq, values={"step_size": step_size})
        text = f"step size {step_size}, 5 steps"
        wait_for(lambda header, text=text: text in [mark["text"] for mark in header["marks"]])
    page.receive(type="sampler", view="v", seq=9, action="pause")
    settle(w)
    assert compilations.count == 0
    header, arrays = page.draws()[-1]
    marks = [(mark["draw"], mark["text"]) for mark in header["marks"]]
    assert [text for _, text in marks] == [f"step size {s}, 5 steps" for s in (0.1, 0.2, 0.4)]
    assert 0 < marks[0][0] < marks[1][0] < marks[2][0] < header["num_draws"]
    assert arrays["summary"][2] == w.diagnostics.ess  # exact once it rests


def test_while_draws_are_made_their_diagnostics_take_a_twentieth_of_the_time(
    make: Make, settle: Settle, monkeypatch: pytest.MonkeyPatch
) -> None:
    w = make()
    w.step()
    settle(w)
    late = 1e9
    now, calls, diagnostics = [late], [], Chain.diagnostics

    def slow(self: Chain, *args: Any) -> Any:
        calls.append(now[0] - late)
        now[0] += 1.0
        return diagnostics(self, *args)

    monkeypatch.setattr("gradwidget.widget._session.monotonic", lambda: now[0])
    monkeypatch.setattr(Chain, "diagnostics", slow)
    inputs = w._snapshot()
    for _ in range(40):
        w._session.advance(inputs, 1)
        w._session.diagnostics(inputs, soon=True)
        now[0] += 1.0
    assert calls == [0, 21]
    # Whoever asks for itself gets those of the draws as they are.
    assert w.diagnostics.num_draws == w.samples.shape[1] == 41


def test_the_presets_that_teach_show_what_they_say(make: Make) -> None:
    seen = {}
    for preset in ("tutorial", "good", "half orbit", "resonance", "divergent", "frozen"):
        w = make(preset=preset, solver="safeguarded", dtype="float64", seed=1)
        w.run(4_000)
        seen[preset] = w.diagnostics
    assert seen["tutorial"].acceptance_rate > 0.9999
    assert seen["tutorial"].ess < 150
    assert seen["good"].ess > 4_000
    assert seen["half orbit"].ess > 4_000
    assert seen["resonance"].acceptance_rate > 0.99
    assert seen["resonance"].ess < 400
    assert 0.6 < seen["divergent"].num_divergent / 4_000 < 0.9
    assert seen["frozen"].acceptance_rate < 1e-3


def test_samples_leave_as_csv_and_arviz(make: Make) -> None:
    w = make(num_chains=2)
    w.run(6)
    lines = w.to_csv().splitlines()
    assert lines[0].startswith("chain,draw,x")
    assert len(lines) == 1 + 2 * 6
    arviz = pytest.importorskip("arviz")
    data = w.to_arviz()
    np.testing.assert_array_equal(np.asarray(data["posterior"]["x"]), w.samples)
    assert arviz.__name__ == "arviz"


def test_the_summary_has_every_field(make: Make, settle: Settle) -> None:
    w = make()
    w.run(50)
    settle(w)
    _, arrays = page_of(w).draws()[-1]
    summary = dict(zip(protocol.SUMMARY_FIELDS, arrays["summary"], strict=True))
    assert np.isfinite(list(summary.values())).all()
    assert summary["ess_tail"] == w.diagnostics.ess_tail
    assert summary["ebfmi"] == w.diagnostics.ebfmi
