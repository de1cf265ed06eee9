"""YAML as a tree of nodes that know where they stand.

Every scalar is the text that was written. YAML's own guesses (``no`` is false, ``12:30`` is 750) never happen: what
must be a number is read as one by its shape (``plugin.library.shapes``). Anchors, aliases and tags have no use here and
are refused, so a file can't grow in memory.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import yaml
from yaml.events import (
    AliasEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
)

from plugin.library.faults import Fault, Refused
from plugin.library.source import INVISIBLE, Source, invisible
from plugin.library.yaml_syntax import LOADER, UNREADABLE, syntax_fault

DEEPEST = 12
QUOTE_BRACES = "put a text that begins with {{ between quotation marks"


@dataclass(frozen=True)
class Node:
    """One value of the file: a text, a list or a mapping. ``keys`` are the offsets of a mapping's keys."""

    source: Source
    start: int
    end: int
    value: str | list[Node] | dict[str, Node] = ""
    keys: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))

    def __getitem__(self, step: str | int) -> Node:
        """The node below; where there is none an empty text at this place, so that checks needn't ask at each step."""
        match self.value, step:
            case dict(), str() if step in self.value:
                return self.value[step]
            case list(), int() if 0 <= step < len(self.value):
                return self.value[step]
        return Node(self.source, self.start, self.start)

    @property
    def items(self) -> list[Node]:
        return self.value if isinstance(self.value, list) else []

    @property
    def text(self) -> str:
        return self.value if isinstance(self.value, str) else ""

    @property
    def plain(self) -> Any:
        """The value as ``str``, ``list`` and ``dict``."""
        match self.value:
            case dict():
                return {key: node.plain for key, node in self.value.items()}
            case list():
                return [node.plain for node in self.value]
        return self.value

    @property
    def scalars(self) -> Iterator[Node]:
        """Every text below this node, in the order of the file."""
        match self.value:
            case dict():
                for node in self.value.values():
                    yield from node.scalars
            case list():
                for node in self.value:
                    yield from node.scalars
            case _:
                yield self

    def fault(self, message: str) -> Fault:
        return self.source.fault(self.start, message)

    def key_fault(self, key: str, message: str) -> Fault:
        """A fault at the key itself; at this node where it has no such key."""
        return self.source.fault(self.keys.get(key, self.start), message)


def parse_yaml(source: Source, faults: list[Fault]) -> Node:
    """The file's one document; what is not allowed in it is added to ``faults``.

    Raises Refused where the file can't be read to its end: a syntax error, nothing in it, or nested without end.
    """
    builder = _Builder(source, yaml.parse(source.text, Loader=LOADER))
    try:
        root = builder.document()
    except UNREADABLE as error:
        raise Refused([*builder.faults, syntax_fault(source, error)]) from None
    faults.extend(builder.faults)
    return root


class _Builder:
    def __init__(self, source: Source, events: Iterator[Event]) -> None:
        self.source = source
        self.faults: list[Fault] = []
        self._events = events

    def document(self) -> Node:
        next(self._events)  # the stream's start
        if isinstance(next(self._events), StreamEndEvent):
            raise Refused([self.source.fault(0, "this file is empty: write its content, or take ours as a model")])
        root = self._node(next(self._events), 1)
        next(self._events)  # the document's end
        after = next(self._events)
        if not isinstance(after, StreamEndEvent):
            self._fault(after, "a second document begins here: remove this '---'")
        return root

    def _fault(self, event: Event, message: str) -> None:
        self.faults.append(self.source.fault(_offset(event.start_mark), message))

    def _node(self, event: Event, depth: int) -> Node:
        if depth > DEEPEST:
            self._fault(event, f"this is nested more than {DEEPEST} levels deep: flatten it")
            raise Refused(self.faults)
        self._refuse_extras(event)
        start, end = _offset(event.start_mark), _offset(event.end_mark)
        match event:
            case MappingStartEvent():
                nodes, keys = self._mapping(depth)
                return Node(self.source, start, end, nodes, keys)
            case SequenceStartEvent():
                return Node(self.source, start, end, self._sequence(depth))
            case ScalarEvent():
                return Node(self.source, start, end, self._scalar(event))
        return Node(self.source, start, end, self.source.text[start:end])

    def _refuse_extras(self, event: Event) -> None:
        anchor = getattr(event, "anchor", None)
        if isinstance(event, AliasEvent):
            self._fault(event, f"'*{anchor}' is a YAML alias: write the text out, or put it between quotation marks")
        elif anchor:
            self._fault(event, f"'&{anchor}' is a YAML anchor: remove it, or put the text between quotation marks")
        if getattr(event, "tag", None):
            self._fault(
                event, "this is a YAML tag: remove what begins with '!', or put the text between quotation marks"
            )

    def _scalar(self, event: ScalarEvent) -> str:
        if found := INVISIBLE.search(event.value):
            self._fault(event, invisible(found.group()))
        return INVISIBLE.sub("", event.value)

    def _sequence(self, depth: int) -> list[Node]:
        nodes = []
        while not isinstance(event := next(self._events), SequenceEndEvent):
            nodes.append(self._node(event, depth + 1))
        return nodes

    def _mapping(self, depth: int) -> tuple[dict[str, Node], dict[str, int]]:
        nodes: dict[str, Node] = {}
        keys: dict[str, int] = {}
        while not isinstance(event := next(self._events), MappingEndEvent):
            key = self._node(event, depth + 1)
            node = self._node(next(self._events), depth + 1)
            if not isinstance(key.value, str):
                self._fault(event, f"a name is wanted before the colon: {QUOTE_BRACES}")
            elif key.value in nodes:
                self._fault(event, f"'{key.value}' is written twice here: keep one")
            else:
                nodes[key.value], keys[key.value] = node, key.start
        return nodes, keys


def _offset(mark: Any) -> int:
    """In characters from the start of the text; the stubs don't know that events always have marks."""
    return int(mark.index)
