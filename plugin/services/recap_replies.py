"""What the buyer makes of a recap. Whoever holds the link may answer; nothing else can be reached with it."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import delete, func, literal, select, update
from sqlalchemy.orm import Session

from plugin.domain.canvas import AnswerStatus
from plugin.domain.follow_up import WhatHappened
from plugin.services.follow_ups import propose
from plugin.services.readings import given_evidence
from plugin.services.recaps import LineKind, opened_by
from plugin.services.workspace import Workspace
from plugin.store.queries.deals import lines_of, standing_of
from plugin.store.queries.meetings import words_of
from plugin.store.queries.recaps import RecapRow, find_recap, visits_since
from plugin.store.tables import BuyerWords, LinkVisit, Meeting, Recap, RecapLine

# A link is shared in a team and looked at again; who guesses asks far more often.
WINDOW = timedelta(minutes=10)
VISITS_PER_ADDRESS, MISSES_PER_ADDRESS = 120, 20
VISITS_KEPT = timedelta(days=1)


class Reply(StrEnum):
    """What the buyer says of a line: right; right so, in other words; not so."""

    CONFIRMED = "confirmed"
    CORRECTED = "corrected"
    CONTRADICTED = "contradicted"


@dataclass(frozen=True, slots=True)
class LineReply:
    reply: Reply
    text: str = ""


@dataclass(frozen=True, slots=True)
class OpenRecap:
    """What the buyer's page shows, and nothing more."""

    recap: RecapRow
    company: str
    met_at: datetime
    seller: str


class TooMany(Exception):
    """This address asks for links too often."""


def count_visit(session: Session, workspace: Workspace, address: str, found: bool) -> None:
    """Count a request for a public link, to be committed at once. Raises TooMany."""
    now = workspace.clock()
    hashed = hmac.new(workspace.secret.encode(), f"link:{address}".encode(), hashlib.sha256).hexdigest()
    in_all, missed = visits_since(session, hashed, now - WINDOW)
    if in_all >= VISITS_PER_ADDRESS or missed >= MISSES_PER_ADDRESS:
        raise TooMany
    session.execute(delete(LinkVisit).where(LinkVisit.at < now - VISITS_KEPT))
    session.add(LinkVisit(address_hash=hashed, at=now, found=found))
    session.flush()


def open_recap(session: Session, workspace: Workspace, token: str) -> OpenRecap | None:
    """None for a link that nobody made, that has expired or was revoked."""
    public_id = opened_by(workspace.secret, token)
    recap = find_recap(session, public_id) if public_id else None
    if recap is None or not recap.is_open(workspace.clock()):
        return None
    meeting = session.scalars(select(Meeting).where(Meeting.id == recap.meeting_id)).one()
    deal = lines_of(session, [meeting.deal_id])[meeting.deal_id]
    seller = recap.sender or workspace.our_company
    return OpenRecap(recap, deal.company or "", meeting.starts_at, seller)


def note_opened(session: Session, recap_id: int, now: datetime) -> None:
    """The salesperson shall see that the link was opened."""
    first = func.coalesce(Recap.first_opened_at, literal(now, Recap.first_opened_at.type))
    session.execute(
        update(Recap)
        .where(Recap.id == recap_id)
        .values(opened=Recap.opened + 1, first_opened_at=first, last_opened_at=now)
    )


def answer_recap(
    session: Session, workspace: Workspace, opened: OpenRecap, replies: Mapping[int, LineReply], name: str, remark: str
) -> int:
    """Store what the buyer says of the lines (by position); what they said before and say again is stored once.

    Returns how many lines changed. Their words become answers and evidence, with the recap as their source; what they
    take back is proposed to the salesperson as a follow-up.
    """
    now = workspace.clock()
    meeting = session.scalars(select(Meeting).where(Meeting.id == opened.recap.meeting_id)).one()
    changed = [
        _store(session, meeting, line, replies[line.position], name, now)
        for line in _lines(session, opened.recap.id)
        if line.position in replies and _says_something_new(line, replies[line.position])
    ]
    session.execute(
        update(Recap).where(Recap.id == opened.recap.id).values(answered_at=now, answered_by=name, remark=remark)
    )
    session.flush()
    taken_back = [line for line in changed if line.reply == Reply.CONTRADICTED and line.kind in _WORDS]
    if taken_back:
        _warn(session, workspace, meeting, taken_back)
    return len(changed)


_WORDS = frozenset({LineKind.ANSWER, LineKind.EVIDENCE})


def _lines(session: Session, recap_id: int) -> list[RecapLine]:
    return list(session.scalars(select(RecapLine).filter_by(recap_id=recap_id).order_by(RecapLine.position)))


def _says_something_new(line: RecapLine, said: LineReply) -> bool:
    return (line.reply, line.reply_text) != (said.reply.value, said.text)


def _store(session: Session, meeting: Meeting, line: RecapLine, said: LineReply, name: str, now: datetime) -> RecapLine:
    line.reply, line.reply_text = said.reply.value, said.text
    if line.kind in _WORDS:
        status = AnswerStatus.CONTRADICTED if said.reply is Reply.CONTRADICTED else AnswerStatus.CONFIRMED
        session.add(
            BuyerWords(
                deal_id=meeting.deal_id,
                meeting_id=meeting.id,
                evidence=line.evidence,
                canvas_question=line.canvas_question,
                status=status.value,
                text=said.text or line.text,
                said_by=name or line.said_by,
                said_at=now,
                source="recap",
            )
        )
    return line


def _warn(session: Session, workspace: Workspace, meeting: Meeting, taken_back: list[RecapLine]) -> None:
    standing, _ = standing_of(session, meeting.deal_id)
    words = words_of(session, [meeting.deal_id]).get(meeting.deal_id, ())
    happened = WhatHappened(
        held=False,
        moved=False,
        given=given_evidence(words),
        contradicted=[line.canvas_question for line in taken_back if line.canvas_question],
        taken_back=[line.evidence for line in taken_back if line.evidence],
    )
    said = "\n".join(line.reply_text or line.text for line in taken_back)
    propose(session, workspace, meeting, standing, happened, said)
