"""What a lecturer decides: which parts are shown, with which controls, and what stays as it is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from .._naming import near_match

#: What of the widget is shown.
VIEWS = ("all", "gradient", "sampler")

#: Controls that set no input.
ACTIONS = ("step", "back", "run", "reset", "warmup", "preset", "problem", "copy")


def check_controls(value: Any, inputs: Sequence[str]) -> str | list[str]:
    """Which controls the page has.

    Args:
        value: ``"simple"``, ``"all"``, or names of inputs and of :data:`ACTIONS`.
        inputs: names of the widget's inputs.

    Returns:
        The word, or the names as a list.

    Raises:
        ValueError: if it is none of these; names the near match.
    """
    if isinstance(value, str):
        if value not in ("simple", "all"):
            raise ValueError(f'controls must be "simple", "all" or a list of names, not {value!r}.')
        return value
    return _names("controls", value, (*inputs, *ACTIONS))


def check_lock(value: Any, inputs: Sequence[str]) -> list[str]:
    """Which inputs cannot be changed in the page.

    Args:
        value: names of inputs.
        inputs: names of the widget's inputs.

    Returns:
        The names as a list.

    Raises:
        ValueError: if it is no list of names; names the near match.
    """
    return _names("lock", [value] if isinstance(value, str) else value, inputs)


def locked_sentence(names: Iterable[str]) -> str:
    """What a page is told that would change what is locked."""
    return " ".join(
        f"{name} is locked in this widget: it can be set from Python." for name in names
    )


def _names(what: str, value: Any, known: Sequence[str]) -> list[str]:
    if not isinstance(value, list | tuple) or not all(isinstance(name, str) for name in value):
        raise ValueError(f"{what} must be a list of names, not {value!r}.")
    for name in value:
        if name not in known:
            raise ValueError(
                f"{what} has {name!r}, which is no control here.{near_match(name, known)} "
                f"There are {', '.join(known)}."
            )
    return list(dict.fromkeys(value))
