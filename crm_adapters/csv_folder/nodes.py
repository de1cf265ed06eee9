"""YAML nodes that know their line. Every scalar is the text as written: no ``no`` becomes false here."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from pathlib import Path, PureWindowsPath
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml

from crm_adapters.port import Fault

LARGEST = 1_000_000
DELIMITERS = {",": ",", ";": ";", "\t": "\t", "tab": "\t", "|": "|"}


@dataclass(frozen=True)
class Node:
    """A node and where it stands: ``where`` is the path to it (``deals.columns``); faults go to the shared list."""

    node: yaml.Node
    file: str
    where: str
    faults: list[Fault]

    @property
    def line(self) -> int:
        return self.node.start_mark.line + 1

    def note(self, message: str) -> None:
        self.faults.append(Fault(self.file, message, self.line, self.where or None))

    def below(self, node: yaml.Node, name: str) -> Node:
        return Node(node, self.file, f"{self.where}.{name}" if self.where else name, self.faults)

    def fields(self, known: Sequence[str] | None = None, required: Sequence[str] = ()) -> dict[str, Node]:
        """The children of a map by their keys. Unknown keys and missing ones are noted; None knows every key."""
        if not isinstance(self.node, yaml.MappingNode):
            self.note("names with values are expected here: write lines of 'name: value'")
            return {}
        found: dict[str, Node] = {}
        for key, value in self.node.value:
            name = self.below(key, "?").text()
            child = self.below(value, name)
            if name in found:
                child.note(f"{name} is said twice: keep one of them")
            elif known is not None and name not in known:
                child.note(f"{name} is not known here: write one of {', '.join(known)}")
            else:
                found[name] = child
        for name in required:
            if name not in found:
                self.note(f"{name} is missing: add it")
        return found

    def items(self) -> list[Node]:
        """The children of a list."""
        if not isinstance(self.node, yaml.SequenceNode) or not self.node.value:
            self.note("a list is expected here: begin each item with a dash")
            return []
        return [self.below(value, str(number)) for number, value in enumerate(self.node.value, 1)]

    def text(self, empty: bool = False) -> str:
        if not isinstance(self.node, yaml.ScalarNode):
            self.note("one text is expected here: write it behind the colon")
            return ""
        text = str(self.node.value)
        if not empty and not text:
            self.note("a text is missing here: write it behind the colon")
        if any(unicodedata.category(sign) in ("Cc", "Cs") and sign != "\t" for sign in text):
            self.note(f"{text!r} holds an invisible character: remove it")
            return ""
        return text

    def one_or_more(self) -> tuple[str, ...]:
        if isinstance(self.node, yaml.SequenceNode):
            return tuple(item.text(empty=True) for item in self.items())
        return (self.text(empty=True),)

    def choice(self, known: Sequence[str]) -> str:
        text = self.text(empty=True)
        if text not in known:
            self.note(f"{text!r} is not one of {_list(known)}")
            return known[0]
        return text

    def delimiter(self) -> str:
        text = self.text(empty=True)
        if text not in DELIMITERS:
            self.note(f"{text!r} is not one of {_list([',', ';', '|', 'tab'])}")
        return DELIMITERS.get(text, ",")

    def whole(self, least: int, most: int) -> int:
        text = self.text(empty=True)
        if re.fullmatch(r"-?[0-9]{1,9}", text) and least <= int(text) <= most:
            return int(text)
        self.note(f"{text!r} is not a whole number from {least} to {most}")
        return least

    def file_name(self) -> str:
        """A file inside of the folder, as its path from there."""
        text = self.text()
        path = PureWindowsPath(text)  # knows the separators of every system
        if path.anchor or ".." in path.parts:
            self.note(f"{text!r} lies outside of the folder: put the file into it and write its name only")
        return text

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
            # %Z would be read and then forgotten; %z is an offset.
            same_day = "%Z" not in text and datetime.strptime(probe.strftime(text), text).date() == probe.date()
        except (ValueError, re.error):
            same_day = False
        if text and not same_day:
            self.note(f"{text!r} is not a date format: write it with %Y, %m and %d, such as %d/%m/%Y")
        return text if same_day else None


def load(path: Path, faults: list[Fault]) -> tuple[bytes, Node | None]:
    """A YAML file's bytes and its root; None, with the reason noted, where it can't be read."""
    try:
        data = path.read_bytes()
    except OSError as error:
        faults.append(Fault(path.name, f"the file can't be read: {error.strerror}"))
        return b"", None
    line, message = 1, f"the file has {len(data)} bytes, {LARGEST} is the most"
    if len(data) <= LARGEST:
        try:
            root = yaml.compose(data.decode("utf-8-sig"), Loader=yaml.SafeLoader)
        except UnicodeDecodeError as error:
            line, message = data.count(b"\n", 0, error.start) + 1, "the file is not UTF-8: save it as UTF-8"
        except (yaml.YAMLError, ValueError, OverflowError, RecursionError) as error:
            line, message = _syntax(error)
        else:
            if root is not None:
                return data, Node(root, path.name, "", faults)
            message = "the file is empty: say where deals and moves come from, or delete it"
    faults.append(Fault(path.name, message, line))
    return data, None


def _syntax(error: Exception) -> tuple[int, str]:
    """Where YAML stopped and why. An escape or a directive with too large a number comes as a plain ValueError."""
    if isinstance(error, RecursionError):
        return 1, "the file is nested too deeply: write it flat"
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or getattr(error, "reason", None) or "a number in it is too large"
    mend = "indent with spaces, and put texts with a colon, %, #, { or [ between quotation marks"
    return mark.line + 1 if mark else 1, f"this is not YAML ({problem}): {mend}"


def _list(known: Sequence[str]) -> str:
    """Signs between quotation marks, as they are written in the file; words as they are."""
    return ", ".join(one if re.fullmatch(r"[\w-]+", one) else f'"{one}"' for one in known)
