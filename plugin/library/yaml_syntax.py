"""YAML's syntax errors in words that say how to mend them."""

from __future__ import annotations

from typing import Any

import yaml

from plugin.library.faults import Fault
from plugin.library.source import Source

# Ten times as fast, where PyYAML was built with it.
FAST_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

# PyYAML lets the last two through from an escape or a directive with too large a number.
UNREADABLE = (yaml.YAMLError, ValueError, OverflowError)

# What PyYAML's plain reader says -> what to do about it. The first that fits is told.
REMEDIES = (
    (r"found character '\t'", "indent with spaces: YAML takes no tab"),
    ("that cannot start any token", "put a text that begins with this character between quotation marks"),
    ("mapping values are not allowed", "put a text with a colon in it between quotation marks, and line keys up"),
    ("could not find expected ':'", "write 'key: value', with a colon and a space"),
    ("found unexpected end of stream", "close the quotation mark"),
    ("found unexpected document", "close the quotation mark"),
    ("found unknown escape character", r"write \\ for a backslash, or use single quotation marks"),
    ("expected escape sequence", r"write \\ for a backslash, or use single quotation marks"),
    ("expected ',' or", "close the bracket, and put commas between the items"),
    (
        "expected <block end>",
        "line it up with its neighbours; put a text that begins with {{, [, ' or \" between quotation marks",
    ),
    ("expected the node content", "remove the comma or bracket too many, or put the text between quotation marks"),
    (
        "expected '<document start>'",
        "put the whole text between quotation marks, and begin each line with 'key:' or '- '",
    ),
    ("sequence entries are not allowed", "put a list's first '- ' on a line of its own"),
    ("expected chomping or indentation", "leave '|' or '>' alone on its line, and indent the text below it"),
    ("expected alphabetic or numeric", "put a text that begins with & or * between quotation marks"),
)


def syntax_fault(source: Source, error: Exception) -> Fault:
    """``error`` is one of ``UNREADABLE``."""
    if not isinstance(error, yaml.MarkedYAMLError):
        # A number in an escape (\U) or a %YAML directive that no character or version has.
        return source.fault(
            max(source.text.find("\\U"), 0), r"this is not YAML: write characters as they are, not as \U…"
        )
    problem = error.problem or error.context or "unreadable"
    mark = error.problem_mark or error.context_mark
    remedy = next((cure for words, cure in REMEDIES if words in problem), "compare it with our own files")
    return source.fault(mark.index if mark else 0, f"this is not YAML ({problem}): {remedy}")
