"""What is shipped: the wheel and the sdist, built as a release builds them, without Node."""

import os
import re
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

import gradwidget

PROJECT = Path(__file__).resolve().parents[2]
FRONT_END = {
    f"gradwidget/static/{name}"
    for name in (
        *("widget.js", "widget.css", "saved.js"),
        *("published.js", "notebook.css", "formulas.js", "slides.js", "slides.css"),
    )
}


def _build(source: Path, out: Path, *formats: str) -> subprocess.CompletedProcess[str]:
    """Build with a PATH on which there is no Node."""
    return subprocess.run(
        [sys.executable, "-m", "build", "--no-isolation", f"--outdir={out}", *formats, source],
        capture_output=True,
        text=True,
        env=os.environ | {"PATH": os.devnull},
    )


@pytest.fixture(scope="module")
def sdist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("sdist")
    done = _build(PROJECT, out, "--sdist")
    assert done.returncode == 0, done.stdout + done.stderr
    (path,) = out.glob("*.tar.gz")
    return path


@pytest.fixture(scope="module")
def unpacked(sdist: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("unpacked")
    with tarfile.open(sdist) as archive:
        archive.extractall(folder, filter="data")
    (source,) = folder.iterdir()
    return source


def test_a_wheel_built_from_the_sdist_is_complete(unpacked, tmp_path):
    done = _build(unpacked, tmp_path, "--wheel")
    assert done.returncode == 0, done.stdout + done.stderr
    (path,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(path) as wheel:
        names = set(wheel.namelist())
        (metadata,) = (name for name in names if name.endswith(".dist-info/METADATA"))
        text = wheel.read(metadata).decode()
        bundle = wheel.read("gradwidget/static/widget.js")
        (entry_points,) = (name for name in names if name.endswith("entry_points.txt"))
        commands = wheel.read(entry_points).decode()

    assert names >= FRONT_END | {"gradwidget/__init__.py", "gradwidget/py.typed"}
    assert "gradwidget/notebook/document.html" in names
    assert "gradwidget = gradwidget.__main__:main" in commands
    assert "gradwidget = gradwidget.notebook._exporter:PageExporter" in commands
    assert any(name.endswith("licenses/LICENSE") for name in names)
    assert not [name for name in names if name.split("/")[0] in {"js", "tests", "node_modules"}]
    assert re.search(rf"^Version: {re.escape(gradwidget.__version__)}$", text, re.MULTILINE)
    assert re.search(r"^License-Expression: Apache-2.0$", text, re.MULTILINE)
    assert bundle == (PROJECT / "src" / "gradwidget" / "static" / "widget.js").read_bytes()


def test_the_sdist_carries_the_front_end_and_its_sources(sdist):
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}

    assert names >= {f"src/{name}" for name in FRONT_END}
    assert names >= {"js/index.ts", "package.json", "package-lock.json", "pyproject.toml"}
    assert not [name for name in names if name.startswith(("node_modules", ".venv", "tests"))]


def test_without_the_front_end_there_is_no_wheel(unpacked, tmp_path):
    """A source tree that has lost the bundle, and a machine that cannot build it."""
    for name in FRONT_END:
        (unpacked / "src" / name).rename(tmp_path / Path(name).name)
    try:
        done = _build(unpacked, tmp_path, "--wheel")
    finally:
        for name in FRONT_END:
            (tmp_path / Path(name).name).rename(unpacked / "src" / name)

    assert done.returncode != 0
    assert "npm" in done.stdout + done.stderr
    assert not list(tmp_path.glob("*.whl"))
