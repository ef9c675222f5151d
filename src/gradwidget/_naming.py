"""What to say when a name is not known."""

from collections.abc import Iterable
from difflib import get_close_matches


def near_match(name: str, known: Iterable[str]) -> str:
    """`" Did you mean 'x'?"` when a known name is close to `name`, else an empty text."""
    by_lower_case = {one.lower(): one for one in known}
    close = get_close_matches(name.lower(), by_lower_case, n=1)
    return f" Did you mean {by_lower_case[close[0]]!r}?" if close else ""


def one_of(what: str, name: object, known: Iterable[str]) -> None:
    """Raises a `ValueError` that lists what is allowed, unless `name` is one of `known`."""
    names = list(known)
    if isinstance(name, str) and name in names:
        return
    allowed = ", ".join(map(repr, names))
    hint = near_match(name, names) if isinstance(name, str) else ""
    raise ValueError(f"{what} must be one of {allowed}, not {name!r}.{hint}")
