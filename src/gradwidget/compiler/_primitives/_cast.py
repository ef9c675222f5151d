"""Numbers of any kind as floats."""

from __future__ import annotations

from .._types import Kind
from . import wide
from ._scalar import Parts


def as_float(source: Kind, target: Kind, a: Parts) -> str:
    """The nearest float of an element of any kind."""
    if source == target:
        return a[0]
    if source.is_wide and target.bits == 32:
        return f"wordsToFloat32({a[0]},{a[1]},{'true' if source.group == 'signed' else 'false'})"
    if source.is_wide:
        return wide.to_float(source, a)
    if source.group == "bool":
        return f"{a[0]}?1:0"
    exact = source.bits <= 16 or target.bits == 64
    return a[0] if exact else f"fround({a[0]})"
