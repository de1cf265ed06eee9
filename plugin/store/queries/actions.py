"""Actions as lists show them, and what was answered to their reminders."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from plugin.domain.action import UNFINISHED, ActionKind, ActionStatus, Team, Window
from plugin.store.tables import Action, ActionReminder, Deal, Touchpoint, UserAccount


@dataclass(frozen=True, slots=True)
class ActionLine:
    """``owner`` is the name of the account, else the one that was typed; ``owner_id`` the account, where it is one."""

    id: int
    public_id: str
    stage: str
    persona: str | None
    team: Team
    kind: ActionKind
    template: str | None
    title: str
    touchpoint_id: int | None
    touchpoint: str | None
    due_on: date | None
    days_from: int | None
    days_to: int | None
    how: str
    cost: Decimal | None
    currency: str | None
    owner_id: int | None
    owner: str
    status: ActionStatus
    placed: str | None
    placed_why: str
    revision: int
    changed_at: datetime

    @property
    def window(self) -> Window | None:
        """When it is due for each deal; None where it is due on a day, or at no time that was said."""
        if self.days_from is None or self.days_to is None:
            return None
        return Window(self.days_from, self.days_to)

    @property
    def unfinished(self) -> bool:
        return self.status in UNFINISHED

    def late_on(self, today: date) -> bool:
        return self.unfinished and self.due_on is not None and self.due_on < today


@dataclass(frozen=True, slots=True)
class Filters:
    """What a list of actions is narrowed to; empty is any. A persona also has the actions that are for everybody."""

    team: str = ""
    persona: str = ""
    stage: str = ""

    def takes(self, action: ActionLine) -> bool:
        return (
            self.team in ("", action.team)
            and self.stage in ("", action.stage)
            and (not self.persona or action.persona in (None, self.persona))
        )


EVERYTHING = Filters()


def actions_of(session: Session, journey: str) -> tuple[ActionLine, ...]:
    """A journey's actions, the first made first."""
    return _read(session, _lines().where(Action.journey == journey).order_by(Action.id))


def find_action(session: Session, journey: str, public_id: str) -> ActionLine | None:
    lines = _read(session, _lines().where(Action.journey == journey, Action.public_id == public_id))
    return lines[0] if lines else None


def touchpoints_to_choose(session: Session) -> Sequence[tuple[int, str]]:
    """Touchpoints in use, by name."""
    rows = session.execute(
        select(Touchpoint.id, Touchpoint.name).where(Touchpoint.removed_at.is_(None)).order_by(Touchpoint.name)
    )
    return [(row[0], row[1]) for row in rows]


def people_to_choose(session: Session) -> Sequence[tuple[int, str]]:
    """The accounts that an action may belong to, by name."""
    rows = session.execute(
        select(UserAccount.id, UserAccount.name)
        .where(UserAccount.disabled_at.is_(None))
        .order_by(UserAccount.name, UserAccount.id)
    )
    return [(row[0], row[1]) for row in rows]


def usual_currency(session: Session) -> str | None:
    """Of most deals; where none has one, that of the last action with a cost."""
    of_deals = (
        select(Deal.currency)
        .where(Deal.currency.is_not(None), Deal.currency != "", Deal.gone_at.is_(None))
        .group_by(Deal.currency)
        .order_by(func.count().desc(), Deal.currency)
        .limit(1)
    )
    of_actions = select(Action.currency).where(Action.currency.is_not(None)).order_by(Action.id.desc()).limit(1)
    return session.scalar(of_deals) or session.scalar(of_actions)


def answered(session: Session, action_ids: Sequence[int], deal_ids: Sequence[int]) -> set[tuple[int, int, datetime]]:
    """Reminders of these deals that somebody has answered: action, deal and the entry that they were counted from."""
    rows = session.execute(
        select(ActionReminder.action_id, ActionReminder.deal_id, ActionReminder.entered_at).where(
            ActionReminder.action_id.in_(action_ids), ActionReminder.deal_id.in_(deal_ids)
        )
    )
    return {(row[0], row[1], row[2]) for row in rows}


def done_for(session: Session, action_ids: Sequence[int]) -> Sequence[tuple[int, int, datetime]]:
    """Action, deal and instant of what was done for a deal."""
    rows = session.execute(
        select(ActionReminder.action_id, ActionReminder.deal_id, ActionReminder.answered_at).where(
            ActionReminder.action_id.in_(action_ids), ActionReminder.answer == "done"
        )
    )
    return [(row[0], row[1], row[2]) for row in rows]


def _lines() -> Select[*tuple[Any, ...]]:
    """The columns of ActionLine, in its order."""
    return (
        select(
            *(Action.id, Action.public_id, Action.stage, Action.persona, Action.team, Action.kind, Action.template),
            *(Action.title, Action.touchpoint_id, Touchpoint.name, Action.due_on, Action.days_from, Action.days_to),
            *(Action.how, Action.cost, Action.currency, Action.owner_id),
            func.coalesce(UserAccount.name, Action.owner_name),
            *(Action.status, Action.placed, Action.placed_why, Action.revision, Action.changed_at),
        )
        .outerjoin(Touchpoint, Touchpoint.id == Action.touchpoint_id)
        .outerjoin(UserAccount, UserAccount.id == Action.owner_id)
    )


def _read(session: Session, query: Select[*tuple[Any, ...]]) -> tuple[ActionLine, ...]:
    return tuple(_line(ActionLine(*row)) for row in session.execute(query))


def _line(stored: ActionLine) -> ActionLine:
    """With members in place of the words that they are stored as."""
    return replace(stored, team=Team(stored.team), kind=ActionKind(stored.kind), status=ActionStatus(stored.status))
