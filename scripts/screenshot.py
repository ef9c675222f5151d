"""`python -m scripts.screenshot`: the pictures of the README, taken from the running widget.

Starts JupyterLab, runs one cell in it, and photographs the widget in a light and in a dark page.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Literal

from playwright.sync_api import expect, sync_playwright

from tests.browser.hosts import Notebook, jupyter_server, launch_browser

IMAGES = Path(__file__).resolve().parents[1] / "docs" / "images"

SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")

# Where the tutorial's gradient is wrong, with a sampler that moves.
CELL = """
import gradwidget as gw

widget = gw.GradWidget(preset="tutorial", x=0.18, step_size=0.3, num_integration_steps=5)
widget.run(200)
widget
"""


def main() -> None:
    """Write docs/images/widget-light.png and widget-dark.png."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as house,
        jupyter_server("lab", Path(house)) as host,
        sync_playwright() as playwright,
        launch_browser(playwright) as browser,
    ):
        page = browser.new_page(
            viewport={"width": 1280, "height": 2000},
            device_scale_factor=1.25,
            color_scheme="light",
            reduced_motion="reduce",
        )
        notebook = Notebook.write(host, page, "picture", [CELL])
        notebook.command("application:toggle-left-area")
        notebook.run_all()
        view = notebook.wait_painted(timeout=180)
        # Times are measured once nothing else is to be done.
        row = view.get_by_role("row").filter(has_text="closed form")
        expect(row.locator("[data-column=time]")).to_contain_text("s", timeout=180_000)
        for scheme in SCHEMES:
            page.emulate_media(color_scheme=scheme)
            expect(view).to_have_attribute("data-theme", scheme)
            path = IMAGES / f"widget-{scheme}.png"
            view.screenshot(path=path)
            print(f"{path.name}: {path.stat().st_size // 1000} KB")
        notebook.end_kernel()
        page.close()


if __name__ == "__main__":
    main()
