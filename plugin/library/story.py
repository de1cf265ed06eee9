"""Stories: front matter (``title``, ``personas``) between two lines ``---``, then Markdown."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import Field

from plugin.library.faults import Fault
from plugin.library.markdown import markdown_faults
from plugin.library.meeting import Story
from plugin.library.nodes import Node, parse_yaml
from plugin.library.placeholders import placeholder_faults
from plugin.library.shapes import KEY, Key, Shape, Words, fit
from plugin.library.source import Source

_FRONT_MATTER = re.compile(r"---[ \t]*\n(?P<yaml>.*?)^---[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE)


class StoryShape(Shape):
    title: Words
    personas: Annotated[list[Key], Field(min_length=1)]


@dataclass(frozen=True)
class StoryFile:
    """A story as it was read: ``head`` is its front matter, ``story`` None where that is broken."""

    key: str
    head: Node
    story: Story | None


def read_story(source: Source, faults: list[Fault]) -> StoryFile:
    """What is wrong with the story is added to ``faults``. Raises Refused where its front matter can't be read."""
    key = Path(source.file).stem
    if not KEY.fullmatch(key):
        faults.append(source.fault(0, f"'{key}' can't be a story's key: name the file with a-z, 0-9 and _ only"))
    front = _FRONT_MATTER.match(source.text)
    if front is None:
        faults.append(
            source.fault(0, "this story has no front matter: begin with '---', title and personas, then '---'")
        )
        return StoryFile(key, Node(source, 0, 0), None)
    # The same text cut short, its first line blanked: offsets stay those of the file.
    opening = " " * (front.start("yaml") - 1) + "\n"
    head = parse_yaml(Source(source.file, opening + front.group("yaml")), faults)
    shape = fit(StoryShape, head, faults)
    body = source.text[front.end() :].strip()
    if not body:
        faults.append(source.fault(len(source.text), "this story is empty: tell what happened, below the front matter"))
    faults.extend(markdown_faults(source, front.end(), len(source.text)))
    faults.extend(placeholder_faults(source, 0, len(source.text)))
    return StoryFile(key, head, Story(key, shape.title, tuple(shape.personas), body) if shape else None)
