"""Texts that must be unique among their neighbours."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from plugin.library.faults import Fault
from plugin.library.nodes import Node


def repeated(nodes: Iterable[Node], message: str) -> Iterator[Fault]:
    """A fault at each text that was there before; ``message`` has ``{}`` for it."""
    seen: set[str] = set()
    for node in nodes:
        if node.text and node.text in seen:
            yield node.fault(message.format(node.text))
        seen.add(node.text)
