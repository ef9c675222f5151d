"""Compiled programs, remembered by the function that they are made from and freed with it."""

from __future__ import annotations

import functools
import types
import weakref
from collections.abc import Callable, Hashable
from typing import Any, TypeVar

_NAME = "_gradwidget_programs"
_Made = TypeVar("_Made")


class _Programs(dict[Hashable, Any]):
    """The programs of one function; `functools.wraps` may have copied them to another one."""

    def __init__(self, owner: Callable[..., Any]) -> None:
        super().__init__()
        self.owner = weakref.ref(owner)


def rememberable(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function itself, or one that calls it where it has no attributes of its own.

    A bound method is a new object each time that it is asked for, and shows the attributes of its
    class's function; some objects have none at all.
    """
    if hasattr(function, "__dict__") and not isinstance(function, types.MethodType | type):
        return function
    return functools.partial(function)


def remembered(function: Callable[..., Any], key: Hashable, make: Callable[[], _Made]) -> _Made:
    """What `make()` has given for this function and this key: made once.

    Args:
        function: a :func:`rememberable` one, which keeps what was made in an attribute; so a log
            density that nobody uses any more is freed, and its programs with it.
        key: tells its programs apart.
        make: called when there is none yet.

    Returns:
        Always the same one.
    """
    programs = vars(function).get(_NAME)
    if programs is None or programs.owner() is not function:
        programs = vars(function)[_NAME] = _Programs(function)
    if key not in programs:
        programs[key] = make()
    made: _Made = programs[key]
    return made
