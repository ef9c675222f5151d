"""What a page may copy: each text makes, or holds, what the widget shows."""

from __future__ import annotations

import csv
import io
import time
from collections.abc import Callable
from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest

import gradwidget as gw
from gradwidget.widget import _copy

Make = Callable[..., gw.GradWidget]


def ask(w: gw.GradWidget, what: str) -> tuple[dict[str, Any], list[bytes]]:
    """The page's question, and what it is answered."""
    before, end = len(w.comm.custom("copy")), time.monotonic() + 120
    w.comm.receive(type="copy", what=what, view="v", seq=1)
    while len(w.comm.custom("copy")) == before:
        assert time.monotonic() < end, "there is no answer"
        time.sleep(0.01)
    message, buffers = w.comm.custom("copy")[-1]
    assert (message["what"], message["view"]) == (what, "v")
    return message, buffers


def text(w: gw.GradWidget, what: str) -> str:
    _, (buffer,) = ask(w, what)
    return bytes(buffer).decode()


def test_the_line_says_what_differs_and_makes_the_widget(make: Make) -> None:
    assert text(make(), "python") == "gw.GradWidget()"
    w = make(p=1.5, x=0.8, seed=7, algorithm="mala", inverse_mass_matrix=[2.0])
    line = text(w, "python")
    assert line == (
        "gw.GradWidget(p=1.5, x=0.8, algorithm='mala', inverse_mass_matrix=[2.0], seed=7)"
    )
    again = eval(line, {"gw": gw})
    assert again.to_dict() == w.to_dict()
    again.close()


def test_the_line_of_a_problem_of_the_gallery(make: Make) -> None:
    w = make(gw.gallery()["banana"], x=[0.3, -0.5], direction=1, t=0.25)
    line = text(w, "python")
    assert line == "gw.GradWidget(gw.gallery()['banana'], x=[0.3, -0.5], t=0.25, direction=1)"
    again = eval(line, {"gw": gw})
    assert again.to_dict() == w.to_dict()
    again.close()


def test_the_line_with_draws_brings_them_back(make: Make) -> None:
    problem = gw.conjugate(lambda y, a=1.0: jnp.cosh(a * y), a=(0.5, 3.0))
    w = make(problem, a=2.0)
    assert text(w, "python") == "gw.GradWidget(problem, a=2.0)  # problem: h"
    w.step(3)
    w.step_size = 0.2
    w.step(2)
    line = text(w, "python")
    assert line.startswith("gw.GradWidget.from_dict(")
    again = eval(line, {"gw": gw, "problem": problem})
    np.testing.assert_array_equal(again.samples, w.samples)
    again.close()


def test_the_script_the_draws_and_the_pictures(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    w = make(x=0.5)
    message, buffers = ask(w, "csv")
    assert not buffers
    assert message["message"] == "There are no draws yet: press Step or Run."
    w.step(2)
    assert text(w, "script") == w.code()
    rows = list(csv.DictReader(io.StringIO(text(w, "csv"))))
    assert [float(row["x"]) for row in rows] == w.samples[0].tolist()
    _, (picture,) = ask(w, "png")
    assert bytes(picture).startswith(b"\x89PNG")
    drawn = text(w, "svg")
    assert "<svg" in drawn
    assert len(drawn) > 20_000

    # What cannot be copied says why.
    monkeypatch.setattr(_copy, "MOST_COPIED", 1)
    message, _ = ask(w, "csv")
    assert message["message"].startswith("2 draws are too many for the clipboard")
    message, buffers = ask(w, "everything")
    assert not buffers
    assert "nothing called 'everything'" in message["message"]
