"""What the README shows can be done."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
README = (PROJECT / "README.md").read_text()


def _blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)


def test_the_python_runs(tmp_path):
    """All blocks as one script, warnings being errors."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", "\n".join(_blocks("python"))],
        env=os.environ | {"JAX_PLATFORMS": "cpu", "PYTHONPATH": str(PROJECT / "src")},
        cwd=tmp_path,  # a page is saved there
        capture_output=True,
        text=True,
    )

    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    verdict, gradient, reference = done.stdout.splitlines()[0].split()
    assert verdict in {"disagree", "not_converged"}
    assert float(gradient) == pytest.approx(0.4044, abs=1e-3)
    assert float(reference) == pytest.approx(0.18**0.5, rel=1e-6)
    assert "(1, 1000)" in done.stdout


def test_the_make_targets_exist():
    makefile = (PROJECT / "Makefile").read_text()
    named = set(re.findall(r"\bmake ([a-z-]+)", "\n".join(_blocks("sh"))))

    assert {"lab", "test", "lint", "bench", "build"} <= named
    for target in named:
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


def test_what_it_links_to_is_there():
    links = re.findall(r"\]\(([^)#:]+)\)|(?:src|srcset)=\"([^\"]+)\"", README)

    assert links
    for path in (first or second for first, second in links):
        assert (PROJECT / path).is_file(), path
    for path in re.findall(r"`((?:src|js|tests|examples)/[\w./]*)`", README):
        assert (PROJECT / path).exists(), path
