"""One deal: where the buyer stands, which way they move, what they said, and what to play next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from plugin.domain.canvas import QUESTIONS, AnswerStatus
from plugin.domain.journey import Journey
from plugin.domain.visits import Visit
from plugin.services.outbox import MessageLine, troubles_of_deal
from plugin.services.readings import DealReading, read_deals
from plugin.services.viewer import Viewer
from plugin.services.workspace import Workspace
from plugin.store.derived import history_of
from plugin.store.queries.deals import ContactLine, contacts_of, find_deal
from plugin.store.queries.meetings import HELD, PLANNED, MeetingLine, WordsLine
from plugin.store.queries.personas import ChoiceLine, choice_of
from plugin.store.queries.plans import StepLine, steps_of
from plugin.store.queries.recaps import RecapRow, recaps_by_meeting

# How long a recap is still worth sending.
FRESH = timedelta(days=3)


@dataclass(frozen=True, slots=True)
class EvidenceLine:
    """One piece of a stage's exit evidence; ``words`` is empty while the buyer has not given it."""

    stage: str
    key: str
    words: tuple[WordsLine, ...]

    @property
    def given(self) -> bool:
        return bool(self.words)


@dataclass(frozen=True, slots=True)
class AnswerLine:
    """One of the ten canvas questions, with what was said to it, the newest first."""

    number: int
    status: AnswerStatus
    words: tuple[WordsLine, ...]


@dataclass(frozen=True, slots=True)
class DealPage:
    """``steps`` is the mutual plan; ``recaps`` the recap that went out last for each meeting, by the meeting's id.

    ``to_recap`` is a meeting that was held these days and has none yet. ``refused`` is what the CRM did not take,
    ``persona_choice`` whose deal a person said that it is.
    """

    reading: DealReading
    contacts: tuple[ContactLine, ...]
    visits: tuple[Visit, ...]
    evidence: tuple[EvidenceLine, ...]
    answers: tuple[AnswerLine, ...]
    planned: MeetingLine | None
    steps: tuple[StepLine, ...]
    recaps: Mapping[int, RecapRow]
    to_recap: MeetingLine | None
    refused: tuple[MessageLine, ...] = ()
    persona_choice: ChoiceLine | None = None

    @property
    def came_from(self) -> str | None:
        """The stage that the buyer left by going back to where they are; None where they did not come by going back."""
        return came_from(self.visits)


def deal_page(session: Session, workspace: Workspace, viewer: Viewer, public_id: str) -> DealPage | None:
    """Everything about one deal; None where there is none that this viewer may see."""
    deal = find_deal(session, public_id, viewer.only_owner)
    if deal is None:
        return None
    workspace = workspace.of(deal.journey)
    (reading,) = read_deals(session, workspace, [deal])
    recaps = recaps_by_meeting(session, [one.id for one in reading.meetings])
    return DealPage(
        reading,
        contacts_of(session, deal.id),
        history_of(session, workspace.journey, deal.id).visits,
        evidence_lines(workspace.journey, reading.words),
        answer_lines(reading.words),
        planned_meeting(reading.meetings),
        steps_of(session, deal.id),
        recaps,
        _to_recap(reading.meetings, recaps, workspace.clock()),
        troubles_of_deal(session, deal.id),
        choice_of(session, deal.id),
    )


def came_from(visits: Sequence[Visit]) -> str | None:
    """The stage that the buyer left by going back to where they are; None where they did not come by going back."""
    return visits[-2].stage if len(visits) > 1 and visits[-1].came_back else None


def planned_meeting(meetings: Sequence[MeetingLine]) -> MeetingLine | None:
    """The planned meeting that comes first."""
    return min((one for one in meetings if one.state == PLANNED), key=lambda one: one.starts_at, default=None)


def _to_recap(meetings: Sequence[MeetingLine], recaps: Mapping[int, RecapRow], now: datetime) -> MeetingLine | None:
    """The meeting held last, while its words are fresh."""
    last = next((one for one in meetings if one.state == HELD), None)
    return last if last and last.id not in recaps and now - last.starts_at <= FRESH else None


def evidence_lines(journey: Journey, words: Sequence[WordsLine]) -> tuple[EvidenceLine, ...]:
    """The exit evidence of every stage, in journey order."""
    return tuple(
        EvidenceLine(stage.key, item.key, tuple(said for said in words if said.evidence == item.key))
        for stage in journey.stages
        for item in stage.evidence
    )


def answer_lines(words: Sequence[WordsLine]) -> tuple[AnswerLine, ...]:
    """All ten questions, each with the status of its newest answer."""
    return tuple(_answer(question.number, words) for question in QUESTIONS)


def _answer(number: int, words: Sequence[WordsLine]) -> AnswerLine:
    said = tuple(line for line in words if line.question == number)
    return AnswerLine(number, said[0].status if said else AnswerStatus.UNKNOWN, said)
