"""A page draws, and the kernel draws the same: wishes, refusals, and who waits for them."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import numpy as np

import gradwidget as gw
from gradwidget.sampling import Chain, Settings

from .conftest import Page
from .test_messages import page_of

Make = Callable[..., gw.GradWidget]
Settle = Callable[[gw.GradWidget], None]

SHORT = {"step_size": 0.3, "num_integration_steps": 5, "inverse_mass_matrix": [1.0]}
LONG = {"step_size": 0.1, "num_integration_steps": 20, "inverse_mass_matrix": [2.0]}


def wish(
    page: Page, number: int, base: tuple[int | None, int], start: int, *segments: tuple[int, Any]
) -> None:
    page.receive(
        type="sampler",
        action="replay",
        view="a",
        seq=number,
        wish=number,
        base={"epoch": base[0], "num_draws": base[1]},
        start=start,
        segments=[{"count": count, "settings": settings} for count, settings in segments],
    )


def plain_chain(*segments: tuple[int, dict[str, Any]]) -> np.ndarray:
    chain = Chain(gw.power().scaled_logdensity_fn, (1.0, 3.0))
    for count, settings in segments:
        chain.advance(count, Settings(**settings))
    return chain.samples


def test_the_kernel_makes_the_draws_of_the_page_and_says_so(make: Make, settle: Settle) -> None:
    w = make()
    settle(w)
    page = page_of(w)
    wish(page, 1, (None, 0), 0, (3, SHORT), (4, LONG))
    np.testing.assert_array_equal(w.samples, plain_chain((3, SHORT), (4, LONG)))
    settle(w)
    header, arrays = page.draws()[-1]
    assert header["replayed"] == {"view": "a", "wish": 1, "is_done": True}
    assert header["segments"] == [
        {"count": 3, "settings": SHORT},
        {"count": 4, "settings": LONG},
    ]
    assert header["values"]["p"] == 3.0
    np.testing.assert_array_equal(arrays["draws"], w.samples)

    # Back to the second draw, and on from there with other settings: a branch.
    wish(page, 2, (header["epoch"], 7), 2, (2, LONG))
    np.testing.assert_array_equal(w.samples, plain_chain((2, SHORT), (2, LONG)))
    assert w.step_size == 0.3


def test_a_wish_for_another_chain_is_refused_and_the_chain_told(make: Make, settle: Settle) -> None:
    w = make()
    w.step(5)
    settle(w)
    page = page_of(w)
    known = page.draws()[-1][0]
    w.step(2)
    wish(page, 1, (known["epoch"], 5), 5, (1, SHORT))
    settle(w)
    assert w.samples.shape == (1, 7)
    header, arrays = page.draws()[-1]
    assert header["replayed"] == {"view": "a", "wish": 1, "is_done": False}
    assert header["first"] == 0
    np.testing.assert_array_equal(arrays["draws"], w.samples)


def test_a_wish_that_cannot_be_done_is_answered(make: Make, settle: Settle) -> None:
    w = make()
    settle(w)
    page = page_of(w)
    wish(page, 1, (None, 0), 0, (3, {**SHORT, "step_size": -1.0}))
    settle(w)
    assert "step_size must be a positive number" in page.custom("error")[-1][0]["message"]
    assert page.draws()[-1][0]["replayed"] == {"view": "a", "wish": 1, "is_done": False}
    wish(page, 2, (page.draws()[-1][0]["epoch"], 0), 0, (3, SHORT))
    assert w.samples.shape == (1, 3)


def test_who_asks_for_samples_waits_for_the_pages(make: Make, settle: Settle) -> None:
    """While the lock is held elsewhere the wish lies there; `samples` comes after it."""
    w = make()
    settle(w)
    found: list[np.ndarray] = []
    with w._session.lock:
        wish(page_of(w), 1, (None, 0), 0, (2, SHORT))
        asking = threading.Thread(target=lambda: found.append(w.samples))
        asking.start()
        asking.join(0.2)
        assert not found
    asking.join(30)
    assert found[0].shape == (1, 2)


def test_an_observer_may_ask_for_samples(make: Make, settle: Settle) -> None:
    """It holds the session's lock, which whoever makes the draws needs."""
    w = make()
    settle(w)
    shapes: list[tuple[int, ...]] = []
    w.observe(lambda _change: shapes.append(w.samples.shape), names="step_size")
    with w._session.lock:
        wish(page_of(w), 1, (None, 0), 0, (2, SHORT))
        w.step_size = 0.2
    assert shapes == [(1, 2)]
