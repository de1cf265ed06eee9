"""The recap of a meeting: what we understood, in the buyer's words, on a page that they confirm or correct."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import uuid4

from sqlalchemy import update
from sqlalchemy.orm import Session

from plugin.services.readings import DealReading, read_deals
from plugin.services.viewer import Viewer
from plugin.services.workspace import Workspace
from plugin.store.queries.deals import find_deal
from plugin.store.queries.meetings import HELD, PLANNED, MeetingLine
from plugin.store.queries.plans import StepLine, steps_of
from plugin.store.queries.recaps import RecapRow, recap_of
from plugin.store.tables import Recap, RecapLine

OPEN_FOR = timedelta(days=30)
MOST_LINES = 60


class LineKind(StrEnum):
    ANSWER = "answer"
    EVIDENCE = "evidence"
    STEP = "step"
    NEXT = "next"


@dataclass(frozen=True, slots=True)
class DraftLine:
    """One line of a recap before it is sent.

    A ``step`` carries the step of the plan, ``NEXT`` the planned meeting: their texts need a person's language.
    """

    kind: LineKind
    text: str
    said_by: str = ""
    question: int | None = None
    evidence: str | None = None
    step: StepLine | None = None
    meeting: MeetingLine | None = None


@dataclass(frozen=True, slots=True)
class RecapPage:
    """What the salesperson sees: ``sent`` is the recap that went out last, ``proposed`` what a new one would say."""

    reading: DealReading
    meeting: MeetingLine
    proposed: tuple[DraftLine, ...]
    sent: RecapRow | None
    link: str | None


@dataclass(frozen=True, slots=True)
class NewRecap:
    """``lines`` as the salesperson left them."""

    language: str
    greeting: str
    lines: tuple[DraftLine, ...]


def recap_page(
    session: Session, workspace: Workspace, viewer: Viewer, deal_public_id: str, meeting_public_id: str
) -> RecapPage | None:
    """None where there is no such deal for this viewer, or the deal has no such meeting that was held."""
    deal = find_deal(session, deal_public_id, viewer.only_owner)
    if deal is None:
        return None
    (reading,) = read_deals(session, workspace, [deal])
    meeting = next((one for one in reading.meetings if one.public_id == meeting_public_id), None)
    if meeting is None or meeting.state != HELD:
        return None
    sent = recap_of(session, meeting.id)
    return RecapPage(
        reading=reading,
        meeting=meeting,
        proposed=tuple(_proposed(reading, meeting, steps_of(session, deal.id)))[:MOST_LINES],
        sent=sent,
        link=link_token(workspace.secret, sent.public_id) if sent and sent.is_open(workspace.clock()) else None,
    )


def send_recap(session: Session, workspace: Workspace, viewer: Viewer, page: RecapPage, new: NewRecap) -> str:
    """Store the recap and close the ones before it; returns the token of its link."""
    now = workspace.clock()
    revoke_recaps(session, page.meeting.id, now)
    recap = Recap(
        public_id=uuid4().hex,
        meeting_id=page.meeting.id,
        user_id=viewer.user_id,
        language=new.language,
        greeting=new.greeting,
        created_at=now,
        expires_at=now + OPEN_FOR,
    )
    session.add(recap)
    session.flush()
    for position, line in enumerate(new.lines, start=1):
        session.add(
            RecapLine(
                recap_id=recap.id,
                position=position,
                kind=line.kind.value,
                canvas_question=line.question,
                evidence=line.evidence,
                text=line.text,
                said_by=line.said_by,
            )
        )
    session.flush()
    return link_token(workspace.secret, recap.public_id)


def revoke_recaps(session: Session, meeting_id: int, now: datetime) -> None:
    """Close every link of a meeting's recaps: they open nothing any more."""
    session.execute(
        update(Recap).where(Recap.meeting_id == meeting_id, Recap.revoked_at.is_(None)).values(revoked_at=now)
    )


def link_token(secret: str, public_id: str) -> str:
    """What a link carries: 128 random bits and a signature of as many, so that the store alone opens no page."""
    return f"{public_id}{_signature(secret, public_id)}"


def opened_by(secret: str, token: str) -> str | None:
    """The public id of the recap that this token opens; None for one that we did not make."""
    public_id, signature = token[:32], token[32:]
    right = hmac.compare_digest(signature.encode(), _signature(secret, public_id).encode())
    return public_id if right else None


def _signature(secret: str, public_id: str) -> str:
    return hmac.new(secret.encode(), f"recap:{public_id}".encode(), hashlib.sha256).hexdigest()[:32]


def _proposed(reading: DealReading, meeting: MeetingLine, steps: Sequence[StepLine]) -> Iterator[DraftLine]:
    """The answers of this meeting in the order of the canvas, its evidence, the plan that is left, the next date."""
    said = [one for one in reversed(reading.words) if one.meeting_id == meeting.id and one.text.strip()]
    answers = {one.question: one for one in said if one.question is not None}
    for number in sorted(answers):
        yield DraftLine(LineKind.ANSWER, answers[number].text, answers[number].said_by, question=number)
    evidence = {one.evidence: one for one in said if one.evidence is not None}
    for key, one in evidence.items():
        yield DraftLine(LineKind.EVIDENCE, one.text, one.said_by, evidence=key)
    for step in steps:
        if step.done_at is None:
            yield DraftLine(LineKind.STEP, step.text, step.who, step=step)
    planned = min(
        (one for one in reading.meetings if one.state == PLANNED), key=lambda one: one.starts_at, default=None
    )
    if planned:
        yield DraftLine(LineKind.NEXT, "", meeting=planned)
