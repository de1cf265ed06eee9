"""Presentations: slides from a Markdown file, each with the speaker's notes.

Slides are parted by lines ``---``; a slide begins with ``# Title``; behind a line ``Notes:`` stand its notes. Right
below the title may stand ``For: decider`` (persona types) and ``Serves: canvas 9`` or ``Serves: evidence key``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from plugin.library.faults import Fault
from plugin.library.markdown import markdown_faults
from plugin.library.meeting import Slide
from plugin.library.placeholders import placeholder_faults
from plugin.library.shapes import KEY, number
from plugin.library.source import Source

FEWEST, MOST = 4, 8

_SEPARATOR = re.compile(r"^---[ \t]*(?:\n|\Z)", re.MULTILINE)
_TITLE = re.compile(r"\s*# +(?P<title>\S[^\n]*)(?:\n|\Z)")
_NOTES = re.compile(r"^Notes:[ \t]*(?:\n|\Z)", re.MULTILINE)
_ALMOST_NOTES = re.compile(r"^[ \t*_#]*notes?[*_]*[^\S\n]*:[*_]*[ \t]*$", re.MULTILINE | re.IGNORECASE)
_HEAD = re.compile(r"(?P<name>For|Serves):[ \t]*(?P<value>[^\n]*)(?:\n|\Z)")
_SERVES = re.compile(r"(?:canvas (?P<canvas>10|[1-9])|evidence (?P<evidence>[a-z][a-z0-9_]{0,59}))")
_FURTHER_TITLE = re.compile(r"^# ", re.MULTILINE)


@dataclass(frozen=True)
class _Part:
    """A stretch of the file."""

    source: Source
    start: int
    end: int

    @property
    def text(self) -> str:
        return self.source.text[self.start : self.end]

    def fault(self, offset: int, message: str) -> Fault:
        """``offset`` counts from the part's start."""
        return self.source.fault(self.start + offset, message)

    @property
    def first_word(self) -> int:
        """How far into the part its first word stands; 0 where it is blank."""
        return len(self.text) - len(self.text.lstrip()) if self.text.strip() else 0


@dataclass
class _Head:
    """What stands between a slide's title and its text; ``end`` is where the text begins."""

    end: int
    personas: tuple[str, ...] = ()
    serves_canvas: int | None = None
    serves_evidence: str | None = None


def read_presentation(source: Source, faults: list[Fault]) -> tuple[Slide, ...]:
    """The slides that can be read; what is wrong is added to ``faults``."""
    parts = list(_parts(source))
    if not FEWEST <= len(parts) <= MOST:
        message = f"this presentation has {len(parts)} slides: make it {FEWEST} to {MOST}, parted by lines '---'"
        faults.append(source.fault(0, message))
    slides = [_slide(part, faults) for part in parts]
    faults.extend(placeholder_faults(source, 0, len(source.text)))
    return tuple(slide for slide in slides if slide)


def _parts(source: Source) -> Iterator[_Part]:
    start = 0
    for found in _SEPARATOR.finditer(source.text):
        yield _Part(source, start, found.start())
        start = found.end()
    yield _Part(source, start, len(source.text))


def _slide(part: _Part, faults: list[Fault]) -> Slide | None:
    title = _TITLE.match(part.text)
    if title is None:
        faults.append(part.fault(part.first_word, "this slide has no title: begin it with a line '# Title'"))
        return None
    head = _read_head(part, title.end(), faults)
    body_start = part.start + head.end
    notes = _NOTES.search(part.source.text, body_start, part.end)
    body = _Part(part.source, body_start, notes.start() if notes else part.end)
    spoken = _Part(part.source, notes.end() if notes else part.end, part.end)
    faults.extend(_check(body, spoken))
    return Slide(
        title.group("title").rstrip(),
        body.text.strip(),
        spoken.text.strip(),
        head.personas,
        head.serves_canvas,
        head.serves_evidence,
    )


def _read_head(part: _Part, start: int, faults: list[Fault]) -> _Head:
    """The lines right below the title; what is wrong with one is added to ``faults``."""
    head = _Head(start)
    while (line := _HEAD.match(part.text, head.end)) and line.end() > head.end:
        value = line["value"].strip()
        if line["name"] == "For":
            names = [name.strip() for name in value.split(",")]
            head.personas = tuple(filter(KEY.fullmatch, names))
            if len(head.personas) < len(names):
                faults.append(part.fault(line.start(), "'For:' names persona types: write For: decider, or For: user"))
        elif serves := _SERVES.fullmatch(value):
            head.serves_canvas = number(serves["canvas"])
            head.serves_evidence = serves["evidence"]
        else:
            message = "'Serves:' names one thing: write Serves: canvas 1 to 10, or Serves: evidence key"
            faults.append(part.fault(line.start(), message))
        head.end = line.end()
    return head


def _check(body: _Part, notes: _Part) -> Iterator[Fault]:
    if not notes.text.strip():
        yield body.fault(body.first_word, "this slide has no notes: add a line 'Notes:' and below it what to say")
    for found in _ALMOST_NOTES.finditer(body.text):
        yield body.fault(found.start(), "notes begin with a line 'Notes:' in both languages: write it exactly so")
    for found in _ALMOST_NOTES.finditer(notes.text):
        yield notes.fault(found.start(), "this slide has notes already: keep one line 'Notes:'")
    for part in (body, notes):
        for found in _FURTHER_TITLE.finditer(part.text):
            yield part.fault(found.start(), "this slide has a second title: write ##, or a line '---' before it")
        yield from markdown_faults(part.source, part.start, part.end)
