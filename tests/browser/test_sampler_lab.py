"""HMC under the microscope, in a real JupyterLab: one notebook, one widget, check after check.

Each test says in its first lines which chain it starts from, so that none depends on another's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, Locator, expect

from tests.browser.hosts import Host, Notebook
from tests.browser.view import button, eventually, field, slider

START = {
    "p": 3.0,
    "x": 0.31415,
    "solver": "safeguarded",
    "dtype": "float64",
    "algorithm": "hmc",
    "step_size": 0.3,
    "num_integration_steps": 5,
    "inverse_mass_matrix": 1.0,
    "initial_position": 1.0,
    "seed": 0,
    "num_chains": 1,
}
CELLS = ["import time\nimport gradwidget as gw\n\nw = gw.GradWidget(controls='all')\nw"]


class Lab:
    """The widget in its notebook, and what the page says of its sampler."""

    def __init__(self, notebook: Notebook) -> None:
        self.notebook = notebook
        self.page = notebook.page
        self.view = notebook.wait_painted().first
        self.errors: list[str] = []
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))

    def start(self, **values: object) -> None:
        """The chain of these values, without draws, and the page showing that."""
        self.notebook.execute(f"w.set(**{START | values}); w.reset()")
        expect(self.figures).to_have_text(re.compile("^draws 0"), timeout=90_000)
        # The last transition of the chain before is gone.
        expect(self.canvas("phase")).to_have_attribute("aria-label", re.compile("chain starts at"))

    def evaluate(self, expression: str) -> object:
        return self.notebook.evaluate(expression)

    def press(self, name: str) -> None:
        button(self.view, name).click()

    def steps(self, count: int) -> None:
        for i in range(1, count + 1):
            self.press("Step")
            expect(self.figures).to_have_text(re.compile(f"^draws {i}(?!\\d)"), timeout=90_000)

    def type(self, name: str, text: str) -> None:
        field(self.view, name).fill(text)
        field(self.view, name).press("Enter")

    def choose(self, name: str, value: str) -> None:
        self.view.get_by_role("combobox", name=name, exact=True).select_option(value)

    @property
    def figures(self) -> Locator:
        return self.view.locator(".gw-figures")

    @property
    def sentence(self) -> Locator:
        return self.view.locator(".gw-sentence")

    @property
    def num_draws(self) -> int:
        """As the page says."""
        found = re.match(r"draws ([\d,]+)", self.figures.inner_text())
        assert found is not None
        return int(found[1].replace(",", ""))

    def canvas(self, plot: str) -> Locator:
        return self.view.locator(f".gw-plot-{plot} canvas")

    def click_plot(self, plot: str, share: float) -> None:
        """A click at a share of the width of a plot."""
        stage = self.view.locator(f".gw-plot-{plot} .gw-stage")
        stage.scroll_into_view_if_needed()
        box = stage.bounding_box()
        assert box is not None
        self.page.mouse.click(box["x"] + share * box["width"], box["y"] + 0.4 * box["height"])

    def says(self, plot: str, text: str) -> None:
        expect(self.canvas(plot)).to_have_attribute("aria-label", re.compile(re.escape(text)))


@pytest.fixture(scope="module")
def opened(lab: Host, context: BrowserContext, outside: list[str]) -> Iterator[Lab]:
    before = len(outside)
    page = context.new_page()
    notebook = Notebook.write(lab, page, "microscope", CELLS)
    notebook.run_all()
    yield Lab(notebook)
    notebook.end_kernel()
    page.close()
    assert outside[before:] == []


@pytest.fixture
def microscope(opened: Lab) -> Iterator[Lab]:
    """Also fails a test in which the page throws an error."""
    opened.errors.clear()
    yield opened
    assert opened.errors == []


def test_one_transition_is_told_moment_by_moment(microscope: Lab) -> None:
    microscope.start()
    microscope.steps(1)
    told = []
    for moment in range(1, 21):
        microscope.press("Next")
        expect(slider(microscope.view, "stage")).to_have_attribute(
            "aria-valuetext", f"{moment} of 20"
        )
        told.append(microscope.sentence.inner_text().replace("−", "-"))
    kinds = ["momentum is drawn", *["half kick", "drift", "half kick"] * 5]
    kinds += ["Flip", "Energy", "Accept with probability", "accepted. The chain moves"]
    assert all(kind in sentence for kind, sentence in zip(kinds, told, strict=True))

    # The numbers are the kernel's, and the last point is BlackJAX's proposal.
    step, proposal = microscope.evaluate(
        "[[float(w.last_step.momentum), w.last_step.acceptance_rate, w.last_step.uniform],"
        " [float(w.info.proposal.position), float(w.last_step.path_position[-1])]]"
    )
    assert proposal[0] == proposal[1]
    for number, sentence in zip(step, (told[0], told[18], told[18]), strict=True):
        assert f"{number:.4g}"[:5] in sentence
    assert f"{proposal[0]:.4g}"[:5] in told[19]

    microscope.press("Whole path")
    microscope.press("Play slowly")
    seen: set[str] = set()
    eventually(lambda: seen.add(microscope.sentence.inner_text()) or len(seen) >= 3)
    microscope.press("Stop")
    expect(button(microscope.view, "Play slowly")).to_be_visible()
    energies = microscope.evaluate(
        "(w.last_step.path_energy - w.last_step.path_energy[0]).tolist()"
    )
    microscope.says("energy", f"along {len(energies) - 1} leapfrog steps")


def test_time_runs_in_both_directions(microscope: Lab) -> None:
    microscope.start(seed=3)
    microscope.notebook.execute("w.run(100); first = w.samples.copy()")
    expect(microscope.figures).to_have_text(re.compile("^draws 100(?!\\d)"))
    microscope.press("Back")
    expect(microscope.figures).to_have_text(re.compile("^draws 99"))
    microscope.notebook.execute("w.back(99); w.run(100)")
    assert microscope.evaluate("bool((w.samples == first).all())")

    # Scrub to an earlier draw, look into it, and branch off with other settings.
    microscope.click_plot("trace", 0.5)
    expect(microscope.sentence).to_have_text(re.compile(r"^draw \d+"))
    draw = int(microscope.sentence.inner_text().split()[1])
    assert 40 < draw < 60
    microscope.press("Next")
    start = microscope.evaluate(f"float(first[0, {draw - 2}])")
    expect(microscope.sentence).to_contain_text(f"{start:.4g}"[:5].replace("-", "−"))
    microscope.press("Branch here")
    expect(microscope.figures).to_have_text(re.compile(f"^draws {draw}(?!\\d)"))
    microscope.type("step size", "0.1")
    microscope.press("Step")
    expect(microscope.figures).to_have_text(re.compile(f"^draws {draw + 1}(?!\\d)"))
    microscope.says("trace", f"settings changed at {draw}")
    assert microscope.evaluate(
        f"bool((w.samples[:, :{draw}] == first[:, :{draw}]).all()"
        f" and w.samples[0, {draw}] != first[0, {draw}])"
    )

    # And start anew from a position picked with the mouse.
    microscope.press("Start here…")
    microscope.click_plot("phase", 0.75)
    expect(microscope.figures).to_have_text(re.compile("^draws 0"))
    assert 0.5 < microscope.evaluate("w.initial_position") < 3


#: Presses Pause, and tells after how many milliseconds the number of draws changed last.
PAUSE = """async view => {
    const figures = view.querySelector(".gw-figures")
    const pause = [...view.querySelectorAll("button")].find(b => b.textContent === "Pause")
    const began = performance.now()
    let last = 0, before = figures.textContent.match(/[\\d,]+/)[0]
    pause.click()
    while (performance.now() - began < 600) {
        await new Promise(requestAnimationFrame)
        const now = figures.textContent.match(/[\\d,]+/)[0]
        if (now !== before) [before, last] = [now, performance.now() - began]
    }
    return last
}"""


@pytest.mark.parametrize("busy", [False, True], ids=["idle", "a cell is busy"])
def test_run_and_pause(microscope: Lab, busy: bool) -> None:
    microscope.start()
    if busy:
        microscope.page.evaluate(
            """() => {
                const { session } = window.jupyterapp.shell.currentWidget.context.sessionContext
                window.isDone = false
                const cell = session.kernel.requestExecute({ code: "time.sleep(30)" })
                cell.done.then(() => { window.isDone = true })
            }"""
        )
    # What else this machine does may hold some of them up.
    for _ in range(8):
        before = microscope.num_draws
        microscope.press("Run")
        eventually(lambda before=before: microscope.num_draws > before + 500)
        waited = microscope.view.evaluate(PAUSE)
        expect(button(microscope.view, "Run")).to_be_visible()
        if waited < 100:
            break
    assert waited < 100
    if busy:
        assert not microscope.page.evaluate("() => window.isDone")
        microscope.page.evaluate(
            """() => {
                const { session } = window.jupyterapp.shell.currentWidget.context.sessionContext
                return session.kernel.interrupt()
            }"""
        )
        microscope.notebook.wait_idle()
    assert microscope.evaluate("w.samples.shape[1]") == microscope.num_draws


def test_settings_change_in_the_middle_of_a_run(microscope: Lab) -> None:
    microscope.start()
    microscope.press("Run")
    eventually(lambda: microscope.num_draws > 500)
    microscope.type("step size", "0.15")
    microscope.type("integration steps", "9")
    eventually(lambda: microscope.evaluate("len(w._session.chain(w._snapshot()).marks)") == 3)
    microscope.press("Pause")
    microscope.view.locator(".gw-plot-trace .gw-note").scroll_into_view_if_needed()
    expect(microscope.view.locator(".gw-plot-trace .gw-note")).to_have_text(
        "dotted: settings changed (step size 0.15, 9 steps)"
    )
    expect(microscope.view.get_by_role("alert")).to_have_count(0)


def test_run_from_python_shows_progress_and_can_be_interrupted(microscope: Lab) -> None:
    microscope.start(seed=5)
    microscope.page.evaluate(
        """() => {
            const { session } = window.jupyterapp.shell.currentWidget.context.sessionContext
            session.kernel.requestExecute({ code: "w.run(1_000_000)" })
        }"""
    )
    seen: list[int] = []
    eventually(lambda: seen.append(microscope.num_draws) or len(set(seen)) >= 4)
    assert seen == sorted(seen)
    microscope.page.evaluate(
        """() => {
            const { session } = window.jupyterapp.shell.currentWidget.context.sessionContext
            return session.kernel.interrupt()
        }"""
    )
    microscope.notebook.wait_idle()
    drawn = microscope.evaluate("w.samples.shape[1]")
    assert seen[-1] <= drawn < 1_000_000
    eventually(lambda: microscope.num_draws == drawn)
    # The chain is whole: the same seed gives the same draws in one go.
    microscope.notebook.execute(
        "draws = w.samples.copy(); w.back(min(500, w.samples.shape[1])); w.run(500)"
    )
    assert microscope.evaluate("bool((w.samples == draws[:, :w.samples.shape[1]]).all())")


def test_100_000_draws(microscope: Lab) -> None:
    microscope.start()
    microscope.notebook.execute("w.run(100_000)")
    expect(microscope.figures).to_have_text(re.compile("^draws 100,000"))
    found = microscope.evaluate("[w.diagnostics.ess, w.diagnostics.mean, w.diagnostics.exact_sd]")
    expect(microscope.figures).to_contain_text(f"ESS {found[0]:,.0f}")
    expect(microscope.figures).to_contain_text(f"exact {found[2]:.3f}")
    microscope.says("density", "Histogram of 100,000 draws")
    lines = microscope.evaluate("w.to_csv().count(chr(10))")
    assert lines == 100_001


def test_nuts_and_mala(microscope: Lab) -> None:
    microscope.start()
    microscope.choose("algorithm", "nuts")
    microscope.steps(1)
    doublings, points = microscope.evaluate(
        "[int(w.info.num_trajectory_expansions), int(w.info.num_integration_steps) + 1]"
    )
    microscope.says("phase", f"NUTS: {doublings} doublings")
    microscope.says("phase", f"{points} points")
    expect(field(microscope.view, "integration steps")).to_be_disabled()

    microscope.choose("algorithm", "mala")
    expect(field(microscope.view, "inverse mass")).to_be_disabled(timeout=90_000)
    expect(button(microscope.view, "Warm up")).to_be_disabled()
    for control in (field(microscope.view, "inverse mass"), button(microscope.view, "Warm up")):
        reason = control.get_attribute("aria-describedby")
        assert reason is not None
        expect(microscope.view.locator(f"[id='{reason}']")).to_contain_text("MALA")
    microscope.press("Step")
    microscope.says("phase", "A proposal without momentum")
    assert microscope.evaluate("w.last_step.momentum is None and w.last_step.path_energy is None")


def test_warm_up(microscope: Lab) -> None:
    microscope.start(seed=2)
    microscope.type("warm-up draws", "200")
    microscope.press("Warm up")
    expect(microscope.figures).to_contain_text("warm-up of 200 found", timeout=90_000)
    step_size, mass = microscope.evaluate("[w.step_size, w.inverse_mass_matrix]")
    assert step_size != 0.3
    expect(microscope.figures).to_contain_text(
        f"step size {step_size:#.3g}, inverse mass {mass:#.3g}"
    )
    expect(microscope.figures).to_have_text(re.compile("^draws 0"))
    microscope.says("trace", "Before them 200 draws of a warm-up")


def test_four_chains(microscope: Lab) -> None:
    microscope.start(num_chains=4)
    microscope.press("Run")
    eventually(lambda: microscope.num_draws > 1000, seconds=90)
    microscope.press("Pause")
    microscope.notebook.wait_idle()
    eventually(lambda: microscope.evaluate("w.samples.shape[1]") == microscope.num_draws)
    found = microscope.evaluate("[w.diagnostics.rhat, w.diagnostics.ebfmi, w.diagnostics.ess_tail]")
    expect(microscope.figures).to_contain_text(f"R-hat {found[0]:.3f}")
    expect(microscope.figures).to_contain_text(f"E-BFMI {found[1]:.2f}")
    expect(microscope.figures).to_contain_text(f"tail ESS {found[2]:,.0f}")
    expect(microscope.view.locator(".gw-plot-trace .gw-key")).to_have_text(
        [f"chain {i}" for i in (1, 2, 3, 4)]
    )
    arviz = pytest.importorskip("arviz", reason="ArviZ is an optional dependency")
    assert arviz.__name__ == "arviz"
    expected = microscope.evaluate(
        "(lambda az, d: [float(az.ess(d)['x']), float(az.rhat(d)['x'])])"
        "(__import__('arviz'), w.to_arviz())"
    )
    assert microscope.evaluate("[w.diagnostics.ess, w.diagnostics.rhat]") == pytest.approx(
        expected, rel=1e-6
    )


def test_presets_and_divergences(microscope: Lab) -> None:
    microscope.start()
    microscope.choose("preset", "divergent")
    expect(microscope.view.locator(".gw-look-at")).to_contain_text("What to look at")
    eventually(lambda: microscope.evaluate("w.step_size") == 1.5)
    microscope.notebook.execute("w.run(400)")
    divergent = microscope.evaluate("w.diagnostics.num_divergent")
    assert 240 < divergent < 360
    microscope.says("trace", f"{divergent} divergences")
    microscope.says("phase", f"where {divergent} divergent transitions began")


def test_the_sampler_meets_the_wrong_gradient(microscope: Lab) -> None:
    """Inside the band where the tutorial's gradient is wrong."""
    microscope.start(solver="bfgs", dtype="float32", initial_position=0.18, step_size=1e-3, x=0.5)
    microscope.notebook.execute("w.num_integration_steps = 3")
    microscope.steps(1)
    microscope.says("error", "asked for 3 gradients, 3 of them wrong")
    microscope.press("Next gradient")
    first = microscope.evaluate("float(w.last_step.path_position[1])")
    eventually(lambda: microscope.evaluate("w.x") == pytest.approx(first, rel=1e-6))
    expect(microscope.view.get_by_role("heading").first).to_contain_text("is wrong by 4.")
    expect(microscope.sentence).to_contain_text("Leapfrog step 1 of 3, half kick")


def test_a_chain_that_cannot_start_says_so_and_where(microscope: Lab) -> None:
    microscope.start()
    microscope.type("start position", "1e200")
    alert = microscope.view.get_by_role("alert")
    expect(alert).to_contain_text("the log density is -inf at the initial position 1e+200")
    microscope.type("start position", "0.5")
    expect(alert).to_have_count(0)
    microscope.steps(1)
