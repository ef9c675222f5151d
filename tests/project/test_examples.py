"""The example notebooks run, and say what they promise."""

import os
import subprocess
import sys
from pathlib import Path

import jupytext
import nbformat
import pytest

PROJECT = Path(__file__).resolve().parents[2]
#: The lecture is run when it is published: tests/browser/test_lecture.py.
NAMES = sorted(
    path.name for path in (PROJECT / "examples").glob("*.ipynb") if path.name != "lecture.ipynb"
)


@pytest.fixture(scope="module")
def executed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the examples as a fresh kernel leaves them."""
    folder = tmp_path_factory.mktemp("examples")
    done = subprocess.run(
        [sys.executable, "-m", "scripts.notebooks", *NAMES, "--out", folder],
        cwd=PROJECT,
        env=os.environ | {"JAX_PLATFORMS": "cpu", "IPYTHONDIR": str(folder / "ipython")},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    return folder


def _text(path: Path) -> list[str]:
    """What each code cell printed, in order."""
    notebook = nbformat.read(path, as_version=4)
    return [
        "".join(output.text for output in cell.outputs if output.output_type == "stream")
        for cell in notebook.cells
        if cell.cell_type == "code"
    ]


@pytest.mark.parametrize("name", NAMES)
def test_stored_outputs_are_those_of_a_run(executed, name):
    """Each cell prints as many lines as are stored, and warns about nothing."""
    fresh = nbformat.read(executed / name, as_version=4)
    stderr = [
        output.text
        for cell in fresh.cells
        for output in cell.get("outputs", [])
        if output.get("name") == "stderr"
    ]
    assert stderr == []

    stored = _text(PROJECT / "examples" / name)
    assert [text.count("\n") for text in _text(executed / name)] == [
        text.count("\n") for text in stored
    ]


def test_the_lecture_is_the_same_as_text():
    """The notebook was made from the MyST text: the same cells in the same order."""
    text, notebook = (jupytext.read(PROJECT / "examples" / f"lecture.{e}") for e in ("md", "ipynb"))
    cells = [[(cell.cell_type, cell.source) for cell in each.cells] for each in (text, notebook)]
    assert cells[0] == cells[1]


def test_the_profile_likelihoods_rule_is_exact_and_a_short_unrolled_solver_is_not(executed):
    lines = "".join(_text(executed / "profile_likelihood.ipynb")).splitlines()
    table = lines[next(i for i, line in enumerate(lines) if line.startswith("gradient")) + 1 :]
    error = {line[:18].strip(): float(line.split()[-1]) for line in table[:9]}

    assert error["the rule"] < 1e-12
    assert error["unrolled, 3"] > 1e-3 > error["unrolled, 10"] > 1e-9
    assert "no fault found" in "".join(lines)
    mean, sd, exact_mean, exact_sd = _numbers(
        next(line for line in lines if line.startswith("effect")).replace(";", "")
    )
    assert abs(mean - exact_mean) < 5 * exact_sd / 20
    assert sd == pytest.approx(exact_sd, rel=0.2)


def test_the_own_functions_are_judged(executed):
    text = "".join(_text(executed / "your_own_function.ipynb"))

    assert "x = 0.2: y* = 0.000, f' = 0.400, kink" in text
    assert "[0.5 0. ] kink" in text
    assert "agree disagree" in text
    assert "it branches on a value that is not known yet" in text


def test_the_students_see_what_they_are_told(executed):
    lines = "".join(_text(executed / "hmc_for_students.ipynb")).splitlines()
    accepted = [float(line.split()[3]) for line in lines if line.startswith("step ")][:4]
    assert accepted == sorted(accepted, reverse=True)
    assert accepted[0] > 0.99
    assert accepted[3] < 0.05
    effective = {
        line[:13].strip(): float(line.split("draws")[1].split()[0])
        for line in lines
        if "of 4,000" in line
    }
    assert effective["too short"] < effective["a whole orbit"] < 400
    assert effective["good"] > 4_000
    assert effective["half an orbit"] > 4_000


def test_the_wrong_backward_rules_are_named(executed):
    lines = "".join(_text(executed / "check_a_custom_vjp.ipynb")).splitlines()
    causes = dict(
        line.split(": ", 1) for line in lines if line.startswith(("forgets", "is_", "sto"))
    )
    assert "with respect to a is silently 0" in causes["forgets_an_argument"]
    assert "does not multiply by its cotangent" in causes["forgets_the_cotangent"]
    assert "The custom rule of softplus" in causes["is_right_at_one_point"]
    assert "because of a `stop_gradient`" in causes["stops_at_first_order"]


def _numbers(line: str) -> list[float]:
    found = []
    for word in line.replace("[", " ").replace("]", " ").split():
        try:
            found.append(float(word))
        except ValueError:
            continue
    return found
