"""Rules that hold for every file of the project."""

import json
import re
import subprocess
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]


def _tracked_text_files() -> list[Path]:
    listing = subprocess.run(
        ["git", "ls-files", "-z"], cwd=PROJECT, capture_output=True, text=True, check=True
    )
    paths = [PROJECT / name for name in listing.stdout.split("\0") if name]
    return [path for path in paths if path.suffix not in {".png", ".ico", ".woff2"}]


@pytest.mark.parametrize(
    "pattern",
    [
        # Where a file lay on somebody's machine.
        r"(?<![\w.])/(home|root|Users|work)/\w",
        # Unfinished work.
        r"\b(TODO|FIXME|XXX)\b",
        # Conflicts of a merge.
        r"^(<{7}|>{7}) ",
    ],
)
def test_no_file_contains(pattern):
    hits = [
        f"{path.relative_to(PROJECT)}:{number}: {line.strip()[:80]}"
        for path in _tracked_text_files()
        if path.exists() and path != Path(__file__)
        for number, line in enumerate(path.read_text().splitlines(), start=1)
        if re.search(pattern, line)
    ]

    assert hits == []


def test_notebooks_are_clean():
    """No state of widgets (it repeats the whole bundle), no trace of the machine that ran them."""
    for path in sorted((PROJECT / "examples").glob("*.ipynb")):
        notebook = json.loads(path.read_text())
        assert set(notebook["metadata"]) <= {"kernelspec", "language_info"}, path.name
        for cell in notebook["cells"]:
            assert cell["metadata"].keys() <= {"tags"}, path.name
            for output in cell.get("outputs", []):
                data = output.get("data", {})
                assert "application/vnd.jupyter.widget-view+json" not in data, path.name


def test_the_license_is_apache_2():
    text = (PROJECT / "LICENSE").read_text()

    assert "Apache License" in text
    assert "Version 2.0, January 2004" in text
