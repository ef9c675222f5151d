"""What `gradwidget publish` says and writes; pages with widgets are in tests/browser."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from traitlets.config import Config

from gradwidget.__main__ import main
from gradwidget.notebook import PublishError, publish
from gradwidget.notebook._exporter import PageExporter
from gradwidget.notebook._pages import STATE, VIEW, inside, saved_pages, seen_models
from gradwidget.notebook._publish import run

PYTHON = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}


def written(path, *cells, **metadata):
    nbformat.write(new_notebook(cells=list(cells), metadata={**PYTHON, **metadata}), path)
    return path


def shown(model: str, text: str):
    data = {VIEW: {"version_major": 2, "version_minor": 0, "model_id": model}, "text/plain": text}
    return new_code_cell("w", outputs=[new_output("display_data", data)])


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    """A notebook without a widget, as a page."""
    folder = tmp_path_factory.mktemp("page")
    (folder / "dot.png").write_bytes(b"\x89PNG of a dot")
    text = r"""# A *small* lecture

With $a < b$, and
$$\int_0^1 x\,dx$$
![a dot](dot.png) ![far away](https://example.org/far.png)
"""
    run = """from IPython.display import HTML, Latex, display
display(Latex(r"so $x_1 < 2$."))
display(HTML("<table><tr><td>1</td></tr></table><script>alert(1)</script>"))
"""
    secret = new_code_cell("secret = 6", metadata={"tags": ["remove-cell"]})
    notebook = written(
        folder / "small.ipynb",
        new_markdown_cell(text),
        secret,
        new_code_cell(run),
        new_code_cell("7 * secret"),
    )
    return publish(notebook, timeout=60).read_text(encoding="utf-8")


def test_a_notebook_is_run_and_is_a_page(page):
    assert "<title>A small lecture</title>" in page
    assert ">42</pre>" in page.replace("\n", "")
    assert "secret = 6" not in page  # it was run all the same


def test_formulas_are_marked_as_text(page):
    assert '<span data-formula="inline">a &lt; b</span>' in page
    assert r'<span data-formula="display">\int_0^1 x\,dx</span>' in page
    assert '<p>so <span data-formula="inline">x_1 &lt; 2</span>.</p>' in page


def test_nothing_is_left_outside(page):
    assert 'src="data:image/png;base64,' in page
    assert '<a href="https://example.org/far.png">picture: far away</a>' in page
    assert "cdnjs" not in page
    assert "unpkg" not in page


def test_only_the_pages_own_script_may_run(page):
    policy = page.split('Content-Security-Policy" content="')[1].split('"')[0]
    scripts = next(part for part in policy.split("; ") if part.startswith("script-src"))
    assert "default-src &#x27;none&#x27;" in policy
    assert "unsafe" not in scripts


def test_without_widgets_the_widget_is_not_carried(page):
    assert "gradwidget:front-end" not in page
    assert "gradwidget:formulas" in page


def test_an_error_in_a_cell_is_told(tmp_path, capsys):
    notebook = written(
        tmp_path / "wrong.ipynb", new_markdown_cell("text"), new_code_cell("1 / 0  # oh")
    )
    assert main(["publish", str(notebook)]) == 1
    told = capsys.readouterr().err
    assert "cell 2 (1 / 0  # oh) raises ZeroDivisionError: division by zero" in told
    assert not notebook.with_suffix(".html").exists()


def test_nbconvert_runs_it_too(tmp_path):
    """As `jupyter nbconvert --to gradwidget --execute` does, with nbconvert's own options."""
    setup = new_code_cell("n = 6", metadata={"tags": ["remove-cell"]})
    notebook = written(tmp_path / "a.ipynb", setup, new_code_cell("7 * n"))
    config = Config({"ExecutePreprocessor": {"enabled": True, "timeout": 60}})
    page, resources = PageExporter(config=config).from_filename(str(notebook))
    assert ">42</pre>" in page.replace("\n", "")
    assert resources["output_extension"] == ".html"


def test_slides_begin_where_a_cell_says_so(tmp_path):
    def cell(text: str, kind: str = "-"):
        return new_markdown_cell(text, metadata={"slideshow": {"slide_type": kind}})

    told = [
        cell("# One", "slide"),
        cell("# Not two"),
        cell("Two", "slide"),
        cell("skipped", "skip"),
    ]
    for cells, count in ((told, 2), ([cell("# One"), cell("text"), cell("## Two")], 2)):
        notebook = written(tmp_path / "a.ipynb", *cells)
        page = publish(notebook, execute=False, slides=True).read_text(encoding="utf-8")
        slides = page.split('class="slides">')[1].split("<script")[0]
        assert slides.count("<section>") == 2 * count  # each in a stack
        assert "skipped" not in slides


def test_without_a_saved_state_it_says_how_to_save_one(tmp_path, capsys):
    notebook = written(tmp_path / "bare.ipynb", shown("a", "GradWidget(power, p=3.0, x=0.5)"))
    assert main(["publish", "--no-execute", str(notebook)]) == 1
    assert "Save Widget State Automatically" in capsys.readouterr().err


def test_other_widgets_are_what_they_say(tmp_path):
    notebook = written(tmp_path / "slider.ipynb", shown("a", "IntSlider(value=3)"))
    page = publish(notebook, tmp_path / "out.html", execute=False)
    assert "IntSlider(value=3)" in page.read_text(encoding="utf-8")


def test_what_cannot_be_read_is_told(tmp_path):
    with pytest.raises(PublishError, match=r"none\.ipynb cannot be read"):
        publish(tmp_path / "none.ipynb")
    (tmp_path / "text.ipynb").write_text("no notebook")
    with pytest.raises(PublishError, match="no notebook"):
        publish(tmp_path / "text.ipynb")


def test_several_notebooks_need_a_folder(tmp_path, capsys):
    with pytest.raises(SystemExit):
        main(["publish", "a.ipynb", "b.ipynb", "-o", str(tmp_path / "a.html")])
    assert "-o site/" in capsys.readouterr().err


def test_a_missing_nbconvert_is_a_sentence(tmp_path):
    notebook = written(tmp_path / "a.ipynb")
    code = f"""
import sys
sys.modules["nbconvert"] = None
from gradwidget.__main__ import main
sys.exit(main(["publish", {str(notebook)!r}]))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 1
    assert "pip install 'gradwidget[publish]'" in done.stderr


BOXED = {
    "outer": {"children": ["IPY_MODEL_row", "IPY_MODEL_c"]},
    "row": {"children": ["IPY_MODEL_a", "IPY_MODEL_b"]},
}


def test_widgets_in_boxes_are_found():
    notebook = new_notebook(cells=[shown("outer", "VBox()"), shown("c", ""), shown("d", "")])
    assert inside("outer", BOXED) == ["a", "b", "c"]
    assert seen_models(notebook, BOXED) == ["a", "b", "c", "d"]


def test_a_refusal_stands_in_the_page(tmp_path):
    state = {"_anywidget_id": "gradwidget.x", "_page_refusal": "it calls back to Python"}
    notebook = new_notebook(
        cells=[shown("a", "GradWidget()")],
        metadata={"widgets": {STATE: {"state": {"a": {"state": state}}}}},
    )
    assert saved_pages(notebook).widgets["a"].why == "it calls back to Python"
    path = written(tmp_path / "a.ipynb", *notebook.cells, **notebook.metadata)
    page = publish(path, execute=False).read_text(encoding="utf-8")
    assert "In this page the widget is a picture: it calls back to Python." in page


def test_what_a_cell_prints_is_one_text():
    """Kernels send it in parts, as time passes."""
    source = "import time\nprint('a', flush=True)\ntime.sleep(0.7)\nprint('b', flush=True)"
    notebook = new_notebook(
        cells=[new_code_cell(source)],
        metadata={"kernelspec": {"name": "python3", "display_name": ""}},
    )
    run(notebook, Path("lecture.ipynb"), 60)
    assert [output.text for output in notebook.cells[0].outputs] == ["a\nb\n"]
