"""The document around a notebook's cells: its styles, what it carries, and what it may do."""

from __future__ import annotations

import base64
import hashlib
import json
from html import escape
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import Any, NamedTuple, Protocol

from ..publish import compress, embedded_json, embedded_script
from ..widget._published import Pages
from ..widget._static import static


class Carrier(Protocol):
    """How a document has what it needs: in itself, or from files beside it."""

    #: Further sources of scripts and styles, for the document's policy.
    source: str

    def style(self, name: str, text: str) -> str:
        """The element that brings a style sheet."""

    def module(self, name: str, code: bytes) -> str:
        """The element that brings a compressed module."""


class Inside:
    """Everything is in the document."""

    source = ""

    def style(self, name: str, text: str) -> str:
        """The element that holds a style sheet."""
        text = text.replace("</", "<\\/")
        return f"<style>{text}</style>"

    def module(self, name: str, code: bytes) -> str:
        """The element that holds a compressed module."""
        return f'<script type="text/plain" id="gradwidget:{name}">{_text(code)}</script>'


class Beside:
    """What several documents share lies in a folder, in files that are named by their content.

    Args:
        folder: where to write them.
        address: of the folder, seen from the documents.
    """

    source = " 'self'"

    def __init__(self, folder: Path, address: str) -> None:
        self.folder, self.address = folder, address

    def style(self, name: str, text: str) -> str:
        """The element that loads a style sheet."""
        return f'<link rel="stylesheet" href="{self._write(name, "css", text)}">'

    def module(self, name: str, code: bytes) -> str:
        """The element that loads a compressed module."""
        # A plain script: browsers load no module, and no data, into a page that is a file itself.
        named = json.dumps({f"gradwidget:{name}": _text(code)})
        text = f"Object.assign(globalThis.gradwidgetModules??={{}},{named})"
        return f'<script src="{self._write(name, "js", text)}"></script>'

    def _write(self, name: str, ending: str, text: str) -> str:
        content = hashlib.sha256(text.encode()).hexdigest()[:12]
        file = f"{name}-{content}.{ending}"
        path = self.folder / file
        if not path.exists():
            self.folder.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return escape(f"{self.address}/{file}")


class Content(NamedTuple):
    """What a document is made of.

    Attributes:
        title: of the document.
        language: ISO 639-1 code.
        body: the cells as HTML.
        pages: what it carries of its widgets.
        is_slides: whether the cells are in sections for reveal.js.
    """

    title: str
    language: str
    body: str
    pages: Pages
    is_slides: bool


def document(content: Content, carrier: Carrier) -> str:
    """The text of a page that asks nobody for anything but what lies beside it.

    Args:
        content: what it shows.
        carrier: how it has what it needs.

    Returns:
        HTML.
    """
    pages, is_slides = content.pages, content.is_slides
    live, specs = _live(pages)
    styles = {"notebook": static("notebook.css")}
    modules: dict[str, bytes] = {}
    if is_slides:
        styles["slides"] = static("slides.css")
        modules["slides"] = compress(static("slides.js"))
    if "data-formula" in content.body:
        modules["formulas"] = compress(static("formulas.js"))
    if live:
        styles["widget"] = static("widget.css")
        modules["front-end"] = compress(static("widget.js"))
        modules |= pages.modules
    host = embedded_script(static("published.js"))
    page = Template(files(__package__).joinpath("document.html").read_text(encoding="utf-8"))
    body = content.body
    return page.substitute(
        policy=escape(_policy(host, carrier.source)),
        language=escape(content.language),
        title=escape(content.title),
        styles="\n".join(carrier.style(name, text) for name, text in styles.items()),
        body=f'<div class="reveal"><div class="slides">{body}</div></div>' if is_slides else body,
        widgets=embedded_json({"widgets": live, "specs": specs}),
        modules="\n".join(carrier.module(name, code) for name, code in modules.items()),
        host=host,
    )


def _live(pages: Pages) -> tuple[dict[str, Any], dict[str, Any]]:
    """The widgets that are alive, by their ids, and what several of them know of their problem."""
    live, specs = {}, {}
    for name, page in pages.widgets.items():
        if page.state is not None:
            spec = page.state["_spec"]
            key = hashlib.sha256(json.dumps(spec).encode()).hexdigest()[:12]
            specs[key] = spec
            live[name] = {**{k: v for k, v in page.state.items() if k != "_spec"}, "spec": key}
    return live, specs


def _policy(host: str, source: str) -> str:
    """The host is the only script of the document; whatever outputs hold is not run."""
    digest = base64.b64encode(hashlib.sha256(host.encode()).digest()).decode()
    return "; ".join(
        [
            "default-src 'none'",
            f"script-src 'sha256-{digest}' blob:{source}",
            "worker-src blob:",
            f"style-src 'unsafe-inline'{source}",
            "img-src data: blob:",
            "font-src data:",
            "media-src data:",
            "base-uri 'none'",
            "form-action 'none'",
        ]
    )


def _text(code: bytes) -> str:
    return base64.b64encode(code).decode()
