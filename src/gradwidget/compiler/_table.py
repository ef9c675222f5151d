"""Which primitives can be translated, as a list and as a table of the documentation."""

from __future__ import annotations

import inspect

from ._emit import RULES
from ._graph import CALLS, IDENTITIES, LOOPS
from ._primitives import EXPANSIONS


def supported_primitives() -> dict[str, str]:
    """The name of each JAX primitive that can be translated, and its group."""
    groups = {
        name: _group(rule) for name, rule in RULES.items() if name not in ("call", "failed_check")
    }
    groups |= dict.fromkeys((*CALLS, "custom_linear_solve"), "calls")
    groups |= dict.fromkeys((*LOOPS, "cond"), "control flow")
    groups |= dict.fromkeys(IDENTITIES, "no effect on values")
    groups |= {name: _expansion_group(name) for name in EXPANSIONS}
    return dict(sorted(groups.items()))


def _expansion_group(name: str) -> str:
    return "random numbers" if name.startswith("random_") else "elementwise"


# Operations that stand for no one primitive.
_INTERNAL = ("call", "failed_check")

_GROUPS = {
    "elementwise": "elementwise",
    "_scalar": "elementwise",
    "convert": "conversion",
    "indexing": "shape and indexing",
    "reductions": "reduction and running",
    "linalg": "linear algebra",
    "sorting": "sorting",
    "random": "random numbers",
    "control": "control flow",
}


def _group(rule: object) -> str:
    module = inspect.getmodule(rule)
    assert module is not None
    return _GROUPS[module.__name__.rpartition(".")[2]]


def primitives_table() -> str:
    """The page of the documentation that lists them."""
    lines = ["# What can be translated", "", _INTRODUCTION, "| group | primitives |", "|---|---|"]
    by_group: dict[str, list[str]] = {}
    for name, group in supported_primitives().items():
        by_group.setdefault(group, []).append(f"`{name}`")
    lines += [f"| {group} | {', '.join(names)} |" for group, names in sorted(by_group.items())]
    return "\n".join(lines) + "\n"


_INTRODUCTION = """\
`gradwidget.to_javascript` translates programs of these JAX primitives, for arrays of any static
shape in float32, float64, int8 to int64, uint8 to uint64, bool, and PRNG keys (threefry2x32).
Anything else raises an error that names the primitive and the line that uses it. This page is
generated from the code.
"""
