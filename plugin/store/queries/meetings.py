"""Meetings, what was noted of them, and the buyer's words."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import numpy as np
import numpy.typing as npt
from sqlalchemy import BigInteger, ColumnElement, select, type_coerce
from sqlalchemy.orm import Session

from plugin.domain.canvas import AnswerStatus
from plugin.store.queries.deals import owned_by
from plugin.store.queries.questions import Question, deals_asked
from plugin.store.tables import (
    BuyerWords,
    CrmOwner,
    Deal,
    KitChoice,
    LogDraft,
    Meeting,
    MeetingAttendee,
    MeetingLog,
    UserAccount,
)

HELD, PLANNED = "held", "planned"
MEETINGS_A_READ = 20_000


@dataclass(frozen=True, slots=True)
class NoteLine:
    """What one person wrote of a meeting. ``by`` is None for an account that is gone."""

    by: str | None
    text: str
    what_changed: str
    at: datetime


@dataclass(frozen=True, slots=True)
class MeetingLine:
    id: int
    public_id: str
    deal_id: int
    template: str | None
    template_version: str | None
    stage: str | None
    title: str
    state: str
    starts_at: datetime
    minutes: int
    felt: str | None
    effect: str | None
    revision: int
    notes: tuple[NoteLine, ...] = ()


@dataclass(frozen=True, slots=True)
class WordsLine:
    """Something that the buyer said; exactly one of ``evidence`` and ``question`` is set.

    ``source`` is ``meeting`` or ``recap``; ``meeting_id`` the meeting that it belongs to, if any.
    """

    evidence: str | None
    question: int | None
    text: str
    said_by: str
    said_at: datetime
    status: AnswerStatus
    source: str
    meeting_id: int | None


@dataclass(frozen=True, slots=True)
class AttendeeLine:
    """Somebody of the buyer's side who was in a meeting."""

    meeting_id: int
    name: str
    decides: bool


@dataclass(frozen=True, slots=True)
class DraftLine:
    user_id: int
    name: str
    fields: dict[str, Any]
    at: datetime


def meetings_where(session: Session, *conditions: ColumnElement[bool]) -> tuple[MeetingLine, ...]:
    """Meetings with their notes, newest first."""
    rows = session.execute(
        select(
            Meeting.id,
            Meeting.public_id,
            Meeting.deal_id,
            Meeting.template,
            Meeting.template_version,
            Meeting.stage,
            Meeting.title,
            Meeting.state,
            Meeting.starts_at,
            Meeting.minutes,
            Meeting.felt,
            Meeting.effect,
            Meeting.revision,
        )
        .where(Meeting.removed_at.is_(None), *conditions)
        .order_by(Meeting.starts_at.desc(), Meeting.id.desc())
    ).all()
    notes = _notes(session, [row.id for row in rows])
    return tuple(_line(row, notes[row.id]) for row in rows)


def meetings_of(session: Session, deal_id: int) -> tuple[MeetingLine, ...]:
    return meetings_where(session, Meeting.deal_id == deal_id)


def planned_between(session: Session, user_id: int | None, first: datetime, last: datetime) -> tuple[MeetingLine, ...]:
    """Planned meetings of these eyes' deals that start in [first, last], the earliest first."""
    deals = select(Deal.id).outerjoin(CrmOwner, CrmOwner.id == Deal.owner_id).where(owned_by(user_id))
    found = meetings_where(
        session,
        Meeting.state == PLANNED,
        Meeting.starts_at.between(first, last),
        Meeting.deal_id.in_(deals.where(Deal.gone_at.is_(None))),
    )
    return tuple(reversed(found))


def words_of(session: Session, deal_ids: Sequence[int]) -> dict[int, tuple[WordsLine, ...]]:
    """What the buyers of these deals said, the newest first."""
    rows = session.execute(
        select(
            BuyerWords.deal_id,
            BuyerWords.evidence,
            BuyerWords.canvas_question,
            BuyerWords.text,
            BuyerWords.said_by,
            BuyerWords.said_at,
            BuyerWords.status,
            BuyerWords.source,
            BuyerWords.meeting_id,
        )
        .where(BuyerWords.deal_id.in_(deal_ids))
        .order_by(BuyerWords.said_at.desc(), BuyerWords.id.desc())
    )
    found: defaultdict[int, list[WordsLine]] = defaultdict(list)
    for deal_id, evidence, question, text, said_by, said_at, status, source, meeting_id in rows:
        found[deal_id].append(
            WordsLine(evidence, question, text, said_by, said_at, AnswerStatus(status), source, meeting_id)
        )
    return {deal_id: tuple(lines) for deal_id, lines in found.items()}


def attendees_of(session: Session, deal_id: int) -> tuple[AttendeeLine, ...]:
    """Who was in the meetings of a deal, the newest meeting first."""
    return attendees_by_deal(session, [deal_id]).get(deal_id, ())


def attendees_by_deal(session: Session, deal_ids: Sequence[int]) -> dict[int, tuple[AttendeeLine, ...]]:
    """Who was in the meetings of these deals, the newest meeting first."""
    rows = session.execute(
        select(Meeting.deal_id, MeetingAttendee.meeting_id, MeetingAttendee.name, MeetingAttendee.decides)
        .join(Meeting, Meeting.id == MeetingAttendee.meeting_id)
        .where(Meeting.deal_id.in_(deal_ids), Meeting.removed_at.is_(None))
        .order_by(Meeting.starts_at.desc(), MeetingAttendee.id)
    )
    found: defaultdict[int, list[AttendeeLine]] = defaultdict(list)
    for deal_id, meeting_id, name, decides in rows:
        found[deal_id].append(AttendeeLine(meeting_id, name, decides))
    return {deal_id: tuple(lines) for deal_id, lines in found.items()}


def drafts_of(session: Session, deal_id: int, meeting_ref: str) -> tuple[DraftLine, ...]:
    """What people are typing about this meeting, the newest first."""
    rows = session.execute(
        select(UserAccount.id, UserAccount.name, LogDraft.fields, LogDraft.updated_at)
        .join(UserAccount, UserAccount.id == LogDraft.user_id)
        .where(LogDraft.deal_id == deal_id, LogDraft.meeting_ref == meeting_ref)
        .order_by(LogDraft.updated_at.desc())
    )
    return tuple(DraftLine(*row) for row in rows)


def choices_by_hand(session: Session, deal_id: int, template: str) -> dict[str, bool]:
    """The parts of a deal's kit that a person put in (True) or took out (False)."""
    rows = session.execute(select(KitChoice.item, KitChoice.included).filter_by(deal_id=deal_id, template=template))
    return dict(rows.all())


def choices_by_deal(session: Session, deal_ids: Sequence[int]) -> dict[tuple[int, str], dict[str, bool]]:
    """By deal and template, the parts of a kit that a person put in (True) or took out (False)."""
    rows = session.execute(
        select(KitChoice.deal_id, KitChoice.template, KitChoice.item, KitChoice.included).where(
            KitChoice.deal_id.in_(deal_ids)
        )
    )
    found: defaultdict[tuple[int, str], dict[str, bool]] = defaultdict(dict)
    for deal_id, template, item, included in rows:
        found[deal_id, template][item] = included
    return found


def meetings_since(session: Session, since: Mapping[int, datetime]) -> set[tuple[int, str | None]]:
    """Deals, each with a template of which a meeting was held or is planned since the instant given for the deal."""
    rows = session.execute(
        select(Meeting.deal_id, Meeting.template, Meeting.starts_at).where(
            Meeting.deal_id.in_(list(since)), Meeting.state.in_((HELD, PLANNED)), Meeting.removed_at.is_(None)
        )
    )
    return {(deal, template) for deal, template, at in rows if template and at >= since[deal]}


def is_logged(session: Session, key: str) -> bool:
    """Whether the form that carries this key has been stored."""
    return bool(key) and session.scalar(select(MeetingLog.id).where(MeetingLog.key == key)) is not None


def _line(row: Any, notes: list[NoteLine]) -> MeetingLine:
    return replace(MeetingLine(*row), notes=tuple(notes))


def _notes(session: Session, meeting_ids: Sequence[int]) -> defaultdict[int, list[NoteLine]]:
    rows = session.execute(
        select(MeetingLog.meeting_id, UserAccount.name, MeetingLog.note, MeetingLog.what_changed, MeetingLog.logged_at)
        .outerjoin(UserAccount, UserAccount.id == MeetingLog.user_id)
        .where(MeetingLog.meeting_id.in_(meeting_ids))
        .order_by(MeetingLog.logged_at)
    )
    found: defaultdict[int, list[NoteLine]] = defaultdict(list)
    for meeting_id, by, text, what_changed, at in rows:
        found[meeting_id].append(NoteLine(by, text, what_changed, at))
    return found


Held = tuple[str, str | None, str | None]


@dataclass(frozen=True, slots=True)
class HeldMeetings:
    """Held meetings as arrays, by deal and instant (microseconds), each with the place of its kind in ``kinds``.

    A kind is a template, its version and the story: there may be a million meetings, of a few kinds.
    """

    deal: npt.NDArray[np.int64]
    at: npt.NDArray[np.int64]
    kind: npt.NDArray[np.int16]
    kinds: tuple[Held, ...]

    def of(self, takes: Callable[[Held], bool]) -> HeldMeetings:
        """Those of some kinds, and these kinds."""
        taken = np.array([takes(kind) for kind in self.kinds], np.bool_)
        chosen = taken[self.kind]
        kinds = tuple(kind for kind in self.kinds if takes(kind))
        places = (np.cumsum(taken) - 1).astype(np.int16)
        return HeldMeetings(self.deal[chosen], self.at[chosen], places[self.kind[chosen]], kinds)


def held_meetings(session: Session, question: Question) -> HeldMeetings:
    """The held meetings that can tell anything about the question's cohorts, if it is known with what they were held.

    Those are of its deals, not before its period begins and not after its instant.
    """
    columns = (Meeting.deal_id, type_coerce(Meeting.starts_at, BigInteger))
    query = select(*columns, Meeting.template, Meeting.template_version, Meeting.story).where(
        Meeting.state == HELD,
        Meeting.removed_at.is_(None),
        Meeting.template.is_not(None),
        *_of_cohorts(question),
    )
    kinds: dict[Any, int] = {}
    parts: list[tuple[Any, ...]] = [(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, np.int16))]
    # Past the objects that a session makes: they would take as long again.
    rows = session.connection().execution_options(yield_per=MEETINGS_A_READ).execute(query)
    for page in rows.partitions():
        deals, instants, *names = zip(*page, strict=True)
        held = [kinds.setdefault(kind, len(kinds)) for kind in zip(*names, strict=True)]
        parts.append((np.array(deals, np.int64), np.array(instants, np.int64), np.array(held, np.int16)))
    deal, at, kind = (np.concatenate(column) for column in zip(*parts, strict=True))
    parts.clear()
    order = np.lexsort((at, deal))
    return HeldMeetings(deal[order], at[order], kind[order], tuple(kinds))


def _of_cohorts(question: Question) -> Iterator[ColumnElement[bool]]:
    """A meeting counts from a deal's entry on, and no entry lies before the period."""
    yield Meeting.starts_at <= question.as_of
    if question.period.start:
        yield Meeting.starts_at >= question.period.start
    deals = deals_asked(question)
    if deals:
        yield Meeting.deal_id.in_(select(Deal.id).where(*deals))
