"""The shapes of content files, and what is told where a file has another.

Shapes are pydantic models over text: every scalar of a file arrives as it was written (see ``plugin.library.nodes``).
"""

from __future__ import annotations

import re
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, StringConstraints, ValidationError
from pydantic_core import ErrorDetails

from plugin.domain.journey import Text
from plugin.library.faults import Fault
from plugin.library.nodes import Node

KEY = re.compile("[a-z][a-z0-9_]*")
LONGEST_KEY = 60  # as wide as the columns that store it


def _key(text: str) -> str:
    if not KEY.fullmatch(text):
        raise ValueError(f"'{text}' can't be a key: use small letters a-z, digits and _, beginning with a letter")
    if len(text) > LONGEST_KEY:
        raise ValueError(f"this key has {len(text)} characters: use {LONGEST_KEY} at most")
    return text


def number(text: Any) -> int | None:
    """The whole number that is written here; None where there is none, or one of more than six digits."""
    return int(text) if isinstance(text, str) and re.fullmatch("[0-9]{1,6}", text) else None


def _whole(text: Any) -> int:
    value = number(text)
    if value is None:
        raise ValueError("a whole number is wanted here: write digits only")
    return value


Key = Annotated[str, AfterValidator(_key)]
Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Whole = Annotated[int, BeforeValidator(_whole)]


class Shape(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class TextShape(Shape):
    en: Words
    fr: Words

    @property
    def both(self) -> Text:
        return Text(self.en, self.fr)


S = TypeVar("S", bound=Shape)


def fit(shape: type[S], node: Node, faults: list[Fault]) -> S | None:
    """The node's content in ``shape``; None where it does not fit, with every reason added to ``faults``."""
    try:
        return shape.model_validate(node.plain)
    except ValidationError as error:
        faults.extend(_fault(details, node) for details in error.errors(include_url=False))
        return None


def _fault(details: ErrorDetails, root: Node) -> Fault:
    """Pydantic's ``loc`` is the way through the file, down to a key that may not be there."""
    *way, last = details["loc"] or ("",)
    parent = root
    for step in way:
        parent = parent[step]
    message = _message(details)
    if details["type"] in AT_THE_KEY and isinstance(last, str):
        return parent.key_fault(last, message)
    return (parent[last] if details["loc"] else root).fault(message)


AT_THE_KEY = {"extra_forbidden", "too_short", "too_long"}

MESSAGES = {
    "missing": "{name} is missing here: add it",
    "extra_forbidden": "{name} is not known here: correct its spelling or remove it",
    "string_type": "{name} has to be one text: write it behind 'key:'; what begins with {{{{ needs quotation marks",
    "string_too_short": "{name} is empty: write it",
    "list_type": "{name} has to be a list: write each item on a line of its own behind '- ', or [a, b]",
    "model_type": "{name} has to be a mapping: write lines of 'key: value'",
    "too_short": "{name} has {actual_length} items: give at least {min_length}",
    "too_long": "{name} has {actual_length} items: give at most {max_length}",
    "greater_than_equal": "{name} is too small: {ge} is the least",
    "less_than_equal": "{name} is too large: {le} is the most",
    "value_error": "{error}",
}


def _message(details: ErrorDetails) -> str:
    template = MESSAGES.get(details["type"], "{msg}: compare with our own files")
    return template.format(name=_name(details), msg=details["msg"], **details.get("ctx", {}))


def _name(details: ErrorDetails) -> str:
    """``'name.fr'`` for the French name of the third stage: the place says which stage."""
    names: list[str] = []
    for step in details["loc"]:
        names = [] if isinstance(step, int) else [*names, step]
    return f"'{'.'.join(names)}'" if names else "this"
