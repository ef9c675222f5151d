"""Out of the notebook: files that need neither a kernel nor the web."""

from ._code import Situation, code
from ._figure import ChainShown, InnerCurve, Shown, figure, png, svg
from ._html import Still, compress, embedded_json, embedded_script, save_html, still_html
from ._source import SourceError

__all__ = [
    "ChainShown",
    "InnerCurve",
    "Shown",
    "Situation",
    "SourceError",
    "Still",
    "code",
    "compress",
    "embedded_json",
    "embedded_script",
    "figure",
    "png",
    "save_html",
    "still_html",
    "svg",
]
