"""Markdown to HTML that may be shown: CommonMark with tables, strike-through and columns; no HTML, safe links only.

Pictures are those of the template's own folder, ``![what it shows](pictures/name.png)``. Columns stand in fences:
``:::: columns``, in it ``::: column`` … ``:::`` for each, and ``::::``.

Two locks: the reader makes no HTML of its own accord (``html=False``), and an allow-list goes over what it made.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.container import container_plugin

from plugin.library.faults import Fault
from plugin.library.source import Source

TAGS = {
    *("a", "blockquote", "br", "code", "div", "em", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "img", "li", "ol", "p"),
    *("pre", "s", "strong", "table", "tbody", "td", "th", "thead", "tr", "ul"),
}
ATTRIBUTES = {"a": {"href", "title"}, "img": {"src", "alt"}, "ol": {"start"}}
COLUMNS = ("columns", "column")
ALIGNED = {f"align-{side}" for side in ("left", "center", "right")}
SCHEMES = {"http", "https", "mailto"}
SAFE_LINK = re.compile(r"(https?://|mailto:)[^\s]", re.IGNORECASE)
DEEPEST_HEADING = 6
PICTURE_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,59}\.(png|jpg|webp)")
_PICTURE = re.compile(rf"pictures/(?P<name>{PICTURE_NAME.pattern})")
PICTURE_SHOWN = re.compile(rf"!\[[^\]\n]*\]\(pictures/(?P<name>{PICTURE_NAME.pattern})[ )]")
# Halves of characters: no page can hold them.
_HALF = re.compile("[\ud800-\udfff]")
NO_PICTURES: Mapping[str, str] = MappingProxyType({})


class _Reader(MarkdownIt):
    """Links that lead nowhere safe, and pictures from elsewhere, stay text."""

    def __init__(self, html: bool = False) -> None:
        super().__init__("commonmark", {"html": html})
        self.enable(["table", "strikethrough"])
        for name in COLUMNS:
            self.use(container_plugin, name)

    def validateLink(self, url: str) -> bool:  # noqa: N802 (markdown-it's name)
        return bool(SAFE_LINK.match(url) or _PICTURE.fullmatch(url))


class _Inspector(_Reader):
    """Lets everything through, so that it can be found."""

    def __init__(self) -> None:
        super().__init__(html=True)

    def validateLink(self, url: str) -> bool:  # noqa: ARG002, N802 (markdown-it's name)
        return True


def read(markdown: str) -> list[Token]:
    """What the Markdown says, as tokens, for those who don't write HTML."""
    return _Reader().parse(markdown)


def render(markdown: str, deeper: int = 0, pictures: Mapping[str, str] = NO_PICTURES) -> str:
    """Safe HTML. ``deeper`` pushes headings down by so many levels, to fit below the page's own.

    ``pictures`` are the addresses of the pictures that there are, by name; of any other its description is shown.
    """
    reader = _Reader()
    tokens = reader.parse(_HALF.sub("", markdown))
    for token in tokens:
        _fit_in(token, deeper)
        for child in token.children or []:
            if child.type == "image":
                _address(child, pictures)
    html = reader.renderer.render(tokens, reader.options, {})
    return nh3.clean(
        html,
        tags=TAGS,
        attributes=ATTRIBUTES,
        allowed_classes={"td": ALIGNED, "th": ALIGNED, "div": set(COLUMNS)},
        url_schemes=SCHEMES,
        attribute_filter=_Addresses(frozenset(pictures.values())),
        link_rel="noopener noreferrer",
    )


def picture_name(token: Token) -> str | None:
    """Which picture of the template an image token shows; None for one from elsewhere."""
    found = _PICTURE.fullmatch(str(token.attrs.get("src", "")))
    return found["name"] if found else None


def _address(image: Token, pictures: Mapping[str, str]) -> None:
    address = pictures.get(picture_name(image) or "")
    if address:
        image.attrs = {"src": address, "alt": ""}
    else:
        image.type, image.tag, image.attrs = "text", "", {}


class _Addresses:
    """An address without a scheme passes both locks: ``[]()`` is a link to this very page. Pictures are ours only."""

    def __init__(self, pictures: frozenset[str]) -> None:
        self.pictures = pictures

    def __call__(self, _tag: str, name: str, value: str) -> str | None:
        if name == "href":
            return value if SAFE_LINK.match(value) else None
        if name == "src":
            return value if value in self.pictures else None
        return value


def markdown_faults(source: Source, start: int, end: int) -> Iterator[Fault]:
    """HTML, pictures and links that would not be shown, between two offsets of a file that begin and end lines."""
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
        case "image" if picture_name(token) is None:
            return "![", "this picture can't be shown: write ![what it shows](pictures/name.png), a file of this folder"
        case "image" if not token.content.strip():
            return "![", "this picture has no description: say between the brackets what it shows"
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
