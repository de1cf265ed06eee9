"""What the radar tells of each deal: where it came back from, what was seen of it, and the story to tell next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise

from sqlalchemy.orm import Session

from plugin.domain.alert import SAYS_WHAT_FAILS, Alert, Seen, most_telling, rewritten, signals
from plugin.domain.canvas import AnswerStatus
from plugin.domain.follow_up import SEARCHES_AGAIN, Signal
from plugin.domain.journey import Loop
from plugin.domain.meeting import Effect
from plugin.domain.visits import Visit
from plugin.library.kit import KitStory
from plugin.library.plays import STANDS_STILL, WENT_BACK
from plugin.services.deal_page import came_from, planned_meeting
from plugin.services.meeting_kit import story_for
from plugin.services.radar import RadarDeal
from plugin.services.readings import DealReading, given_evidence
from plugin.services.viewer import Viewer
from plugin.services.what_happened import put_off
from plugin.services.workspace import Workspace
from plugin.store.derived import histories_of
from plugin.store.queries.follow_ups import taken_returns
from plugin.store.queries.meetings import (
    HELD,
    AttendeeLine,
    WordsLine,
    attendees_by_deal,
    choices_by_deal,
)

LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class RadarLine:
    """``came_from`` is the stage that the buyer went back from (None: they did not). ``signals`` come the most telling
    first; ``story`` is the one that the next meeting's kit begins with."""

    alert: Alert
    reading: DealReading
    came_from: str | None
    signals: tuple[Signal, ...]
    story: KitStory | None

    @property
    def play(self) -> str:
        """The key of what to do about it, among the plays of the library."""
        signal = most_telling(self.alert, self.signals)
        if signal:
            return signal.value
        return STANDS_STILL if self.alert is Alert.STILL else WENT_BACK


def radar_lines(
    session: Session, workspace: Workspace, viewer: Viewer, deals: Sequence[RadarDeal]
) -> tuple[RadarLine, ...]:
    """The deals with all that is told of them, with a handful of queries however many they are."""
    ids = [one.reading.deal.id for one in deals]
    histories = histories_of(session, workspace.journey, ids)
    attendees, taken = attendees_by_deal(session, ids), taken_returns(session, ids)
    by_hand = choices_by_deal(session, ids)
    lines = []
    for one in deals:
        deal_id, visits = one.reading.deal.id, histories[one.reading.deal.id].visits
        agreed = [signal for signal, at in taken.get(deal_id, ()) if at >= (one.reading.standing.since or LONG_AGO)]
        lines.append(
            RadarLine(
                one.alert,
                one.reading,
                came_from(visits),
                signals(_seen(workspace, one.reading, visits, attendees.get(deal_id, ()), agreed)),
                _story(workspace, viewer, one.reading, by_hand),
            )
        )
    return tuple(lines)


def _seen(
    workspace: Workspace,
    reading: DealReading,
    visits: Sequence[Visit],
    attendees: Sequence[AttendeeLine],
    agreed: Sequence[Signal],
) -> Seen:
    """As far back as the stay that led here: for who went back, the one that they left by it."""
    stay = visits[-2:][0] if visits and visits[-1].came_back else visits[-1] if visits else None
    since = (stay.entered_at if stay else None) or LONG_AGO
    here = reading.standing.since or LONG_AGO
    stage = workspace.journey.by_key.get(reading.standing.stage or "")
    given = given_evidence(reading.words)
    held = [one for one in reading.meetings if one.state == HELD]
    said = [one for one in reading.words if one.said_at >= since]
    planned = planned_meeting(reading.meetings)
    return Seen(
        in_use=stage is not None and stage.loop is Loop.USAGE,
        proposed=[*agreed, *(one.signal for one in reading.follow_ups)],
        contradicted=any(one.status is AnswerStatus.CONTRADICTED for one in said),
        rewritten=[number for number in SEARCHES_AGAIN if _rewritten(reading.words, number, since)],
        new_decider=_new_decider(attendees, {one.id for one in held if one.starts_at >= since}),
        fails=_fails(said),
        relation_broke=any(one.effect == Effect.BROKE for one in held[:1] if one.starts_at >= since),
        put_off=put_off(reading.meetings),
        complete=bool(stage and not reading.went_back and all(item.key in given for item in stage.evidence)),
        days_late=reading.direction.days_late if reading.direction else 0,
        met=any(one.starts_at >= here for one in held),
        dated=planned is not None and planned.starts_at >= workspace.clock(),
    )


def _rewritten(words: Sequence[WordsLine], number: int, since: datetime) -> bool:
    """Whether an answer was heard since then that is not what was answered before it; ``words`` are newest first."""
    answers = [one for one in words if one.question == number]
    return any(
        now.said_at >= since and now.status is AnswerStatus.HEARD and rewritten(before.text, now.text)
        for now, before in pairwise(answers)
    )


def _new_decider(attendees: Sequence[AttendeeLine], lately: set[int]) -> bool:
    """Somebody decides who was not said to before, although somebody was."""
    deciding = [one for one in attendees if one.decides]
    before = {one.name for one in deciding if one.meeting_id not in lately}
    return bool(before and {one.name for one in deciding if one.meeting_id in lately} - before)


def _fails(said: Sequence[WordsLine]) -> bool:
    newest = next((one for one in said if one.evidence == SAYS_WHAT_FAILS), None)
    return newest is not None and newest.status is not AnswerStatus.CONTRADICTED


def _story(
    workspace: Workspace, viewer: Viewer, reading: DealReading, by_hand: Mapping[tuple[int, str], Mapping[str, bool]]
) -> KitStory | None:
    template = workspace.library.meetings.get(reading.choice.template) if reading.choice else None
    if template is None:
        return None
    chosen = by_hand.get((reading.deal.id, template.key), {})
    return story_for(workspace, reading.deal, template, reading.words, chosen, viewer.language)
