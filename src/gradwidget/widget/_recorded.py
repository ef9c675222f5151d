"""What a page shows of a problem that cannot be translated: values that Python has computed.

Recorded are the curves for the parameters as they are and for others, one parameter changed at a
time; for each of these the inspection at points along the curves; and the chain so far. The page
goes to the nearest of them.
"""

from __future__ import annotations

import base64
import json
import time
import zlib
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from . import _frames, protocol
from ._session import Inputs, Session
from ._static import static

#: Points along the curves, and values of each parameter: as many as do not take too long.
GRIDS = ((41, 9), (21, 7), (11, 5), (7, 3))
#: In seconds, for all of them.
PATIENCE = 20.0

Floats = NDArray[np.float64]


class Line(NamedTuple):
    """Curves for some parameters, and the inspection at points along them.

    Attributes:
        params: by name.
        over_range: the packed curves and the density.
        points: packed frames, one for each of the positions along the curves.
    """

    params: dict[str, float]
    over_range: bytes
    points: list[bytes]


def recorded_module(session: Session, inputs: Inputs, why: str) -> str:
    """The module of a page that shows what was recorded.

    Args:
        session: computes it; its chain stays as it is.
        inputs: what the user has set.
        why: the problem cannot be computed in the page, in a sentence.

    Returns:
        The text of an ES module; js/engine/recorded.ts reads it.
    """
    along, lines = _record(session, inputs)
    parts: list[bytes] = []

    def put(part: bytes) -> int:
        parts.append(part)
        return len(parts) - 1

    records: dict[str, Any] = {
        "why": why.rstrip("."),
        "values": _frames.values(session, inputs),
        "along": along.tolist(),
        "lines": [
            {
                "params": line.params,
                "range": put(line.over_range),
                "points": [put(point) for point in line.points],
            }
            for line in lines
        ],
        "chain": None,
        "planes": [],
    }
    if session.num_draws and session.is_current(inputs):
        records["chain"] = put(_frames.draws(session, inputs, 0, _HEADER))
    if inputs.plane is not None:
        tells = (_frames.plane_field, _frames.plane_density)
        found = [tell(session, inputs, _HEADER, lambda: True) for tell in tells]
        records["planes"] = [put(part) for part in found if part is not None]
    ends = np.cumsum([len(part) for part in parts]).tolist()
    packed = base64.b64encode(zlib.compress(b"".join(parts), 9)).decode()
    told = json.dumps({**records, "ends": ends}, allow_nan=False)
    return (
        f"{static('recorded.js')}\nexport const createEngine=(sync,replies)=>"
        f'recorded.createEngine(sync,replies,{told},"{packed}");\n'
    )


_HEADER = {"number": 0, "seq": None, "view": None, "settled": True, "batch": None, "running": False}


def _record(session: Session, inputs: Inputs) -> tuple[Floats, list[Line]]:
    """The positions along the curves, and all lines; that of the inputs comes first."""
    began = time.monotonic()
    curves = session.curves(inputs)
    ranged = time.monotonic()
    _points_on(session, inputs, [inputs.along], curves)
    took_range, took_point = ranged - began, time.monotonic() - ranged
    count = len(session.problem.parameters)

    def seconds(points: int, values: int) -> float:
        return (1 + count * values) * (took_range + points * took_point)

    fitting = (grid for grid in GRIDS if seconds(*grid) <= PATIENCE)
    points, values = next(fitting, GRIDS[-1])
    along = _grid(*session._reach(inputs), points, inputs.along)
    lines = []
    for each in _variations(session, inputs, values):
        curves = session.curves(each)
        names = [parameter.name for parameter in session.problem.parameters]
        lines.append(
            Line(
                dict(zip(names, each.params, strict=True)),
                _packed(
                    {"kind": protocol.FRAME, **_HEADER, "rows": []},
                    _frames.over_range(session, each, curves),
                ),
                _points_on(session, each, along, curves),
            )
        )
    return along, lines


def _variations(session: Session, inputs: Inputs, count: int) -> Iterator[Inputs]:
    """The inputs as they are, and with one parameter changed at a time."""
    yield inputs
    for which, parameter in enumerate(session.problem.parameters):
        range_ = session._ranges[parameter.name]
        here = inputs.params[which]
        choices = [number for _, number in range_.choices] or _grid(
            range_.min, range_.max, count, here, range_.log
        )
        for value in choices:
            if value != here:
                params = (*inputs.params[:which], float(value), *inputs.params[which + 1 :])
                yield inputs._replace(params=params)


def _grid(low: float, high: float, count: int, here: float, log: bool = False) -> Floats:
    """So many values over a range; the nearest to where the user is gives way to that."""
    exact = (np.geomspace if log else np.linspace)(low, high, count)
    values = np.array([float(f"{value:.12g}") for value in exact])
    values[np.argmin(np.abs(values - here))] = here
    return np.sort(values)


def _points_on(session: Session, inputs: Inputs, along: ArrayLike, curves: Any) -> list[bytes]:
    """The inspection at points along the curves, as frames without what these have in common."""
    packed = []
    for position in map(float, np.asarray(along)):
        at = inputs._replace(x=position) if inputs.t is None else inputs._replace(t=position)
        fields, arrays = _frames.at_point(session, at, curves[0])
        packed.append(_packed({"kind": protocol.FRAME, **_HEADER, **fields}, arrays))
    return packed


#: What is read as a number keeps all digits; curves are drawn.
_EXACT = ("point", "rows", "curve.x", "error.x")


def _packed(header: dict[str, Any], arrays: dict[str, Any]) -> bytes:
    """A frame whose curves have single precision's digits, which compress to half the size."""
    with np.errstate(over="ignore"):
        drawn = {
            name: array if name in _EXACT else np.asarray(array, float).astype(np.float32)
            for name, array in arrays.items()
        }
    return protocol.pack(header, drawn)
