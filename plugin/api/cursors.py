"""Where to read on: a number that says nothing to anybody else. Every text of this form is a place."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Annotated

from pydantic import StringConstraints

# Base64 of so many bytes has no padding, and no two texts for one place.
BYTES = 6

Cursor = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{8}$")]


def cursor(place: int) -> str:
    return urlsafe_b64encode(place.to_bytes(BYTES)).decode()


def beginning(given: str | None) -> int:
    """The place behind which to read; before everything where none was given."""
    return int.from_bytes(urlsafe_b64decode(given)) if given is not None else 0
