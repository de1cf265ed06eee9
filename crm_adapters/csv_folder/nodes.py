"""YAML nodes that know their line. Every scalar is the text as written: no ``no`` becomes false here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml

from crm_adapters.port import Fault

LARGEST = 1_000_000


@dataclass(frozen=True)
class Node:
    """A node and where it stands: ``where`` is the path to it (``deals.columns``); faults go to the shared list."""

    node: yaml.Node
    file: str
    where: str
    faults: list[Fault]

    def note(self, message: str) -> None:
        self.faults.append(Fault(self.file, message, self.node.start_mark.line + 1, self.where or None))

    def below(self, node: yaml.Node, name: str) -> Node:
        return Node(node, self.file, f"{self.where}.{name}" if self.where else name, self.faults)

    def fields(self, known: Sequence[str] | None = None, required: Sequence[str] = ()) -> dict[str, Node]:
        """The children of a map by their keys. Unknown keys and missing ones are noted; None knows every key."""
        if not isinstance(self.node, yaml.MappingNode):
            self.note("names with values are expected here, such as  name: value")
            return {}
        found: dict[str, Node] = {}
        for key, value in self.node.value:
            name = key.value if isinstance(key, yaml.ScalarNode) else "?"
            child = self.below(value, name)
            if name in found:
                child.note(f"{name} is said twice: keep one of them")
            elif known is not None and name not in known:
                child.note(f"there is no {name} here; known are: {', '.join(known)}")
            else:
                found[name] = child
        for name in required:
            if name not in found:
                self.note(f"{name} is missing")
        return found

    def items(self) -> list[Node]:
        """The children of a list."""
        if not isinstance(self.node, yaml.SequenceNode):
            self.note("a list is expected here: begin each item with a dash")
            return []
        return [self.below(value, str(number)) for number, value in enumerate(self.node.value, 1)]

    def text(self, empty: bool = False) -> str:
        if not isinstance(self.node, yaml.ScalarNode):
            self.note("a text is expected here")
            return ""
        if not empty and not self.node.value:
            self.note("a text is missing here")
        return str(self.node.value)

    def one_or_more(self) -> tuple[str, ...]:
        if isinstance(self.node, yaml.SequenceNode):
            return tuple(item.text(empty=True) for item in self.items())
        return (self.text(empty=True),)

    def choice(self, known: Sequence[str]) -> str:
        text = self.text()
        if text and text not in known:
            self.note(f"{text!r} is not one of {', '.join(map(_shown, known))}")
        return text if text in known else known[0]

    def zone(self) -> tzinfo | None:
        text = self.text()
        try:
            return ZoneInfo(text) if text else None
        except (ZoneInfoNotFoundError, ValueError, OSError):
            self.note(f"{text!r} is not a time zone: write it as Europe/Paris, or UTC")
            return None

    def date_format(self) -> str | None:
        """A format of ``strptime`` that reads back what it writes."""
        text = self.text()
        probe = datetime(2026, 12, 31, 23, 58, 57)
        try:
            same_day = datetime.strptime(probe.strftime(text), text).date() == probe.date()
        except ValueError:
            same_day = False
        if text and not same_day:
            self.note(f"{text!r} is not a date format: write it with %Y, %m and %d, such as %d/%m/%Y")
        return text if same_day else None


def load(path: Path, faults: list[Fault]) -> Node | None:
    """The root of a YAML file; None, with the reason noted, where it can't be read."""

    def note(line: int, message: str) -> None:
        faults.append(Fault(path.name, message, line))

    try:
        data = path.read_bytes()
    except OSError as error:
        note(1, f"the file can't be read: {error.strerror}")
        return None
    if len(data) > LARGEST:
        note(1, f"the file has {len(data)} bytes, {LARGEST} is the most")
        return None
    try:
        root = yaml.compose(data.decode("utf-8-sig"), Loader=yaml.SafeLoader)
    except UnicodeDecodeError as error:
        note(data.count(b"\n", 0, error.start) + 1, "the file is not UTF-8: save it as UTF-8")
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        note(mark.line + 1 if mark else 1, f"this is not YAML: {error.problem or error.context}")
    except yaml.YAMLError as error:
        note(1, f"this is not YAML: {str(error).splitlines()[0]}")
    except RecursionError:
        note(1, "the file is nested too deeply")
    else:
        if root is not None:
            return Node(root, path.name, "", faults)
        note(1, "the file is empty: say where deals and moves come from, or delete it")
    return None


def _shown(text: str) -> str:
    return "tab" if text == "\t" else text
