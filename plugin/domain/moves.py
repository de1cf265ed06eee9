"""Stage moves: what the CRM or a person said of where a deal went, translated to the buyer's stages."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

WON = "won"
LOST = "lost"
OUTCOMES = frozenset({WON, LOST})


class ActorKind(StrEnum):
    """Who made the move."""

    PERSON = "person"
    AUTOMATION = "automation"
    IMPORT = "import"


class StageMove(NamedTuple):
    """One fact of one deal.

    ``key`` makes the fact unique within its deal: the same key twice is the same fact twice.
    ``at`` is an aware instant, or None where the start is unknown.
    ``to`` is a buyer stage's key, ``WON``, ``LOST``, or None where the CRM's stage is unmapped.
    """

    key: str
    at: datetime | None
    to: str | None
    actor_kind: ActorKind = ActorKind.PERSON
    actor: str | None = None
