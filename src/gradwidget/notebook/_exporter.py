"""nbconvert's exporters: `jupyter nbconvert --to gradwidget` and `--to gradwidget-slides`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from jinja2 import pass_context
from nbconvert.exporters import HTMLExporter, SlidesExporter
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from nbconvert.utils.exceptions import ConversionException

from ..widget._published import from_json
from . import _formulas
from ._document import Carrier, Content, Inside, document
from ._pages import METADATA, NoStateError, saved_pages
from ._places import place_outputs
from ._run import Running

if TYPE_CHECKING:
    _Exporter = HTMLExporter
else:
    _Exporter = object

_EXECUTE = "nbconvert.preprocessors.ExecutePreprocessor"
_HEADING = re.compile(r"^(#{1,2})\s+(.+?)\s*#*$", re.MULTILINE)


class _Markdown(IPythonRenderer):
    """nbconvert's, with formulas marked and without pictures from the web."""

    def block_math(self, body: str) -> str:
        return _formulas.display(body)

    def inline_math(self, body: str) -> str:
        return _formulas.inline(body)

    def latex_environment(self, name: str, body: str) -> str:
        return _formulas.display(rf"\begin{{{name}}}{body}\end{{{name}}}")

    def image(self, text: str, url: str, title: str | None = None) -> str:
        if re.match(r"(https?:)?//", url):  # the page asks for nothing: its reader may
            return str(self.link(f"picture: {text or url}", url, title))
        return str(super().image(text, url, title))


class _Publishing(_Exporter):
    """What pages and slides have in common."""

    #: How the document has what it needs.
    carrier: Carrier = Inside()
    is_slides = False

    @property
    def default_config(self) -> Any:
        config = super().default_config
        config.TemplateExporter.template_file = "base.html.j2"  # the cells without a document
        config.TemplateExporter.exclude_input_prompt = True
        config.TemplateExporter.exclude_output_prompt = True
        config.HTMLExporter.embed_images = True
        config.TagRemovePreprocessor.enabled = True
        config.TagRemovePreprocessor.remove_cell_tags = {"remove-cell"}
        config.TagRemovePreprocessor.remove_input_tags = {"remove-input", "hide-input"}
        config.TagRemovePreprocessor.remove_all_outputs_tags = {"remove-output"}
        return config

    def _init_preprocessors(self) -> None:
        # First of all: what is removed from the page may be what the other cells need.
        others = [each for each in self.default_preprocessors if each != _EXECUTE]
        self.default_preprocessors = [Running, *others]
        super()._init_preprocessors()  # type: ignore[no-untyped-call]

    def _preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        if self.is_slides:
            _part_at_headings(nb)
        nb, resources = super()._preprocess(nb, resources)  # type: ignore[no-untyped-call]
        told = nb.metadata.pop(METADATA, None)
        try:
            self._pages = saved_pages(nb) if told is None else from_json(told)
        except NoStateError as error:
            raise ConversionException(str(error)) from None
        place_outputs(nb, self._pages)
        nb.metadata.pop("widgets", None)
        self._title = nb.metadata.get("title") or _title(nb) or resources["metadata"]["name"]
        return nb, resources

    @pass_context
    def markdown2html(self, context: Any, source: str) -> str:
        """Markdown as HTML, with its pictures inside and its formulas marked."""
        renderer = _Markdown(
            escape=False,
            attachments=context.get("cell", {}).get("attachments", {}),
            embed_images=self.embed_images,
            path=context.get("resources", {}).get("metadata", {}).get("path", ""),
            anchor_link_text=self.anchor_link_text,
            exclude_anchor_links=self.exclude_anchor_links,
        )
        return str(MarkdownWithMath(renderer=renderer).render(source))

    def from_notebook_node(  # type: ignore[override]
        self, nb: Any, resources: Any = None, **kw: Any
    ) -> tuple[str, Any]:
        """The whole page.

        Args:
            nb: as nbformat reads it.
            resources: of nbconvert.
            **kw: for nbconvert.

        Returns:
            The page's text and the resources.

        Raises:
            ConversionException: the notebook has not been run; says what to do.
        """
        body, resources = super().from_notebook_node(nb, resources, **kw)
        content = Content(self._title, self.language_code, body, self._pages, self.is_slides)
        return document(content, self.carrier), resources


class PageExporter(_Publishing, HTMLExporter):
    """A page in which every widget of gradwidget is alive without a kernel."""

    export_from_notebook = "Live gradwidget page"


class SlidesPageExporter(_Publishing, SlidesExporter):
    """The same as slides."""

    export_from_notebook = "Live gradwidget slides"
    is_slides = True


def _title(notebook: Any) -> str:
    """The first heading, without its marks."""
    for cell in notebook.cells:
        found = _HEADING.search(cell.source) if cell.cell_type == "markdown" else None
        if found:
            return re.sub(r"[*_`$]", "", found[2])
    return ""


def _part_at_headings(notebook: Any) -> None:
    """Where no cell begins a slide, every heading of the first two levels does."""
    kinds = [cell.metadata.get("slideshow", {}).get("slide_type", "-") for cell in notebook.cells]
    if {"slide", "subslide"}.intersection(kinds):
        return
    for cell, kind in zip(notebook.cells, kinds, strict=True):
        if kind == "-" and cell.cell_type == "markdown" and _HEADING.match(cell.source):
            cell.metadata["slideshow"] = {"slide_type": "slide"}
