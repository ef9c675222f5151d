"""Python functions as programs: sentences, and NumPy code that is traced as it stands."""

from __future__ import annotations

import math
import random
from enum import IntEnum

import jax
import numpy as np
import pytest

import gradwidget.inspection._headline as headline
from gradwidget.compiler import UntranslatableError, module_text, trace, traceable, words_text
from gradwidget.inspection.check._differences import differentiate
from tests.compiler.engines import Program, run_in_node


class Code(IntEnum):
    good = 0
    bad = 7

    def __str__(self):
        return f"it is {self.name}"


def told(value: float, code: Code, names: list[str]) -> list[str]:
    if code == Code.bad and value not in (1.0, 2.0):
        return [f"{code}: {value:.3g}", str(code), code.name]
    many = "s" * (len(names) > 1)
    return [*names, f"{value:+.4f} name{many}", ", ".join(n.upper() for n in names)]


def test_sentences_are_pythons():
    text = words_text(told, codes=(Code,))
    calls = [
        (value, int(code), names)
        for value in (1.0, -2.5, 1e-9)
        for code in Code
        for names in (["a"], ["a", "bc"])
    ]
    (found,) = run_in_node([Program(f"{text}export {{told}};", calls, "told")])
    assert [one["out"] for one in found] == [
        told(value, Code(code), names) for value, code, names in calls
    ]


def test_numbers_are_written_as_python_writes_them():
    text = words_text(headline._number, codes=())
    draw = random.Random(0)
    values = [0.0, -0.0, 0.125, 0.5, 2.5, 1e-5, 9.9995, 99995.0, 5e-324, math.inf, math.nan]
    values += [draw.gauss(0, 1) * 10 ** draw.randint(-9, 9) for _ in range(500)]
    values += [draw.randint(-4000, 4000) / 2 ** draw.randint(0, 10) for _ in range(500)]
    specs = (".4g", ".2g", "g", ".3f", ".0f", "+.3f", "+.4f", ".1e")
    calls = [(value, spec) for value in values for spec in specs]
    (found,) = run_in_node([Program(f"{text}export {{format}};", calls, "format")])
    assert [one["out"] for one in found] == [format(value, spec) for value, spec in calls]


def beyond(value: float) -> float:
    while value > 1:
        value = value / 2
    return value


def test_what_is_not_translated_is_refused_with_its_place():
    with pytest.raises(UntranslatableError, match=r"test_words\.py:\d+, line 2.*While"):
        words_text(beyond, codes=())


def test_numpy_code_is_traced_as_it_stands():
    values = np.exp(np.linspace(-1, 1, 27))[None]
    with jax.enable_x64(True):
        eps = float(np.finfo(float).eps)
        traced = jax.jit(traceable(lambda values: differentiate(values, eps)))(values)
    for one, other in zip(differentiate(values, eps), traced, strict=True):
        np.testing.assert_allclose(other, one, rtol=1e-12)


def test_numpy_code_that_asks_for_values_is_refused():
    with jax.enable_x64(True), pytest.raises(TypeError, match="not known"):
        jax.jit(traceable(lambda x: np.asarray(x)))(1.0)
    with jax.enable_x64(True), pytest.raises(TypeError, match="not known"):
        jax.jit(traceable(lambda x: x if x > 0 else -x))(1.0)


def test_programs_of_one_module_share_what_they_call():
    shared = jax.jit(lambda x: sum(jax.numpy.sin(x) ** n for n in range(2, 30)))
    with jax.enable_x64(True):
        one = trace(lambda x: shared(x) + 1, (0.5,))
        two = trace(lambda x: shared(2 * x), (0.5,))
        apart = len(module_text({"one": one})) + len(module_text({"two": two}))
        together = module_text({"one": one, "two": two})
        (found,) = run_in_node([Program(together, [(0.25,)], "two")])
        assert found[0]["out"] == pytest.approx(float(shared(0.5)), rel=1e-14)
    assert len(together) < 0.75 * apart
