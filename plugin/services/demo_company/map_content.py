"""The demo's map: touchpoints, what people wrote, improvements, and what had changed when buyers went back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from importlib.resources import files
from typing import Any

import yaml
from sqlalchemy import select
from sqlalchemy.orm import Session

from plugin.domain.meeting import Effect
from plugin.domain.visits import Passage
from plugin.services.demo_company.content import load_content
from plugin.services.workspace import Workspace
from plugin.store.derived import passages_of
from plugin.store.tables import CrmOwner, Deal, Improvement, MapNote, Meeting, MeetingLog, Touchpoint, UserAccount
from plugin.store.touches import claim_touches

# A buyer who goes back within so many days of a meeting did so for what was said in it.
SAID_BEFORE = timedelta(days=60)
FIRST_WRITTEN = timedelta(days=210)
BETWEEN_NOTES = timedelta(days=4, hours=3)
DECIDED_BEFORE_DUE = timedelta(days=60)


def write_map(session: Session, workspace: Workspace) -> None:
    """Once: whatever people make of it afterwards stays."""
    if workspace.journey.key != "figure8" or session.scalar(select(MapNote.id).limit(1)) is not None:
        return
    told = yaml.safe_load((files(__package__) / "map.yaml").read_text(encoding="utf-8"))
    users = dict(session.execute(select(UserAccount.email, UserAccount.id)).all())
    writers = {name: users.get(email) for name, email in told["writers"].items()}
    touchpoints = _touchpoints(session, told["touchpoints"], workspace.clock())
    session.add_all(_notes(told["notes"], writers, touchpoints, workspace.clock()))
    session.add_all(_improvements(told["improvements"], writers, workspace.clock()))
    session.add_all(_what_changed(session, workspace, told["changed"]))


def _touchpoints(session: Session, told: dict[str, list[bool]], now: datetime) -> dict[str, int]:
    """Their ids by name; those that are there already stay as they are."""
    known = set(session.scalars(select(Touchpoint.name)))
    for number, (name, (online, traceable)) in enumerate(told.items()):
        if name not in known:
            session.add(
                Touchpoint(
                    public_id=f"demo-touchpoint-{number}",
                    name=name,
                    online=online,
                    traceable=traceable,
                    created_at=now - FIRST_WRITTEN,
                )
            )
    session.flush()
    ids = dict(session.execute(select(Touchpoint.name, Touchpoint.id)).all())
    for name in told.keys() - known:
        claim_touches(session, ids[name], name)
    return ids


def _notes(
    told: list[list[Any]], writers: dict[str, int | None], touchpoints: dict[str, int], now: datetime
) -> Iterator[MapNote]:
    for number, (stage, kind, writer, text, *others) in enumerate(told):
        persona, touchpoint, *_ = [*others, None, None]
        yield MapNote(
            public_id=f"demo-note-{number}",
            journey="figure8",
            stage=stage,
            persona=persona,
            kind=kind,
            text=text,
            touchpoint_id=touchpoints[touchpoint] if touchpoint else None,
            user_id=writers[writer],
            written_at=now - FIRST_WRITTEN + number * BETWEEN_NOTES,
        )


def _improvements(told: list[list[Any]], writers: dict[str, int | None], now: datetime) -> Iterator[Improvement]:
    for number, (stage, decider, evaluator, days, text, persona, *evaluated) in enumerate(told):
        due = now + timedelta(days=days)
        verdict, learned = evaluated or (None, "")
        yield Improvement(
            public_id=f"demo-improvement-{number}",
            journey="figure8",
            stage=stage,
            persona=persona,
            text=text,
            evaluator_id=writers[evaluator],
            due_on=due.date(),
            decided_by=writers[decider],
            decided_at=min(due - DECIDED_BEFORE_DUE, now - timedelta(days=2)),
            verdict=verdict,
            learned=learned,
            evaluated_at=due if verdict else None,
        )


def _what_changed(
    session: Session, workspace: Workspace, told: dict[str, dict[str, list[str]]]
) -> Iterator[MeetingLog]:
    """A log of each meeting that did harm and after which the buyer went back."""
    languages = {one.name: one.language for one in load_content().salespeople}
    rows = session.execute(
        select(Meeting.id, Meeting.deal_id, Meeting.public_id, Meeting.stage, Meeting.starts_at, CrmOwner.name)
        .join(Deal, Deal.id == Meeting.deal_id)
        .join(CrmOwner, CrmOwner.id == Deal.owner_id)
        .where(Meeting.effect.in_([Effect.WEAKENED.value, Effect.BROKE.value]))
        .order_by(Meeting.starts_at, Meeting.deal_id)
    ).all()
    passages = passages_of(session, workspace.journey, [row.deal_id for row in rows])
    used: Counter[tuple[str, str | None]] = Counter()
    for row in rows:
        language = languages.get(row.name, "en")
        quotes = told[language].get(row.stage, [])
        if quotes and any(_followed(way, row.stage, row.starts_at) for way in passages.get(row.deal_id, ())):
            used[language, row.stage] += 1
            text = quotes[used[language, row.stage] % len(quotes)]
            yield MeetingLog(
                key=f"demo-{row.public_id}",
                meeting_id=row.id,
                note="",
                what_changed=text,
                logged_at=row.starts_at + timedelta(hours=1),
            )


def _followed(way: Passage, stage: str, met_at: datetime) -> bool:
    """Whether the buyer left this stage backwards, not long after the meeting."""
    return way.stage == stage and way.went_back_at is not None and met_at <= way.went_back_at <= met_at + SAID_BEFORE
