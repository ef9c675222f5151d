from pathlib import Path

import numpy as np
import pytest

from gradwidget.widget import protocol

ROOT = Path(__file__).parents[2]


def test_what_is_packed_comes_back() -> None:
    arrays = {
        "point": [1.0, float("nan"), float("inf"), -0.0],
        "draws": np.arange(6.0).reshape(2, 3),
        "flags": np.array([True, False]),
        "empty": np.zeros((2, 0)),
    }
    header, back = protocol.unpack(protocol.pack({"kind": "frame", "why": "ΔH − «é»"}, arrays))
    assert header["kind"] == "frame"
    assert header["why"] == "ΔH − «é»"
    assert back.keys() == arrays.keys()
    for name, array in arrays.items():
        np.testing.assert_array_equal(back[name], np.asarray(array, float))
        assert back[name].shape == np.shape(array)


@pytest.mark.parametrize("length", range(9))
def test_the_arrays_are_aligned_whatever_the_header(length: int) -> None:
    frame = protocol.pack({"pad": "x" * length}, {"a": [1.5, 2.5]})
    size = int(np.frombuffer(frame, "<u4", count=1)[0])
    assert (4 + size) % 8 == 0
    assert len(frame) == 4 + size + 16


def test_a_header_cannot_hold_what_json_cannot() -> None:
    with pytest.raises(ValueError, match="JSON"):
        protocol.pack({"time": float("nan")}, {})


def test_the_page_reads_the_same_constants() -> None:
    written = (ROOT / "js" / "state" / "protocol.ts").read_text(encoding="utf-8")
    assert written == protocol.typescript(), (
        "run `python -m gradwidget.widget.protocol > js/state/protocol.ts`"
    )
