"""What `import gradwidget` offers and what it leaves alone."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import gradwidget

SRC = Path(__file__).resolve().parents[2] / "src"


def _modules_after(code: str) -> set[str]:
    """The top-level modules that a fresh interpreter has loaded after running `code`."""
    listing = "import sys; print(*{name.partition('.')[0] for name in sys.modules})"
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\n{listing}"],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"PYTHONPATH": str(SRC)},
    )
    return set(done.stdout.split())


def test_import_loads_no_heavy_package():
    loaded = _modules_after("import gradwidget")

    assert not loaded & {"jax", "anywidget", "traitlets", "blackjax", "matplotlib", "optimistix"}


@pytest.mark.parametrize("name", ["power", "inspect", "check_gradient", "Problem", "Status"])
def test_the_numerical_half_needs_no_notebook(name):
    loaded = _modules_after(f"from gradwidget import {name}")

    assert "jax" in loaded
    assert not loaded & {"anywidget", "ipywidgets", "traitlets", "blackjax", "matplotlib"}


def test_the_widget_imports_the_sampler_and_the_plots_later():
    loaded = _modules_after("from gradwidget import GradWidget")

    assert "anywidget" in loaded
    assert not loaded & {"blackjax", "matplotlib", "optimistix"}


@pytest.mark.parametrize("name", gradwidget.__all__)
def test_every_public_name_is_there(name):
    value = getattr(gradwidget, name)

    assert name in dir(gradwidget)
    assert getattr(value, "__doc__", None)


def test_names_and_homes_agree():
    assert sorted(gradwidget._HOME) == sorted(set(gradwidget.__all__) - {"__version__"})


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'gradient_widget'"):
        gradwidget.gradient_widget  # noqa: B018
