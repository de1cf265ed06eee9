"""A slide's Markdown as blocks, for those who set it in something other than HTML."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from markdown_it.token import Token

from plugin.library.markdown import SAFE_LINK, picture_name, read

# What XML 1.0 can't carry.
_UNWRITABLE = re.compile("[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class Run:
    """A piece of text in one style; ``link`` leads to https, http or mailto."""

    text: str
    bold: bool = False
    italic: bool = False
    strike: bool = False
    link: str | None = None


Runs = tuple[Run, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """A paragraph. ``bullet`` is "•" or "1." in a list, ``level`` how deep; ``heading`` and ``quote`` are its look."""

    runs: Runs
    bullet: str = ""
    level: int = 0
    heading: bool = False
    quote: bool = False

    @property
    def text(self) -> str:
        return "".join(run.text for run in self.runs)


@dataclass(frozen=True, slots=True)
class TextBlock:
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class TableBlock:
    """``rows`` are of one length, the first one the head; ``aligned`` is left, center or right for each column."""

    rows: tuple[tuple[Runs, ...], ...]
    aligned: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PictureBlock:
    name: str
    description: str


@dataclass(frozen=True, slots=True)
class ColumnsBlock:
    columns: tuple[tuple[Block, ...], ...]


Block = TextBlock | TableBlock | PictureBlock | ColumnsBlock


def writable(text: str) -> str:
    """The text without what XML can't carry."""
    return _UNWRITABLE.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def blocks_of(markdown: str) -> tuple[Block, ...]:
    """The blocks of a slide, texts that follow each other as one."""
    return tuple(_joined(_Parser(read(markdown)).blocks()))


def plain_text(markdown: str) -> str:
    """The words alone, a paragraph a line."""
    return "\n".join(_words(blocks_of(markdown)))


def _words(blocks: Sequence[Block]) -> Iterator[str]:
    for block in blocks:
        match block:
            case TextBlock():
                yield from (f"{line.bullet} {line.text}".strip() for line in block.lines)
            case TableBlock():
                yield from (" | ".join("".join(run.text for run in cell) for cell in row) for row in block.rows)
            case PictureBlock():
                yield block.description
            case ColumnsBlock():
                for column in block.columns:
                    yield from _words(column)


def _joined(blocks: Iterator[Block]) -> Iterator[Block]:
    """Neighbouring texts of one look are one text: a list under its sentence, several quotes after each other."""
    waiting: TextBlock | None = None
    for block in blocks:
        if isinstance(block, TextBlock) and waiting and block.lines[0].quote == waiting.lines[-1].quote:
            waiting = TextBlock(waiting.lines + block.lines)
            continue
        if waiting:
            yield waiting
        waiting = block if isinstance(block, TextBlock) else None
        if waiting is None:
            yield block
    if waiting:
        yield waiting


class _Parser:
    """Walks the tokens once, from the first to the last."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        self._tokens = iter(tokens)

    def blocks(self, until: str = "") -> Iterator[Block]:
        """The blocks up to the token of this type."""
        for token in self._tokens:
            if token.type == until:
                return
            yield from self._block(token)

    def _block(self, token: Token) -> Iterator[Block]:
        match token.type:
            case "container_columns_open":
                yield ColumnsBlock(tuple(self._columns()))
            case "table_open":
                yield self._table()
            case "bullet_list_open" | "ordered_list_open":
                yield from _texts(self._list(token, 0))
            case "blockquote_open":
                for block in self.blocks("blockquote_close"):
                    yield _quoted(block)
            case "heading_open":
                yield from self._inline(heading=True)
            case "paragraph_open":
                yield from self._inline()
            case "fence" | "code_block":
                yield from _texts(Line((Run(text),)) for text in writable(token.content).rstrip("\n").split("\n"))

    def _columns(self) -> Iterator[tuple[Block, ...]]:
        for token in self._tokens:
            if token.type == "container_columns_close":
                return
            if token.type == "container_column_open":
                yield tuple(_joined(self.blocks("container_column_close")))

    def _inline(self, *, heading: bool = False) -> Iterator[Block]:
        """A paragraph; the pictures in it stand below it, each on its own."""
        token = next(self._tokens)
        next(self._tokens)  # the paragraph's end
        yield from _texts([Line(runs, heading=heading) for runs in _lines(token)])
        for child in token.children or []:
            name = picture_name(child) if child.type == "image" else None
            if name:
                yield PictureBlock(name, writable(child.content))

    def _list(self, opening: Token, level: int) -> Iterator[Line]:
        number = int(opening.attrs.get("start", 1)) - 1
        closing = opening.type.replace("_open", "_close")
        fresh = False
        for token in self._tokens:
            if token.type == closing:
                return
            if token.type == "list_item_open":
                number, fresh = number + 1, True
            elif token.type in {"bullet_list_open", "ordered_list_open"}:
                yield from self._list(token, level + 1)
            elif token.type == "inline":
                for runs in _lines(token):
                    bullet = (f"{number}." if opening.type == "ordered_list_open" else "•") if fresh else ""
                    yield Line(runs, bullet, level)
                    fresh = False

    def _table(self) -> TableBlock:
        rows: list[list[Runs]] = []
        aligned: list[str] = []
        for token in self._tokens:
            if token.type == "table_close":
                break
            if token.type == "tr_open":
                rows.append([])
            elif token.type == "th_open":
                aligned.append(str(token.attrs.get("style", "")).rpartition(":")[2] or "left")
            elif token.type == "inline":
                rows[-1].append(tuple(run for runs in _lines(token) for run in runs))
        return TableBlock(tuple(map(tuple, rows)), tuple(aligned))


def _texts(lines: Iterator[Line] | Sequence[Line]) -> Iterator[TextBlock]:
    found = tuple(line for line in lines if line.text.strip())
    if found:
        yield TextBlock(found)


def _quoted(block: Block) -> Block:
    if isinstance(block, TextBlock):
        return TextBlock(tuple(replace(line, quote=True) for line in block.lines))
    return block


def _lines(inline: Token) -> Iterator[Runs]:
    """The runs of a paragraph, line by line where it is broken by hand."""
    style = Run("")
    line: list[Run] = []
    for child in inline.children or []:
        if child.type == "hardbreak":
            yield tuple(line)
            line = []
        elif text := _text(child):
            line.append(replace(style, text=text))
        else:
            style = _styled(style, child)
    yield tuple(line)


def _text(token: Token) -> str:
    match token.type:
        case "softbreak":
            return " "
        case "image":
            return "" if picture_name(token) else writable(token.content)
        case "text" | "code_inline" | "html_inline":
            return writable(token.content)
    return ""


def _styled(style: Run, token: Token) -> Run:
    """The style behind a token that opens or closes one."""
    match token.type:
        case "strong_open" | "strong_close":
            return replace(style, bold=token.nesting > 0)
        case "em_open" | "em_close":
            return replace(style, italic=token.nesting > 0)
        case "s_open" | "s_close":
            return replace(style, strike=token.nesting > 0)
        case "link_open":
            address = str(token.attrs.get("href", ""))
            return replace(style, link=address if SAFE_LINK.match(address) else None)
        case "link_close":
            return replace(style, link=None)
    return style
