"""One deal of the demo with all that happened to it, as its CRM would list it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Contact:
    name: str
    email: str
    language: str
    company: str
    town: str
    currency: str


@dataclass(frozen=True, slots=True)
class Move:
    """``at`` None is an unknown start."""

    stage: str
    at: datetime | None
    actor_kind: str
    actor: str


@dataclass(frozen=True, slots=True)
class Words:
    """``about`` is a canvas question (a number) or a key of exit evidence."""

    said_by: str
    text: str
    about: int | str


@dataclass(frozen=True, slots=True)
class Meeting:
    starts_at: datetime
    minutes: int
    state: str
    title: str
    template: str
    felt: str = ""
    effect: str = ""
    words: tuple[Words, ...] = ()


@dataclass(frozen=True, slots=True)
class Deal:
    pipeline: str
    owner: str
    contact: Contact
    offer: str
    amount: int
    source: str
    persona: str
    created_at: datetime
    moves: tuple[Move, ...]
    meetings: tuple[Meeting, ...]

    @property
    def name(self) -> str:
        return f"{self.contact.company} · {self.offer}"

    def last_entry(self, stage: str) -> datetime | None:
        return next((move.at for move in reversed(self.moves) if move.stage == stage), None)
