"""The kit of one meeting, composed for one deal."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from sqlalchemy import select
from sqlalchemy.orm import Session

from plugin.domain.canvas import QUESTIONS
from plugin.library.kit import Kit, KitStory, KnownAnswer, compose
from plugin.library.kit import first_story as kit_story
from plugin.library.meeting import MeetingTemplate
from plugin.services.deal_page import planned_meeting
from plugin.services.readings import DealReading, given_evidence, read_deals
from plugin.services.trials import template_for
from plugin.services.viewer import Viewer
from plugin.services.workspace import Workspace
from plugin.store.queries.deals import DealLine, find_deal
from plugin.store.queries.meetings import MeetingLine, WordsLine, choices_by_hand, words_of
from plugin.store.tables import KitChoice

# Gives the address of a template's picture: key of the template, its version, the picture's name.
PictureAddress = Callable[[str, str, str], str]


@dataclass(frozen=True, slots=True)
class MeetingKit:
    """What to show, tell and ask.

    ``missing_evidence`` and ``open_questions`` are those that this meeting works on, ``known`` what the buyer said to
    the canvas questions, by their numbers: words to read back, not questions to ask again.
    """

    reading: DealReading
    template: MeetingTemplate
    kit: Kit
    missing_evidence: tuple[str, ...]
    open_questions: tuple[int, ...]
    known: Mapping[int, KnownAnswer]
    planned: MeetingLine | None


def meeting_kit(
    session: Session,
    workspace: Workspace,
    viewer: Viewer,
    public_id: str,
    template_key: str,
    picture_address: PictureAddress | None = None,
    template: MeetingTemplate | None = None,
    language: str | None = None,
) -> MeetingKit | None:
    """The kit in ``language``, else the viewer's own.

    None where there is no such deal for this viewer, or no such template. ``template`` is composed in place of the one
    in use: a draft that somebody looks at.
    """
    deal = find_deal(session, public_id, viewer.only_owner)
    if deal is None:
        return None
    template = template or template_for(session, workspace, deal.id, deal.public_id, template_key)
    if template is None:
        return None
    (reading,) = read_deals(session, workspace, [deal])
    given = given_evidence(reading.words)
    known = known_answers(reading.words)
    missing = tuple(key for key in template.evidence if key not in given)
    kit = compose(
        template,
        language or viewer.language,
        workspace.persona_type(deal.persona_key),
        missing_evidence=missing,
        answers=known,
        values=placeholder_values(reading, viewer, workspace),
        by_hand=choices_by_hand(session, deal.id, template.key),
        picture_address=partial(picture_address, template.key, template.version) if picture_address else None,
    )
    open_questions = tuple(number for number in template.canvas if number not in known)
    return MeetingKit(reading, template, kit, missing, open_questions, known, planned_meeting(reading.meetings))


def first_story(session: Session, workspace: Workspace, deal: DealLine, template: MeetingTemplate) -> str | None:
    """The story that the deal's kit begins with, by its name within the template; None where it has none."""
    words = words_of(session, [deal.id]).get(deal.id, ())
    by_hand = choices_by_hand(session, deal.id, template.key)
    story = story_for(workspace, deal, template, words, by_hand, "en")
    return story.item if story else None


def story_for(
    workspace: Workspace,
    deal: DealLine,
    template: MeetingTemplate,
    words: Sequence[WordsLine],
    by_hand: Mapping[str, bool],
    language: str,
) -> KitStory | None:
    """The story that the deal's kit begins with; None where it has none. ``words`` are all of the deal's."""
    given = given_evidence(words)
    return kit_story(
        template,
        language,
        workspace.persona_type(deal.persona_key),
        missing_evidence=[key for key in template.evidence if key not in given],
        answers=known_answers(words),
        values={},
        by_hand=by_hand,
    )


def choose_part(session: Session, deal_id: int, template: str, item: str, included: bool, now: datetime) -> None:
    """Put a slide, story or question into the kit of a deal, or take it out."""
    choice = session.scalar(select(KitChoice).filter_by(deal_id=deal_id, template=template, item=item))
    if choice is None:
        choice = KitChoice(deal_id=deal_id, template=template, item=item)
        session.add(choice)
    choice.included, choice.chosen_at = included, now
    session.flush()


def known_answers(words: Sequence[WordsLine]) -> dict[int, KnownAnswer]:
    """The newest answer to each canvas question, by its number."""
    newest = {said.question: said for said in reversed(words) if said.question is not None}
    return {
        question.number: KnownAnswer(said.text, said.said_by, said.said_at, said.status)
        for question in QUESTIONS
        if (said := newest.get(question.number))
    }


def placeholder_values(reading: DealReading, viewer: Viewer, workspace: Workspace) -> dict[str, str]:
    """What is known of the deal, for the placeholders of a template; what is unknown is left out."""
    deal = reading.deal
    values = {
        "company": deal.company,
        "contact": deal.contact,
        "seller": deal.owner or viewer.name,
        "our_company": workspace.our_company,
    }
    return {name: text for name, text in values.items() if text}
