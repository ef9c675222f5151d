"""Is the precision of the arguments kept?"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ._jaxpr import closed_over_float32, lowering
from ._measured import MODES, Check, Measured
from ._report import CheckRow, Outcome
from ._running import unjudged_row

Array = NDArray[np.float64]


def precision_rows(check: Check, measured: Measured) -> list[CheckRow]:
    subject = check.subject
    if subject.dtype != "float64" or subject.jaxpr is None:
        return []
    lowered = lowering(subject.jaxpr)
    where = "function"
    if lowered is None:
        for mode, function in (
            ("forward", subject.contraction.along_forward),
            ("reverse", subject.contraction.along_reverse),
        ):
            if measured.modes[mode].error is None and lowered is None:
                try:
                    lowered = lowering(
                        subject.trace(function, subject.arguments.z, subject.arguments.scale)
                    )
                except Exception:  # runs outside of jit only
                    lowered = None
                where = f"{mode} derivative"
    data = closed_over_float32(subject.jaxpr)
    shapes = ", ".join(str(shape) if shape else "a number" for shape in data[:3])
    if lowered is not None and _is_felt(measured):
        if data:
            return [
                unjudged_row(
                    "precision",
                    "float64",
                    f"The function closes over float32 data ({shapes}) and computes in float32 "
                    f"({lowered}): derivatives can be judged to single precision only.",
                )
            ]
        return [
            CheckRow(
                "precision",
                "",
                0,
                "float64",
                Outcome.FAIL,
                cause=f"The {where} silently lowers float64 arguments to a lower precision "
                f"({lowered}).",
                what_to_do="Remove the conversion, or create arrays in the argument's dtype.",
            )
        ]
    if data:
        return [
            unjudged_row(
                "precision",
                "float64",
                f"The function closes over float32 data ({shapes}): what is checked is the "
                "function of the rounded data, which is the limit of what can be judged.",
            )
        ]
    return [CheckRow("precision", "", 0, "float64", Outcome.PASS)]


def _is_felt(measured: Measured) -> bool:
    """Whether a lowered precision shows in the numbers, rather than in an index or a message."""
    for output in measured.check.plain:
        if np.asarray(output).dtype != np.float64:
            return True
    numbers = [measured.values.ravel()]
    for mode, comparison in zip(MODES, measured.comparisons.values(), strict=True):
        if comparison is not None:
            numbers.append(measured.modes[mode].slope.ravel())
            truth = comparison.truth
            size = np.maximum(np.abs(truth.value), truth.variation)
            noisy = truth.error > 1e-8 * size
            if np.mean(noisy) > 0.5 or comparison.worst > 1e-9:
                return True
    return any(_fits_float32(values) for values in numbers)


def _fits_float32(values: Array) -> bool:
    values = values[np.isfinite(values) & (values != 0)]
    return len(values) > 2 and bool(np.all(values.astype(np.float32) == values))
