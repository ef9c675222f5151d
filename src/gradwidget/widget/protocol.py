"""What travels between Python and the page, defined once.

A *frame* is one binary buffer: everything that one change recomputed, packed so that NaN and
infinities survive (they do not survive JSON) and so that the page reads arrays without copying:

    uint32 (little endian)  length H of the header
    H bytes                 the header, UTF-8 JSON, padded with spaces to make 4 + H a multiple of 8
    float64 (little endian) the arrays, one after the other, C order

The header's ``arrays`` gives for each name ``[offset, *shape]``, the offset in float64s from the
start of the data. The same constants serve the page: :func:`typescript` writes
``js/state/protocol.ts`` from this module, and a test holds the two together.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..argmin import Status
from ..inspection import Inspection, Verdict

#: A frame carries the inspection at x, its curves, the inner problem and the density.
FRAME = "frame"
#: A batch of draws and the transition that ended it.
DRAWS = "draws"

#: What `check_gradient` found of the rule.
CHECK = "check"
#: The inspection over x and one parameter.
MAP = "map"
#: Over two coordinates of a vector: the gradient's errors, or the density.
PLANE = "plane"
#: What a page hands to the clipboard.
COPY = "copy"

#: Columns of the ``rows`` array, in the order of the table named Gradients.
ROW_COLUMNS = ("value", "gradient", "relative error", "inner residual", "time")

#: Fields of the ``point`` array: the scalars of an :class:`~gradwidget.Inspection`.
POINT_FIELDS = tuple(name for name in Inspection._fields if name != "param_gradients")

#: Arrays of the curves over x, named ``curve.value`` and so on, and of the error's own grid.
CURVE_FIELDS = (
    "x",
    "value",
    "gradient",
    "reference_value",
    "reference_gradient",
    "rel_error",
    "verdict",
)
ERROR_FIELDS = ("x", "rel_error", "verdict", "status")

#: Fields of the ``transition.scalars`` array.
TRANSITION_FIELDS = (
    "delta_energy",
    "acceptance_rate",
    "uniform",
    "momentum",
    "inverse_mass",
    "step_size",
)

#: Arrays of a NUTS transition's tree, named ``tree.order`` and so on.
TREE_FIELDS = ("directions", "doubling", "order")

#: Fields of the ``summary`` array of a draws frame; NaN where not known yet.
SUMMARY_FIELDS = (
    "acceptance_rate",
    "num_divergent",
    "ess",
    "rhat",
    "mean",
    "sd",
    "exact_mean",
    "exact_sd",
    "ess_tail",
    "ebfmi",
)

#: The traits, besides x and the parameters, that a view shows and sets.
SETTINGS = (
    "solver",
    "dtype",
    "algorithm",
    "step_size",
    "num_integration_steps",
    "inverse_mass_matrix",
    "initial_position",
    "seed",
    "num_chains",
    "gradient_scale",
)

#: Verdict codes, as in the ``verdict`` arrays.
VERDICTS = {verdict.name: int(verdict) for verdict in Verdict}

#: Solver status codes, as in the ``status`` arrays.
STATUSES = {status.name.lower(): int(status) for status in Status}

#: At most this many batches of draws are unacknowledged while a chain runs.
CREDIT = 2

_HEADER_LENGTH = np.dtype("<u4")
_NUMBER = np.dtype("<f8")


def pack(header: Mapping[str, Any], arrays: Mapping[str, ArrayLike]) -> bytes:
    """Pack a header and named arrays into one frame.

    Args:
        header: JSON-able fields; without NaN or infinity, which belong in the arrays.
        arrays: named arrays of any shape; stored as float64.

    Returns:
        The frame's bytes.

    Raises:
        ValueError: if the header holds NaN or infinity.
    """
    offset = 0
    table: dict[str, list[int]] = {}
    chunks: list[bytes] = []
    for name, array in arrays.items():
        data: NDArray[np.float64] = np.ascontiguousarray(array, dtype=_NUMBER)
        table[name] = [offset, *data.shape]
        offset += data.size
        chunks.append(data.tobytes())
    text = json.dumps({**header, "arrays": table}, allow_nan=False).encode()
    text += b" " * (-(_HEADER_LENGTH.itemsize + len(text)) % _NUMBER.itemsize)
    return b"".join([np.array(len(text), _HEADER_LENGTH).tobytes(), text, *chunks])


def unpack(frame: bytes) -> tuple[dict[str, Any], dict[str, NDArray[np.float64]]]:
    """Read back what :func:`pack` wrote.

    Args:
        frame: the frame's bytes.

    Returns:
        The header (with its ``arrays`` table) and the arrays by name.
    """
    start = _HEADER_LENGTH.itemsize
    length = int(np.frombuffer(frame, _HEADER_LENGTH, count=1)[0])
    header = json.loads(frame[start : start + length])
    data = np.frombuffer(frame, _NUMBER, offset=start + length)
    arrays = {
        name: data[offset : offset + int(np.prod(shape))].reshape(shape)
        for name, (offset, *shape) in header["arrays"].items()
    }
    return header, arrays


#: What the page must know as well, in the order in which it is written.
_SHARED = (
    "FRAME",
    "DRAWS",
    "CHECK",
    "MAP",
    "PLANE",
    "COPY",
    "ROW_COLUMNS",
    "POINT_FIELDS",
    "CURVE_FIELDS",
    "ERROR_FIELDS",
    "TRANSITION_FIELDS",
    "SUMMARY_FIELDS",
    "SETTINGS",
    "VERDICTS",
    "STATUSES",
    "CREDIT",
)


def typescript() -> str:
    """The text of ``js/state/protocol.ts``.

    Returns:
        TypeScript, formatted as the front end's formatter leaves it.
    """
    lines = ["// Generated by `python -m gradwidget.widget.protocol`; do not edit.", ""]
    for name in _SHARED:
        value = globals()[name]
        if isinstance(value, tuple):
            items = "".join(f"  {json.dumps(item)},\n" for item in value)
            text = f"[\n{items}] as const"
            short = f"[{', '.join(json.dumps(item) for item in value)}] as const"
        elif isinstance(value, dict):
            items = "".join(f"  {key}: {code},\n" for key, code in value.items())
            text = f"{{\n{items}}} as const"
            short = text
        else:
            text = short = json.dumps(value)
        line = f"export const {name} = {short};"
        lines += [line if len(line) <= 100 else f"export const {name} = {text};", ""]
    return "\n".join(lines[:-1]) + "\n"


if __name__ == "__main__":
    sys.stdout.write(typescript())
