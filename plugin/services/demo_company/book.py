"""The open deals of the demo's salesperson, from ``book.yaml``: days there are working days from today."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

from plugin.services.demo_company.calendar import (
    PARIS,
    at_clock,
    desk_time,
    meeting_time,
    workday,
    workdays_from,
)
from plugin.services.demo_company.content import Content
from plugin.services.demo_company.conversations import title_of
from plugin.services.demo_company.deal import Contact, Deal, Meeting, Move, Words
from plugin.services.demo_company.diary import Diary
from plugin.services.demo_company.people import email_of

LAST_START = 16  # o'clock: who opens the demo later than this has "today's" meetings tomorrow


@dataclass
class Book:
    rng: Random
    content: Content
    now: datetime
    diary: Diary

    def deals(self) -> list[Deal]:
        return [self._deal(row) for row in self.content.book["deals"]]

    @property
    def _email(self) -> str:
        owner = self.content.book["owner"]
        return next(one.email for one in self.content.salespeople if one.name == owner)

    def _deal(self, row: dict[str, Any]) -> Deal:
        contact = _contact(row)
        moves = tuple(self._move(day, stage) for day, stage in row["moves"])
        return Deal(
            pipeline=self.content.pipelines[0].name,
            owner=self.content.book["owner"],
            contact=contact,
            offer=row["offer"],
            amount=row["amount"],
            source=row["source"],
            persona=row["persona"],
            created_at=min(move.at for move in moves if move.at),
            moves=moves,
            meetings=tuple(self._meeting(meeting, contact) for meeting in row["meetings"]),
        )

    def _move(self, day: int, stage: str) -> Move:
        return Move(stage, desk_time(self.rng, self._past(day)), "person", self._email)

    def _meeting(self, row: dict[str, Any], contact: Contact) -> Meeting:
        kit = row["kit"]
        held = row["day"] < 0
        minutes = next(habit.minutes for habit in self.content.habits.values() if habit.meeting == kit)
        return Meeting(
            starts_at=meeting_time(self.rng, self._past(row["day"])) if held else self._ahead(row["day"], row["at"]),
            minutes=minutes,
            state="held" if held else "planned",
            title=title_of(self.content.kits[kit], contact),
            template=kit,
            felt=row.get("felt", ""),
            effect=row.get("effect", ""),
            words=tuple(Words(contact.name, text, about) for about, text in row.get("says", [])),
        )

    def _past(self, day: int) -> date:
        return workdays_from(self.now.astimezone(PARIS).date(), day)

    def _ahead(self, day: int, clock: str) -> datetime:
        local = self.now.astimezone(PARIS)
        first = workday(local.date() + timedelta(days=1) if local.hour >= LAST_START else local.date())
        starts_at = at_clock(workdays_from(first, day), clock)
        return self.diary.take_from(self.content.book["owner"], starts_at, self.now)


def _contact(row: dict[str, Any]) -> Contact:
    name, company = row["contact"], row["company"]
    language, currency = row.get("language", "fr"), row.get("currency", "EUR")
    return Contact(name, email_of(name, company), language, company, "", currency)
