"""Proposals that follow from a log or from a buyer's correction, and what a person makes of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from plugin.domain.follow_up import FollowUpKind, WhatHappened, follow_ups
from plugin.domain.moves import ActorKind
from plugin.domain.visits import Standing
from plugin.services.outbox import write_to_crm
from plugin.services.viewer import Viewer
from plugin.services.workspace import Workspace
from plugin.store.derived import derive_each
from plugin.store.queries.deals import find_deal, lines_of, standing_of
from plugin.store.queries.follow_ups import OPEN, TAKEN
from plugin.store.tables import FollowUp, Meeting, MeetingLog, StageMoveFact

# Decided moves stand behind the CRM's own of the same instant: the person spoke after looking at them.
AFTER_THE_CRM = 1_000_000
REFUSED, PAST = "refused", "past"


@dataclass(frozen=True, slots=True)
class Decision:
    """What a person made of a proposal. ``word`` says why not, or what changed in the buyer's words."""

    taken: bool
    word: str = ""


def propose(
    session: Session,
    workspace: Workspace,
    meeting: Meeting,
    standing: Standing,
    happened: WhatHappened,
    words: str = "",
) -> None:
    """Store what follows for the deal, in the caller's transaction; older proposals are past."""
    deal = lines_of(session, [meeting.deal_id])[meeting.deal_id]
    found = follow_ups(workspace.of(deal.journey).journey, standing, happened)
    session.execute(
        update(FollowUp)
        .where(FollowUp.deal_id == meeting.deal_id, FollowUp.state == OPEN)
        .values(state=PAST, decided_at=workspace.clock())
    )
    for one in found:
        session.add(
            FollowUp(
                public_id=uuid4().hex,
                deal_id=meeting.deal_id,
                meeting_id=meeting.id,
                kind=one.kind.value,
                stage=one.stage,
                target=one.target,
                signal=one.signal.value,
                words=words,
                proposed_at=workspace.clock(),
            )
        )
    session.flush()


def decide(
    session: Session, workspace: Workspace, viewer: Viewer, deal_public_id: str, public_id: str, decision: Decision
) -> bool:
    """Take a proposal or refuse it, once; False where this viewer has no such proposal that waits.

    A passed gate and a going back become a move of the buyer; a refusal only keeps its word.
    """
    deal = find_deal(session, deal_public_id, viewer.only_owner)
    waiting = _waiting(session, deal.id, public_id) if deal else None
    if waiting is None:
        return False
    now = workspace.clock()
    waiting.state = TAKEN if decision.taken else REFUSED
    waiting.answer, waiting.decided_at, waiting.decided_by = decision.word, now, viewer.user_id
    if decision.taken and waiting.target:
        _move(session, waiting, viewer, decision.word, now)
        session.flush()
        meeting = session.get_one(Meeting, waiting.meeting_id)
        write_to_crm(session, workspace, meeting, f"follow:{waiting.public_id}", waiting.target)
        derive_each(session, workspace.journeys, [waiting.deal_id])
    return True


def _waiting(session: Session, deal_id: int, public_id: str) -> FollowUp | None:
    return session.scalar(
        select(FollowUp).filter_by(deal_id=deal_id, public_id=public_id, state=OPEN).with_for_update()
    )


def _move(session: Session, taken: FollowUp, viewer: Viewer, word: str, now: datetime) -> None:
    key = f"follow:{taken.public_id}"
    standing, _ = standing_of(session, taken.deal_id)
    session.add(
        StageMoveFact(
            deal_id=taken.deal_id,
            key=key,
            origin="log",
            target=taken.target,
            label=taken.target,
            at=max(now, standing.last_move_at) if standing.last_move_at else now,
            ordinal=AFTER_THE_CRM,
            actor_kind=ActorKind.PERSON.value,
            actor=viewer.email,
            recorded_at=now,
        )
    )
    if taken.kind == FollowUpKind.GO_BACK:
        session.add(
            MeetingLog(
                key=key,
                meeting_id=taken.meeting_id,
                user_id=viewer.user_id,
                note="",
                what_changed=word or taken.words,
                logged_at=now,
            )
        )
