"""The text of a content file, and where in it something stands."""

from __future__ import annotations

import codecs
import re
from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from plugin.library.faults import Fault, Refused

LARGEST = 1_000_000  # bytes; a meeting's script has some ten thousand

# All but what YAML calls printable; U+0085, a line end that no editor shows, is refused too.
INVISIBLE = re.compile("[^\t\n\x20-\x7e\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True)
class Source:
    """``file`` is the path as the reader of a fault knows it; ``text`` has ``\\n`` as its only line end."""

    file: str
    text: str

    @cached_property
    def _line_starts(self) -> list[int]:
        return [0, *(found.end() for found in re.finditer("\n", self.text))]

    def place(self, offset: int) -> tuple[int, int]:
        """Line and column, from 1, of the character at ``offset``."""
        line = bisect_right(self._line_starts, offset)
        return line, offset - self._line_starts[line - 1] + 1

    def fault(self, offset: int, message: str) -> Fault:
        return Fault(self.file, *self.place(offset), message)


def read_source(path: Path) -> Source:
    """Read a UTF-8 file, with or without a byte-order mark. Raises Refused where it is not readable text."""
    raw = _read_bytes(path).removeprefix(codecs.BOM_UTF8)
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Refused([_wrong_encoding(path, raw, error.start)]) from None
    return text_source(str(path), text)


def text_source(name: str, text: str) -> Source:
    """A text that lies in no file. Raises Refused where something invisible stands in it."""
    source = Source(name, text.replace("\r\n", "\n").replace("\r", "\n"))
    if faults := [source.fault(found.start(), invisible(found.group())) for found in INVISIBLE.finditer(source.text)]:
        raise Refused(faults[:1])
    return source


def invisible(character: str) -> str:
    return f"an invisible character (U+{ord(character):04X}) stands here: delete it"


def _read_bytes(path: Path) -> bytes:
    try:
        if path.exists() and not path.is_file():
            raise Refused(
                [Fault(str(path), 1, 1, "a file is wanted here, and this is none: put a text file in its place")]
            )
        with path.open("rb") as file:
            raw = file.read(LARGEST + 1)
    except FileNotFoundError:
        raise Refused([Fault(str(path), 1, 1, "this file is missing: add it")]) from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise Refused(
            [Fault(str(path), 1, 1, f"this file can't be read ({reason}): check its name and rights")]
        ) from None
    if len(raw) > LARGEST:
        raise Refused([Fault(str(path), 1, 1, f"this file is larger than {LARGEST:,} bytes: shorten or split it")])
    return raw


def _wrong_encoding(path: Path, raw: bytes, start: int) -> Fault:
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return Fault(str(path), 1, 1, "this file is saved as UTF-16: save it as UTF-8")
    before = raw[:start].replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    line = before.count(b"\n") + 1
    column = len(before.rpartition(b"\n")[2].decode("utf-8")) + 1
    return Fault(str(path), line, column, f"byte 0x{raw[start]:02X} is not UTF-8: save the file as UTF-8")
