"""Direction, speed and next meeting of deals, read against the deals that were in the same stage."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from plugin.domain.canvas import AnswerStatus
from plugin.domain.conversion import Period
from plugin.domain.direction import Direction, Reading, Stays, read_direction
from plugin.domain.follow_up import WARNINGS
from plugin.domain.next_meeting import MeetingChoice, TemplateFacts, next_meeting
from plugin.domain.plan import days_late
from plugin.domain.visits import NOWHERE_YET, Standing
from plugin.services.workspace import Workspace
from plugin.store.queries.deals import DealLine, standings_of
from plugin.store.queries.follow_ups import FollowUpLine, open_follow_ups
from plugin.store.queries.meetings import HELD, MeetingLine, NoteLine, WordsLine, meetings_where, words_of
from plugin.store.queries.plans import open_steps_due
from plugin.store.queries.questions import Question
from plugin.store.tables import Meeting


@dataclass(frozen=True, slots=True)
class DealReading:
    """What the product says of one deal, and what that rests on.

    ``direction`` is None unless the deal is open in a known stage. ``words`` and ``meetings`` are newest first;
    ``unmapped`` counts the moves into stages that nobody has mapped; ``follow_ups`` wait for a person's word.
    """

    deal: DealLine
    standing: Standing
    direction: Reading | None
    choice: MeetingChoice | None
    words: tuple[WordsLine, ...]
    meetings: tuple[MeetingLine, ...]
    unmapped: int
    follow_ups: tuple[FollowUpLine, ...] = ()

    @property
    def alert(self) -> bool:
        return self.taken_back is not None or (self.direction is not None and self.direction.alert)

    @property
    def taken_back(self) -> FollowUpLine | None:
        """The proposal that waits because the buyer took something back, or somebody else decides now."""
        return next((one for one in self.follow_ups if one.kind in WARNINGS), None)

    @property
    def went_back(self) -> bool:
        return self.direction is not None and self.direction.direction is Direction.BACK

    @property
    def what_changed(self) -> str:
        """The buyer's words when they went back to where they are; empty where nobody wrote them down."""
        return self.change.what_changed if self.change else ""

    @property
    def change(self) -> NoteLine | None:
        """The note that holds those words. One from before belongs to an earlier return."""
        notes = [note for one in self.meetings for note in one.notes if note.what_changed and self._is_of_stay(note)]
        return max(notes, key=lambda note: note.at, default=None)

    def _is_of_stay(self, note: NoteLine) -> bool:
        return self.standing.since is None or note.at >= self.standing.since


def read_deals(session: Session, workspace: Workspace, deals: Sequence[DealLine]) -> tuple[DealReading, ...]:
    """Read these deals as they are now, in their order, with a handful of queries however many they are."""
    if not deals:
        return ()
    ids = [deal.id for deal in deals]
    now = workspace.clock()
    standings = standings_of(session, ids)
    seen_as = {key: workspace.of(key) for key in {deal.journey for deal in deals}}
    stages = {standing.stage for standing, _ in standings.values()}
    stays = {key: stays_by_stage(session, own, now, stages) for key, own in seen_as.items()}
    late = {deal_id: days_late(due, now.date()) for deal_id, due in open_steps_due(session, ids).items()}
    words = words_of(session, ids)
    meetings: defaultdict[int, list[MeetingLine]] = defaultdict(list)
    for meeting in meetings_where(session, Meeting.deal_id.in_(ids)):
        meetings[meeting.deal_id].append(meeting)
    waiting: defaultdict[int, list[FollowUpLine]] = defaultdict(list)
    for one in open_follow_ups(session, ids):
        waiting[one.deal_id].append(one)
    return tuple(
        _read(
            seen_as[deal.journey],
            deal,
            standings,
            stays[deal.journey],
            words.get(deal.id, ()),
            tuple(meetings[deal.id]),
            tuple(waiting[deal.id]),
            late.get(deal.id, 0),
            now,
        )
        for deal in deals
    )


def stays_by_stage(
    session: Session, workspace: Workspace, now: datetime, stages: Collection[str | None]
) -> dict[str, Stays]:
    """How long deals stayed in each of these stages on their first visit: the report's time in stage, of all deals."""
    view, asked = workspace.cohorts.view(session), Question(Period(), now)
    known = [stage.key for stage in workspace.journey.stages if stage.key in stages]
    counted = {stage: view.histogram(session, asked, stage) for stage in known}
    return {stage: Stays(one.left, one.staying) for stage, one in counted.items()}


def _read(
    workspace: Workspace,
    deal: DealLine,
    standings: dict[int, tuple[Standing, int]],
    stays: dict[str, Stays],
    words: tuple[WordsLine, ...],
    meetings: tuple[MeetingLine, ...],
    waiting: tuple[FollowUpLine, ...],
    late: int,
    now: datetime,
) -> DealReading:
    standing, unmapped = standings.get(deal.id, (NOWHERE_YET, 0))
    watched = standing.state == "open" and standing.stage is not None and not deal.gone
    return DealReading(
        deal=deal,
        standing=standing,
        direction=_direction(standing, stays, now, late) if watched else None,
        choice=None if deal.gone else _choose(workspace, deal, standing, words, meetings),
        words=words,
        meetings=meetings,
        unmapped=unmapped,
        follow_ups=waiting,
    )


def _direction(standing: Standing, stays: dict[str, Stays], now: datetime, late: int) -> Reading:
    return read_direction(standing, stays.get(standing.stage or "", Stays()), now, late)


def _choose(
    workspace: Workspace,
    deal: DealLine,
    standing: Standing,
    words: Sequence[WordsLine],
    meetings: Sequence[MeetingLine],
) -> MeetingChoice | None:
    since = standing.since
    held = [
        one.template
        for one in meetings
        if one.template and one.state == HELD and (since is None or one.starts_at >= since)
    ]
    return next_meeting(
        workspace.journey,
        standing,
        workspace.persona_type(deal.persona_key),
        given_evidence(words),
        answers_of(words),
        held,
        template_facts(workspace),
    )


def given_evidence(words: Sequence[WordsLine]) -> set[str]:
    """The evidence that the buyer gave and has not taken back since."""
    newest = {said.evidence: said.status for said in reversed(words) if said.evidence is not None}
    return {key for key, status in newest.items() if status is not AnswerStatus.CONTRADICTED}


def answers_of(words: Sequence[WordsLine]) -> dict[int, AnswerStatus]:
    """The status of each answered canvas question: that of its newest answer."""
    return {said.question: said.status for said in reversed(words) if said.question is not None}


def template_facts(workspace: Workspace) -> dict[str, TemplateFacts]:
    return {key: TemplateFacts(one.evidence, one.canvas) for key, one in workspace.library.meetings.items()}
