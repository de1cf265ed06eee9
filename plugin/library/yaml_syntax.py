"""YAML's syntax errors in words that say how to mend them."""

from __future__ import annotations

from typing import Any

import yaml

from plugin.library.faults import Fault
from plugin.library.source import Source

# libyaml, with which PyYAML's wheels are built, is ten times as fast and nearer to the standard.
LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

# The plain reader lets the last two through from an escape or a directive with too large a number.
UNREADABLE = (yaml.YAMLError, ValueError, OverflowError)

_QUOTE = "between quotation marks"

# What the readers say -> what to do about it. The first that fits is told.
REMEDIES = (
    ("tab character", "indent with spaces, not with tabs"),
    ("cannot start any token", f"put a text that begins with this character {_QUOTE}"),
    ("mapping values are not allowed", f"put a text with a colon in it {_QUOTE}, and line keys up below each other"),
    ("could not find expected ':'", "write 'key: value', with a colon and a space"),
    ("found unexpected", "close the quotation mark"),
    ("unknown escape", "write two backslashes for one, or use single quotation marks"),
    ("hexdecimal", "write characters as they are, not as codes behind a backslash"),
    ("escape code", "write characters as they are, not as codes behind a backslash"),
    ("expected ',' or", "close the bracket, and put commas between the items"),
    ("expected key", f"line it up with its neighbours; put a text that begins with a brace or quotation mark {_QUOTE}"),
    ("expected '-' indicator", "begin every item of this list with '- ', all below each other"),
    ("expected <block end>", f"line it up with its neighbours; put a text that begins with a brace {_QUOTE}"),
    ("expected node content", f"remove the comma or bracket too many, or put the text {_QUOTE}"),
    ("<document start>", f"begin every line with 'key:' or '- ', and put a text that begins with a brace {_QUOTE}"),
    ("entries are not allowed", "put the first '- ' of a list on a line of its own"),
    ("comment or line break", "leave '|' or '>' alone on its line, and indent the text below it"),
    ("alphabetic or numeric", f"put a text that begins with & or * {_QUOTE}"),
)


def syntax_fault(source: Source, error: Exception) -> Fault:
    """``error`` is one of ``UNREADABLE``."""
    problem = getattr(error, "problem", None) or "a number in it is too large"
    mark = getattr(error, "problem_mark", None)
    offset = min(mark.index, len(source.text)) if mark else 0
    if source.text[offset : offset + 1] == "\t":
        problem = "found a tab character"
    remedy = next((cure for words, cure in REMEDIES if words in problem), "compare it with our own files")
    return source.fault(offset, f"this is not YAML ({problem}): {remedy}")
