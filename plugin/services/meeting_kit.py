"""The kit of one meeting, composed for one deal."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from plugin.library.kit import Kit, compose
from plugin.library.meeting import MeetingTemplate
from plugin.services.deal_page import planned_meeting
from plugin.services.readings import DealReading, answers_of, read_deals
from plugin.services.viewer import Viewer
from plugin.services.workspace import Workspace
from plugin.store.queries.deals import find_deal
from plugin.store.queries.meetings import MeetingLine


@dataclass(frozen=True, slots=True)
class MeetingKit:
    """What to show, tell and ask. ``missing_evidence`` and ``open_questions`` are those that this meeting works on."""

    reading: DealReading
    template: MeetingTemplate
    kit: Kit
    missing_evidence: tuple[str, ...]
    open_questions: tuple[int, ...]
    planned: MeetingLine | None


def meeting_kit(
    session: Session, workspace: Workspace, viewer: Viewer, public_id: str, template_key: str
) -> MeetingKit | None:
    """The kit in the viewer's language; None where there is no such deal for this viewer, or no such template."""
    deal = find_deal(session, public_id, viewer.only_owner)
    template = workspace.library.meetings.get(template_key)
    if deal is None or template is None:
        return None
    (reading,) = read_deals(session, workspace, [deal])
    given = {said.evidence for said in reading.words}
    answered = answers_of(reading.words)
    missing = tuple(key for key in template.evidence if key not in given)
    open_questions = tuple(number for number in template.canvas if number not in answered)
    kit = compose(
        template,
        viewer.language,
        workspace.persona_type(deal.persona),
        missing_evidence=missing,
        open_questions=open_questions,
        values=placeholder_values(reading, viewer, workspace),
    )
    return MeetingKit(reading, template, kit, missing, open_questions, planned_meeting(reading.meetings))


def placeholder_values(reading: DealReading, viewer: Viewer, workspace: Workspace) -> dict[str, str]:
    """What is known of the deal, for the placeholders of a template; what is unknown is left out."""
    deal = reading.deal
    values = {
        "company": deal.company,
        "contact": deal.contact,
        "seller": deal.owner or viewer.name,
        "our_company": workspace.our_company,
        **{f"answer_{said.question}": said.text for said in reversed(reading.words) if said.question},
    }
    return {name: text for name, text in values.items() if text}
