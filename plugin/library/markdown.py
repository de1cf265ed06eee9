"""Markdown to HTML that may be shown: CommonMark with tables and strike-through, no HTML, no images, safe links only.

Two locks: the reader makes no HTML of its own accord (``html=False``), and an allow-list goes over what it made.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token

from plugin.library.faults import Fault
from plugin.library.source import Source

TAGS = {
    *("a", "blockquote", "br", "code", "em", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "li", "ol", "p", "pre"),
    *("s", "strong", "table", "tbody", "td", "th", "thead", "tr", "ul"),
}
ATTRIBUTES = {"a": {"href", "title"}, "ol": {"start"}}
ALIGNED = {f"align-{side}" for side in ("left", "center", "right")}
SCHEMES = {"http", "https", "mailto"}
SAFE_LINK = re.compile(r"(https?://|mailto:)[^\s]", re.IGNORECASE)
DEEPEST_HEADING = 6


class _Reader(MarkdownIt):
    """Links that lead nowhere safe stay text."""

    def __init__(self) -> None:
        super().__init__("commonmark", {"html": False})
        self.enable(["table", "strikethrough"]).disable("image")

    def validateLink(self, url: str) -> bool:  # noqa: N802 (markdown-it's name)
        return SAFE_LINK.match(url) is not None


class _Inspector(MarkdownIt):
    """Lets everything through, so that it can be found."""

    def __init__(self) -> None:
        super().__init__("commonmark", {"html": True})
        self.enable(["table", "strikethrough"])

    def validateLink(self, url: str) -> bool:  # noqa: ARG002, N802 (markdown-it's name)
        return True


def render(markdown: str, deeper: int = 0) -> str:
    """Safe HTML. ``deeper`` pushes headings down by so many levels, to fit below the page's own."""
    reader = _Reader()
    tokens = reader.parse(markdown)
    for token in tokens:
        _fit_in(token, deeper)
    html = reader.renderer.render(tokens, reader.options, {})
    return nh3.clean(
        html,
        tags=TAGS,
        attributes=ATTRIBUTES,
        allowed_classes={"td": ALIGNED, "th": ALIGNED},
        url_schemes=SCHEMES,
        attribute_filter=_absolute,
        link_rel="noopener noreferrer",
    )


def _absolute(_tag: str, name: str, value: str) -> str | None:
    """An address without a scheme passes both locks: ``[]()`` is a link to this very page."""
    return None if name == "href" and not SAFE_LINK.match(value) else value


def markdown_faults(source: Source, start: int, end: int) -> Iterator[Fault]:
    """HTML, images and links that would not be shown, between two offsets of a file that begin and end lines."""
    text = source.text[start:end]
    line_starts = [0, *(found.end() for found in re.finditer("\n", text))]
    for token in _Inspector().parse(text):
        if token.type == "html_block" and token.map:
            yield source.fault(start + line_starts[token.map[0]], NO_HTML)
        at = line_starts[token.map[0]] if token.map else 0
        for child in token.children or []:
            if wrong := _wrong(child):
                mark, message = wrong
                at = max(text.find(mark, at), at)
                yield source.fault(start + at, message)
                at += len(mark)


NO_HTML = "HTML is not shown here: write Markdown, and a backslash before '<' where the sign is meant"


def _wrong(token: Token) -> tuple[str, str] | None:
    """The text to look for, and what to say about it."""
    match token.type:
        case "html_inline":
            return token.content, NO_HTML
        case "image":
            return "![", "images are not shown: remove it, or describe it in words"
        case "link_open" if not SAFE_LINK.match(str(token.attrs.get("href", ""))):
            opening = "<" if token.info == "auto" else "]("
            return opening, "this link leads nowhere: begin it with https://, http:// or mailto:"
    return None


def _fit_in(token: Token, deeper: int) -> None:
    if token.type in {"heading_open", "heading_close"}:
        token.tag = f"h{min(int(token.tag[1]) + deeper, DEEPEST_HEADING)}"
    if token.type in {"th_open", "td_open"} and "style" in token.attrs:
        # A strict content-security policy takes no inline style.
        token.attrs = {"class": f"align-{str(token.attrs['style']).rpartition(':')[2]}"}
