"""What a page hands to the clipboard: written here on request, by those who write it in Python."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from ..problems import gallery
from ..publish import png, svg

if TYPE_CHECKING:
    from ._gradwidget import GradWidget

#: More draws than this are a file's matter, not the clipboard's.
MOST_COPIED = 200_000


def as_line(now: Mapping[str, Any], starts: Mapping[str, Any]) -> str:
    """The line of Python that makes a widget again.

    Args:
        now: what `GradWidget.to_dict` gives.
        starts: the values of the inputs that a new widget of the problem starts from.

    Returns:
        A call of `gw.GradWidget` with what differs, or of `from_dict` where there are draws. A
        problem that is not the gallery's is called `problem`, and the line's end says which.
    """
    name = now["problem"]
    is_own = name not in gallery()
    note = f"  # problem: {name}" if is_own else ""
    if now["segments"]:
        return (
            f"gw.GradWidget.from_dict({dict(now)!r}{', problem=problem' if is_own else ''}){note}"
        )
    problem = [] if name == "power" else ["problem" if is_own else f"gw.gallery()[{name!r}]"]
    given = [f"{n}={v!r}" for n, v in now["values"].items() if n not in starts or starts[n] != v]
    return f"gw.GradWidget({', '.join([*problem, *given])}){note}"


def _csv(widget: GradWidget) -> str:
    draws = widget.samples.shape[0] * widget.samples.shape[1]
    if not draws:
        raise ValueError("There are no draws yet: press Step or Run.")
    if draws > MOST_COPIED:
        raise ValueError(
            f"{draws:,} draws are too many for the clipboard: in Python, w.to_csv() gives them."
        )
    return widget.to_csv()


_MAKE: Mapping[str, Callable[[GradWidget], str | bytes]] = {
    "python": lambda widget: as_line(widget.to_dict(), widget._starts()),
    "script": lambda widget: widget.code(),
    "png": lambda widget: png(widget.figure()),
    "svg": lambda widget: svg(widget.figure()),
    "csv": _csv,
}


def copied(widget: GradWidget, what: str) -> bytes:
    """What a page wants to copy.

    Args:
        widget: as it is at this moment.
        what: ``"python"``, ``"script"``, ``"png"``, ``"svg"`` or ``"csv"``.

    Returns:
        Text in UTF-8, or a picture.

    Raises:
        ValueError: it cannot be written; says why.
    """
    if what not in _MAKE:
        raise ValueError(f"There is nothing called {what!r} to be copied.")
    made = _MAKE[what](widget)
    return made.encode() if isinstance(made, str) else made
