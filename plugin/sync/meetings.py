"""Meetings of the CRM's calendar into the store. What a person logged here is never overwritten by the calendar."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import uuid4

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from crm_adapters import port
from plugin.domain.canvas import AnswerStatus
from plugin.domain.meeting import SAME_MEETING
from plugin.store.erased import NOBODY_KNOWN, Erased, ErasedNames
from plugin.store.kept import wordless
from plugin.store.tables import BuyerWords, Deal, Meeting


@dataclass(frozen=True)
class MeetingPageWriter:
    """Writes pages of meetings; ``template_stages`` tells which buyer stage each meeting template mirrors.

    Nobody who was ``erased`` comes back, nor do words that a retention rule has let go by ``now``.
    """

    connection_id: int
    template_stages: Mapping[str, str]
    now: datetime
    erased: Erased = NOBODY_KNOWN

    def write(self, session: Session, page: port.MeetingPage, pass_number: int) -> int:
        """Store the page; returns how many meetings belong to deals that we know."""
        deals = self._deals(session, {meeting.deal_id for meeting in page.meetings})
        ours = [meeting for meeting in page.meetings if meeting.deal_id in deals]
        known = self._known(session, deals.values())
        written_here = self._written_here(session, deals.values())
        erased = self.erased.names_in(session, list(deals.values()))
        silent = wordless(session, list(deals.values()), self.now)
        for told in ours:
            deal_id = deals[told.deal_id]
            record = _wordless(told) if deal_id in silent else _without(told, erased.get(deal_id))
            row = (
                known.get((deal_id, record.id))
                or _same_meeting(written_here, deal_id, record.starts_at)
                or Meeting(public_id=uuid4().hex, deal_id=deal_id, revision=0)
            )
            row.crm_id = record.id
            row.seen_pass, row.removed_at = pass_number, None
            if row.revision == 0:
                self._fill(row, record)
            session.add(row)
            session.flush()
            if row.revision == 0:
                _store_words(session, row, record.words)
        return len(ours)

    def _fill(self, row: Meeting, record: port.Meeting) -> None:
        # A calendar knows no kits: the one that was planned here stays.
        row.template, row.title = record.template or row.template, record.title
        row.stage = self.template_stages.get(row.template or "")
        row.state, row.starts_at, row.minutes = record.state.value, record.starts_at, record.minutes
        row.felt, row.effect = record.felt, record.effect

    def _deals(self, session: Session, crm_ids: Iterable[str]) -> dict[str, int]:
        rows = session.execute(
            select(Deal.crm_id, Deal.id).where(Deal.connection_id == self.connection_id, Deal.crm_id.in_(crm_ids))
        )
        return dict(rows.all())

    def _written_here(self, session: Session, deal_ids: Iterable[int]) -> list[Meeting]:
        """Meetings that were planned or logged here, and that the calendar has not named yet."""
        return list(
            session.scalars(
                select(Meeting).where(
                    Meeting.deal_id.in_(list(deal_ids)), Meeting.crm_id.is_(None), Meeting.removed_at.is_(None)
                )
            )
        )

    def _known(self, session: Session, deal_ids: Iterable[int]) -> dict[tuple[int, str], Meeting]:
        rows = session.scalars(select(Meeting).where(Meeting.deal_id.in_(list(deal_ids)), Meeting.crm_id.is_not(None)))
        return {(row.deal_id, row.crm_id or ""): row for row in rows}


def _same_meeting(written_here: list[Meeting], deal_id: int, starts_at: datetime) -> Meeting | None:
    """The meeting that was planned or logged here about that hour; it is taken off the list."""
    near = [one for one in written_here if one.deal_id == deal_id and abs(one.starts_at - starts_at) <= SAME_MEETING]
    if not near:
        return None
    found = min(near, key=lambda one: abs(one.starts_at - starts_at))
    written_here.remove(found)
    return found


def _wordless(record: port.Meeting) -> port.Meeting:
    return replace(record, title="", words=tuple(replace(said, text="", said_by="") for said in record.words))


def _without(record: port.Meeting, erased: ErasedNames | None) -> port.Meeting:
    """The meeting without who was erased from its deal: what they said was said, but is not repeated."""
    if erased is None:
        return record
    words = tuple(
        replace(said, text="", said_by="")
        if erased.is_one(said.said_by)
        else replace(said, text=erased.without(said.text))
        for said in record.words
    )
    return replace(record, title=erased.without(record.title), words=words)


def mark_removed(session: Session, connection_id: int, pass_number: int, now: datetime) -> None:
    """Planned meetings that a whole pass did not meet are no longer planned."""
    session.execute(
        update(Meeting)
        .where(
            Meeting.crm_id.is_not(None),
            Meeting.revision == 0,
            Meeting.seen_pass < pass_number,
            Meeting.removed_at.is_(None),
            Meeting.deal_id.in_(select(Deal.id).where(Deal.connection_id == connection_id)),
        )
        .values(removed_at=now)
    )


def _store_words(session: Session, meeting: Meeting, words: Sequence[port.Words]) -> None:
    """What the CRM says was said. Unchanged words are left alone, so that a second reading writes nothing."""
    wanted = [(said.evidence, said.canvas_question, said.text, said.said_by) for said in words]
    stored = session.execute(
        select(BuyerWords.evidence, BuyerWords.canvas_question, BuyerWords.text, BuyerWords.said_by)
        .where(BuyerWords.meeting_id == meeting.id)
        .order_by(BuyerWords.id)
    ).all()
    if [tuple(row) for row in stored] == wanted:
        return
    session.execute(delete(BuyerWords).where(BuyerWords.meeting_id == meeting.id))
    for evidence, question, text, said_by in wanted:
        session.add(
            BuyerWords(
                deal_id=meeting.deal_id,
                meeting_id=meeting.id,
                evidence=evidence,
                canvas_question=question,
                status=AnswerStatus.HEARD.value,
                text=text,
                said_by=said_by,
                said_at=meeting.starts_at,
            )
        )
