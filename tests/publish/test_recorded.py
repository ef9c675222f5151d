"""What a page of a problem that cannot be translated carries: the kernel's own numbers."""

from __future__ import annotations

import base64
import json
import re
import zlib
from typing import Any

import numpy as np
import pytest

import gradwidget as gw
from gradwidget.widget import _recorded, protocol
from tests.publish.recorded import problem


@pytest.fixture(scope="module")
def recorded():
    """Of a widget with draws: its state, the records and their parts."""
    widget = gw.GradWidget(problem(), x=0.5, k=2.0, seed=3)
    widget.run(12)
    carried = widget._carried()
    samples = widget.samples
    widget.close()
    text = zlib.decompress(carried.modules["gradient"]).decode()
    told, packed = re.search(r'createEngine\(sync,replies,(\{.*\}),"(.*)"\);\n$', text).groups()
    records = json.loads(told)
    whole = zlib.decompress(base64.b64decode(packed))
    starts = [0, *records["ends"][:-1]]
    parts = [whole[a:b] for a, b in zip(starts, records["ends"], strict=True)]
    return carried, records, parts, samples


def test_points_and_curves_are_the_kernels(recorded: Any):
    _, records, parts, _ = recorded
    assert 0.5 in records["along"]
    assert records["lines"][0]["params"] == {"k": 2.0}
    assert len({line["params"]["k"] for line in records["lines"]}) == len(records["lines"]) >= 3
    for line in records["lines"][:: len(records["lines"]) - 1]:
        k = line["params"]["k"]
        _, over = protocol.unpack(parts[line["range"]])
        kernel = gw.inspect_curve(problem(), over["curve.x"], k)
        np.testing.assert_allclose(over["curve.gradient"], kernel.gradient, rtol=1e-6)
        assert over["density.moments"][1] > 0
        for which in (0, len(records["along"]) - 1):
            x = records["along"][which]
            header, arrays = protocol.unpack(parts[line["points"][which]])
            found = gw.inspect(problem(), x, k)
            point = dict(zip(protocol.POINT_FIELDS, arrays["point"], strict=True))
            assert point["gradient"] == found.gradient
            assert header["headline"]["judgement"].startswith("agrees with the closed form")
            assert header["values"]["x"] == x
            assert header["values"]["k"] == k


def test_the_chain_and_why_are_told(recorded: Any):
    carried, records, parts, samples = recorded
    header, arrays = protocol.unpack(parts[records["chain"]])
    assert header["num_draws"] == 12
    np.testing.assert_array_equal(arrays["draws"], samples)
    assert "eigh" in records["why"]
    # What was not recorded cannot be asked for.
    locked = set(carried.state["look"]["lock"])
    assert {"solver", "dtype", "algorithm", "step", "run", "preset", "seed"} <= locked
    assert not {"x", "k"} & locked
    assert carried.state["segments"] == []


def test_what_takes_long_is_recorded_at_fewer_points(monkeypatch):
    widget = gw.GradWidget(problem(), x=0.5)
    monkeypatch.setattr(_recorded, "PATIENCE", 0.0)
    along, lines = _recorded._record(*widget._now())
    widget.close()
    points, values = _recorded.GRIDS[-1]
    assert (len(along), len(lines)) == (points, values)


def test_a_vectors_plane_is_recorded():
    of = problem().f_with_gradient
    vector = gw.from_function(lambda x, k=1.0: of(x[0], k) + x[1] ** 2, dim=2, k=gw.slider(0.5, 4))
    widget = gw.GradWidget(vector, x=[0.5, 0.25])
    session, inputs = widget._now()
    text = _recorded.recorded_module(session, inputs, "it is so")
    widget.close()
    (told,) = re.findall(r'createEngine\(sync,replies,(\{.*\}),"', text)
    records = json.loads(told)
    assert len(records["planes"]) == 2
    assert records["values"]["x"] == [0.5, 0.25]
    assert 0.0 in records["along"]
