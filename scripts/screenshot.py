"""`python -m scripts.screenshot`: the pictures of the README, taken from the running widget.

Starts JupyterLab, runs one cell in it, and photographs the widget in a light and in a dark page.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.browser.hosts import Notebook, jupyter_server, launch_browser

IMAGES = Path(__file__).resolve().parents[1] / "docs" / "images"

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
        for scheme in ("light", "dark"):
            page = browser.new_page(
                viewport={"width": 1440, "height": 1400},
                device_scale_factor=1.5,
                color_scheme=scheme,
                reduced_motion="reduce",
            )
            notebook = Notebook.write(host, page, scheme, [CELL])
            notebook.command("application:toggle-left-area")
            notebook.run_all()
            path = IMAGES / f"widget-{scheme}.png"
            notebook.wait_painted().screenshot(path=path)
            print(f"{path.name}: {path.stat().st_size // 1000} KB")
            notebook.end_kernel()
            page.close()


if __name__ == "__main__":
    main()
