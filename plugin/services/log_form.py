"""What the log form opens with: everything that is known already, so that little is left to say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from plugin.domain.journey import BuyerStage
from plugin.domain.meeting import SAME_MEETING
from plugin.library.kit import KnownAnswer
from plugin.services.attendees import Person, people_of
from plugin.services.deal_page import planned_meeting
from plugin.services.drafts import NEW_MEETING
from plugin.services.meeting_kit import known_answers
from plugin.services.readings import DealReading, given_evidence, read_deals
from plugin.services.viewer import Viewer
from plugin.services.workspace import Workspace
from plugin.store.queries.deals import find_deal
from plugin.store.queries.meetings import DraftLine, MeetingLine, drafts_of


@dataclass(frozen=True, slots=True)
class EvidenceItem:
    """A piece of the stage's exit evidence; ``given`` where the buyer gave it before."""

    key: str
    given: bool


@dataclass(frozen=True, slots=True)
class LogForm:
    """``meeting`` is the one that is logged (None: one that nobody planned), ``revision`` its state now.

    ``questions`` are the canvas questions that the kit works on, ``known`` what the buyer answered before; ``people``
    are those of the buyer's side.
    ``draft`` is what this person typed before, ``colleagues`` what others are typing.
    """

    reading: DealReading
    meeting: MeetingLine | None
    meeting_ref: str
    template: str | None
    stage: BuyerStage | None
    evidence: tuple[EvidenceItem, ...]
    questions: tuple[int, ...]
    known: Mapping[int, KnownAnswer]
    people: tuple[Person, ...]
    earlier_stages: tuple[BuyerStage, ...]
    later_stages: tuple[BuyerStage, ...]
    draft: Mapping[str, Any] | None
    draft_at: datetime | None
    colleagues: tuple[DraftLine, ...]

    @property
    def revision(self) -> int:
        return self.meeting.revision if self.meeting else 0


def log_form(
    session: Session,
    workspace: Workspace,
    viewer: Viewer,
    public_id: str,
    meeting_ref: str | None = None,
    template_key: str | None = None,
) -> LogForm | None:
    """The form for a deal's meeting: the named one, else the planned one whose hour has come, else a new one.

    None where there is no such deal for this viewer, or no such meeting of the deal.
    """
    deal = find_deal(session, public_id, viewer.only_owner)
    if deal is None:
        return None
    workspace = workspace.of(deal.journey)
    (reading,) = read_deals(session, workspace, [deal])
    meeting = _meeting(reading, meeting_ref, workspace.clock())
    if meeting is None and meeting_ref not in (None, NEW_MEETING):
        return None
    ref = meeting.public_id if meeting else NEW_MEETING
    drafts = drafts_of(session, deal.id, ref)
    mine = next((draft for draft in drafts if draft.user_id == viewer.user_id), None)
    template = _template(workspace, reading, meeting, template_key)
    stage = _stage(workspace, reading, template)
    position = _held_position(workspace, reading)
    return LogForm(
        reading=reading,
        meeting=meeting,
        meeting_ref=ref,
        template=template,
        stage=stage,
        evidence=_evidence(workspace, stage, template, reading),
        questions=workspace.library.meetings[template].canvas if template else (),
        known=known_answers(reading.words),
        people=people_of(session, deal.id, reading.words),
        earlier_stages=tuple(one for one in workspace.journey.stages if one.position < position),
        later_stages=tuple(one for one in workspace.journey.stages if one.position > position),
        draft=mine.fields if mine else None,
        draft_at=mine.at if mine else None,
        colleagues=tuple(draft for draft in drafts if draft.user_id != viewer.user_id),
    )


def _meeting(reading: DealReading, meeting_ref: str | None, now: datetime) -> MeetingLine | None:
    if meeting_ref is None:
        planned = planned_meeting(reading.meetings)
        return planned if planned and planned.starts_at <= now + SAME_MEETING else None
    return next((one for one in reading.meetings if one.public_id == meeting_ref), None)


def _template(
    workspace: Workspace, reading: DealReading, meeting: MeetingLine | None, asked_for: str | None
) -> str | None:
    """The kit that was asked for, planned, or is due; the first of these that the library has."""
    proposed = (
        asked_for,
        meeting.template if meeting else None,
        reading.choice.template if reading.choice else None,
    )
    return next((key for key in proposed if key in workspace.library.meetings), None)


def _stage(workspace: Workspace, reading: DealReading, template: str | None) -> BuyerStage | None:
    """The stage whose exit evidence the form offers: where the buyer stands, else what the kit is made for."""
    key = reading.standing.stage if reading.standing.state == "open" else None
    if key is None and template:
        key = workspace.journey.mirrored_by(template, workspace.library.meetings[template].stage)
    return workspace.journey.by_key.get(key or "")


def _held_position(workspace: Workspace, reading: DealReading) -> int:
    held = workspace.journey.by_key.get(reading.standing.stage or "")
    return held.position if held else 0


def _evidence(
    workspace: Workspace, stage: BuyerStage | None, template: str | None, reading: DealReading
) -> tuple[EvidenceItem, ...]:
    """What lets the buyer leave their stage, then what else the kit asks for."""
    given = given_evidence(reading.words)
    asked = [item.key for item in (stage.evidence if stage else ())]
    asked += workspace.library.meetings[template].evidence if template else ()
    return tuple(EvidenceItem(key, key in given) for key in dict.fromkeys(asked))
