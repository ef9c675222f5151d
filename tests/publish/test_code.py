"""The script that a widget stands for runs without gradwidget and prints the widget's numbers."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import gradwidget as gw
from gradwidget._context import computing
from gradwidget.publish import Situation, SourceError, code

GALLERY = gw.gallery()
OFFSETS = np.array([0.3, -1.25, 1 / 3])

# All scripts run in one process, so that JAX starts once; each in names of its own.
_RUN = """
import sys
for path in sys.argv[1:]:
    print("script", path)
    exec(compile(open(path, encoding="utf-8").read(), path, "exec"), {"__name__": "__main__"})
assert not any(name.split(".")[0] == "gradwidget" for name in sys.modules)
"""


@jax.custom_jvp
def square(x):
    """Half of the square."""
    return x**2 / 2


@square.defjvp
def square_rule(primals, tangents):
    (x,), (x_dot,) = primals, tangents
    return square(x), x * x_dot


def own_h(y, *, a: float = 1.0) -> jax.Array:
    """With a keyword, data, a rule of its own and a helper."""
    return a * square(y) + jnp.sum(jnp.cosh(y - jnp.asarray(OFFSETS, y.dtype)))


def problems():
    """The gallery, and what users might bring."""
    scale = 2.5  # a closure
    return {
        **GALLERY,
        "own": gw.conjugate(own_h, a=(0.5, 2.0)),
        "lambda": gw.from_function(lambda x, k=1.5: scale * jnp.log(jnp.cosh(k * x)), k=(1, 2)),
    }


def start(problem):
    return np.array(problem.start) if problem.start else problem.x.value


def situation(problem, **changes):
    values = {p.name: p.value for p in problem.parameters}
    x = start(problem)
    made = Situation(problem, values, x, "float64", "hmc", [], x, 0, 1, 1.0)
    return made._replace(**changes)


class Said(NamedTuple):
    """What a widget says, and its script."""

    script: str
    inspection: gw.Inspection
    samples: np.ndarray
    dtype: str


@pytest.fixture(scope="module")
def widgets():
    """One for each sampler, and one that shows a wrong gradient twice over."""
    made = {
        "hmc": {"p": 1.5, "x": 0.8, "num_chains": 2, "seed": 7},
        "nuts": {"x": [0.1, 0.2], "inverse_mass_matrix": [0.5, 2.0]},
        "mala": {"problem": GALLERY["moreau"], "step_size": 0.1},
        "wrong": {"preset": "wrong", "gradient_scale": 0.5},
    }
    said = {}
    for name, values in made.items():
        w = gw.GradWidget(**values, **({} if name == "wrong" else {"algorithm": name}))
        w.run(6)
        w.step_size = 0.8 * w.step_size  # in the middle of the chain
        w.run(4)
        said[name] = Said(w.code(), w.inspection, w.samples, w.dtype)
        w.close()
    return said


@pytest.fixture(scope="module")
def printed(widgets, tmp_path_factory):
    """What each script prints, by the name of its problem or widget."""
    folder = tmp_path_factory.mktemp("scripts")
    texts = {name: code(situation(problem)) for name, problem in problems().items()}
    texts |= {f"widget {name}": said.script for name, said in widgets.items()}
    paths = {folder / f"{i}.py": name for i, name in enumerate(texts)}
    for path, name in paths.items():
        path.write_text(texts[name], encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", _RUN, *map(str, paths)],
        env={**os.environ, "PYTHONPATH": "", "JAX_PLATFORMS": "cpu"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    found = {}
    for part in done.stdout.split("script ")[1:]:
        path, *lines = part.splitlines()
        name = next(name for known, name in paths.items() if str(known) == path)
        found[name] = {line[:11].strip(): line[12:] for line in lines}
    return found


def numbers(text):
    """A number or an array, or a value and then the one or the other: as one flat array."""
    head, _, rest = ("", "", text) if text[0] == "[" else text.partition(" ")
    return np.concatenate([np.ravel(ast.literal_eval(part)) for part in (head, rest) if part])


@pytest.mark.parametrize("name", problems())
def test_a_problems_script_says_its_value_and_gradient(printed, name):
    problem = problems()[name]
    values = [p.value for p in problem.parameters]
    best = problem.true_f or problem.f_with_gradient
    with computing("float64"):
        truth = jax.device_get(
            jax.jit(jax.value_and_grad(best))(jnp.asarray(start(problem), jnp.float64), *values)
        )
    said = printed[name]
    np.testing.assert_allclose(numbers(said["value"]), truth[0], rtol=1e-11)
    np.testing.assert_allclose(numbers(said["gradient"]), np.ravel(truth[1]), rtol=1e-9)
    assert ("closed form" in said) == problem.has_closed_form


@pytest.mark.parametrize("name", ["hmc", "nuts", "mala", "wrong"])
def test_a_widgets_script_says_what_the_widget_says(printed, widgets, name):
    widget, said = widgets[name], printed[f"widget {name}"]
    found, rtol = widget.inspection, 1e-10 if widget.dtype == "float64" else 1e-5
    np.testing.assert_allclose(numbers(said["value"]), found.value, rtol=rtol)
    np.testing.assert_allclose(numbers(said["gradient"]), np.ravel(found.gradient), rtol=rtol)
    closed_form = numbers(said["closed form"])
    np.testing.assert_allclose(closed_form[0], found.reference_value, rtol=max(rtol, 1e-6))
    np.testing.assert_allclose(
        closed_form[1:], np.ravel(found.reference_gradient), rtol=max(rtol, 1e-6)
    )
    last = np.array(ast.literal_eval(said["last draws"]))
    # Rounding differs, and a chain makes differences larger.
    np.testing.assert_allclose(
        last, widget.samples[:, -5:], rtol=1e-8 if widget.dtype == "float64" else 1e-3
    )


def test_what_cannot_be_written_down_is_said():
    unknown = eval("lambda x: x**2")  # of no file
    with pytest.raises(SourceError, match="not defined in a file or a notebook's cell"):
        code(situation(gw.from_function(unknown)))
    helper = partial(jnp.power, 2.0)
    with pytest.raises(SourceError, match="helper, which your function uses, is a partial"):
        code(situation(gw.from_function(lambda x: helper(x))))
