"""First steps: what a new company has done of what makes the rest work, and who can do what is missing."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import Select, exists, select
from sqlalchemy.orm import Session

from plugin.store.queries.accounts import Admin, admins
from plugin.store.tables import (
    Action,
    CompanyGoal,
    Connection,
    Deal,
    MapNote,
    MeetingLog,
    Objective,
    StoredPersona,
)


class Step(StrEnum):
    """In the order of the method: what buyers do comes before what we want, and that before what we do."""

    DEALS = "deals"
    PERSONAS = "personas"
    MAP = "map"
    GOAL = "goal"
    OBJECTIVE = "objective"
    ACTION = "action"
    MEETING = "meeting"


@dataclass(frozen=True, slots=True)
class FirstSteps:
    """``connected``: something is connected, whether or not a deal has come in by it."""

    done: frozenset[Step]
    connected: bool
    admins: tuple[Admin, ...]

    @property
    def without_deals(self) -> bool:
        return Step.DEALS not in self.done

    @property
    def next(self) -> Step | None:
        return next((step for step in Step if step not in self.done), None)


def first_steps(session: Session) -> FirstSteps:
    """Of the whole company, whoever looks."""
    done = frozenset(step for step, query in _TRACES.items() if _any(session, query))
    return FirstSteps(done, _any(session, select(Connection.id)), admins(session))


def deals_came(session: Session) -> bool:
    """Whether any deal ever came in; one that is gone since did."""
    return _any(session, _TRACES[Step.DEALS])


# What each step leaves in the store. Personas that we brought were not described by anybody here.
_TRACES: dict[Step, Select[Any]] = {
    Step.DEALS: select(Deal.id),
    Step.PERSONAS: select(StoredPersona.id).where(StoredPersona.changed_by.is_not(None)),
    Step.MAP: select(MapNote.id).where(MapNote.withdrawn_at.is_(None)),
    Step.GOAL: select(CompanyGoal.id),
    Step.OBJECTIVE: select(Objective.id),
    Step.ACTION: select(Action.id),
    Step.MEETING: select(MeetingLog.id),
}


def _any(session: Session, query: Select[Any]) -> bool:
    return bool(session.scalar(select(exists(query))))
