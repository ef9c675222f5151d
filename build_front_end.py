"""Called when a wheel or an sdist is made: builds the front end where that is needed."""

from pathlib import Path

from hatch_jupyter_builder.utils import is_stale, npm_builder


def build(target_name: str, version: str) -> None:
    """Run npm if the bundle is missing or older than its sources.

    An sdist carries the bundle beside its sources, and must not ask for Node because of the times
    at which its files happened to be unpacked.
    """
    static = "src/gradwidget/static"
    is_sdist = Path("PKG-INFO").exists()
    is_complete = all(Path(static, name).exists() for name in ("widget.js", "slides.css"))
    if not is_complete or (not is_sdist and is_stale(static, "js")):
        npm_builder(target_name, version)
