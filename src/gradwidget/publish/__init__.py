"""Out of the notebook: files that need neither a kernel nor the web."""

from ._html import Still, compress, save_html
from ._picture import picture

__all__ = ["Still", "compress", "picture", "save_html"]
