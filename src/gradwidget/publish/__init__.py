"""Out of the notebook: files that need neither a kernel nor the web."""

from ._figure import ChainShown, InnerCurve, Shown, figure, png
from ._html import Still, compress, save_html

__all__ = [
    "ChainShown",
    "InnerCurve",
    "Shown",
    "Still",
    "compress",
    "figure",
    "png",
    "save_html",
]
