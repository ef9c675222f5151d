"""A widget as one HTML file that asks nobody for anything."""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Mapping, Sequence
from html import escape
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import Any, NamedTuple

#: A page may run what it carries, and load nothing.
_POLICY = (
    "default-src 'none'; script-src 'unsafe-inline' blob:; style-src 'unsafe-inline'; img-src data:"
)


class Still(NamedTuple):
    """What is shown where nothing moves.

    Attributes:
        headline: the answer, in words.
        heads: of the table's columns.
        rows: of the table, as text.
        picture: a PNG.
    """

    headline: str
    heads: Sequence[str]
    rows: Sequence[Sequence[str]]
    picture: bytes


def save_html(
    path: str | Path,
    *,
    title: str,
    state: Mapping[str, Any],
    scripts: Mapping[str, str | bytes],
    host: str,
    style: str,
    still: Still,
) -> None:
    """Write a page that works without a kernel and without the web.

    Args:
        path: where to; an existing file is replaced.
        title: of the page.
        state: JSON-able: the values that the widget starts from, and what it knows of the problem.
        scripts: modules by the id under which the host finds them: text, or compressed text.
        host: the script that starts the widget.
        style: the widget's style sheet.
        still: for paper, and for where JavaScript is off.
    """
    page = Template(files(__package__).joinpath("page.html").read_text(encoding="utf-8"))
    code = "\n".join(
        f'<script type="text/plain" id="{name}">{_encoded(script)}</script>'
        for name, script in scripts.items()
    )
    text = page.substitute(
        policy=escape(_POLICY),
        title=escape(title),
        style=style.replace("</", "<\\/"),
        still=still_html(still),
        state=embedded_json(state),
        code=code,
        host=embedded_script(host),
    )
    Path(path).write_text(text, encoding="utf-8")


def embedded_json(value: Any) -> str:
    """JSON that may stand in a script element, whatever the user's texts hold."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


def embedded_script(text: str) -> str:
    """A module's text as it may stand in a script element."""
    return text.replace("</script", "<\\/script").replace("<!--", "<\\!--")


def compress(text: str) -> bytes:
    """A module's text as it travels: deflated, in zlib's format."""
    return zlib.compress(text.encode(), 9)


def _encoded(script: str | bytes) -> str:
    return base64.b64encode(script if isinstance(script, bytes) else compress(script)).decode()


def still_html(still: Still, head: str = "h1") -> str:
    """The answer, the picture and the table.

    Args:
        still: what is shown.
        head: name of the element that holds the answer.
    """
    heads = "".join(f"<th scope='col'>{escape(head)}</th>" for head in ("", *still.heads))
    rows = "".join(
        f"<tr><th scope='row'>{escape(name)}</th>"
        + "".join(f"<td>{escape(cell)}</td>" for cell in cells)
        + "</tr>"
        for name, *cells in still.rows
    )
    picture = base64.b64encode(still.picture).decode()
    return (
        f"<{head} class='headline'>{escape(still.headline)}</{head}>"
        '<img loading="lazy" alt="The inner problem, the value, the gradient and their references" '
        f'src="data:image/png;base64,{picture}">'
        f"<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"
    )
