"""What the logs say of a stage: evidence given, how buyers felt, what held them back, when we meet.

Everything rests on the same meetings, the newest ones held in the stage in the period; the page says how many.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property

from sqlalchemy.orm import Session

from plugin.domain.meeting import Effect
from plugin.domain.stage_map import UsualDays, usual_days
from plugin.services.viewer import Viewer
from plugin.services.workspace import Workspace
from plugin.store.derived import passages_of
from plugin.store.queries.deals import DealLine, lines_of
from plugin.store.queries.journeys import following
from plugin.store.queries.questions import Question
from plugin.store.queries.stage_logs import HeldLine, SaidLine, changed_in, held_in, said_in, seen_by

# Enough for every count to be steady, few enough to be read at once.
MOST_MEETINGS = 1_000
QUOTES = 3
LINES_SHOWN = 200
# The canvas question that asks what holds the buyer back.
HOLDS_BACK = 9
HARM = (Effect.WEAKENED, Effect.BROKE)


@dataclass(frozen=True, slots=True)
class Told:
    """Something that logs tell: of how many ``meetings`` and ``deals``, with the newest words that may be shown.

    Words that were erased still count; they are never among the ``quotes``.
    """

    meetings: int
    deals: int
    quotes: tuple[SaidLine, ...] = ()


@dataclass(frozen=True)
class StageLogs:
    """``held`` are all meetings that this rests on; ``cut``: there are more in the period than are read.

    ``shown`` are the deals whose words these eyes may see.
    """

    held: tuple[HeldLine, ...]
    said: tuple[SaidLine, ...]
    changed: tuple[SaidLine, ...]
    shown: frozenset[int]
    days: UsualDays | None
    cut: bool

    @property
    def meetings(self) -> int:
        return len(self.held)

    @cached_property
    def deals(self) -> int:
        return len({one.deal_id for one in self.held})

    @cached_property
    def felt(self) -> Counter[str]:
        return Counter(one.felt for one in self.held if one.felt)

    @cached_property
    def templates(self) -> Counter[str]:
        return Counter(one.template for one in self.held if one.template)

    def evidence(self, key: str) -> Told:
        return self._told(said for said in self.said if said.evidence == key)

    @cached_property
    def holds_back(self) -> Told:
        return self._told(said for said in self.said if said.question == HOLDS_BACK)

    @cached_property
    def went_back(self) -> Told:
        return self._told(self.changed)

    @cached_property
    def harmed(self) -> Told:
        """Meetings that weakened or broke the relation, with what else the buyer said in them."""
        meetings = {one.id: one.deal_id for one in self.held if one.effect in HARM}
        others = (said for said in self.said if said.meeting_id in meetings and said.question != HOLDS_BACK)
        told = self._told(others)
        return Told(len(meetings), len(set(meetings.values())), told.quotes)

    def _told(self, lines: Iterable[SaidLine]) -> Told:
        found = list(lines)
        return Told(
            len({one.meeting_id for one in found}),
            len({one.deal_id for one in found}),
            tuple(one for one in found if one.text and one.deal_id in self.shown)[:QUOTES],
        )


@dataclass(frozen=True, slots=True)
class MeetingBehind:
    """A meeting behind a figure, with the words that put it there."""

    deal: DealLine
    meeting: HeldLine
    words: tuple[SaidLine, ...]


def stage_logs(
    session: Session,
    workspace: Workspace,
    viewer: Viewer,
    stage: str,
    question: Question,
    persona: str | None,
    most: int = MOST_MEETINGS,
) -> StageLogs:
    """What the logs of the question's period say of a stage, for one persona or for all."""
    read = held_in(
        session,
        stage,
        persona,
        question.period.start,
        question.as_of,
        following(workspace.journeys, workspace.journey),
        most + 1,
    )
    held = read[:most]
    meetings = [one.id for one in held]
    return StageLogs(
        held=held,
        said=said_in(session, meetings),
        changed=changed_in(session, meetings),
        shown=seen_by(session, list({one.deal_id for one in held}), viewer.only_owner),
        days=usual_days(_days_after_entry(session, workspace, stage, held)),
        cut=len(read) > most,
    )


def behind(session: Session, logs: StageLogs, figure: str) -> tuple[MeetingBehind, ...]:
    """The meetings that a figure counts, of the deals that these eyes may see, the newest first.

    ``figure`` is ``met``, ``felt KEY``, ``evidence KEY``, ``template KEY``, ``holds_back``, ``went_back`` or
    ``harmed``. KeyError on any other.
    """
    name, _, key = figure.partition(" ")
    chosen = _CHOICES[name](logs, key)
    held = [one for one in logs.held if one.id in chosen and one.deal_id in logs.shown][:LINES_SHOWN]
    lines = lines_of(session, [one.deal_id for one in held])
    return tuple(MeetingBehind(lines[one.deal_id], one, tuple(chosen[one.id])) for one in held)


Chosen = Mapping[int, Sequence[SaidLine]]


def _with_words(logs: StageLogs, takes: Callable[[HeldLine], bool]) -> Chosen:
    words: dict[int, list[SaidLine]] = {one.id: [] for one in logs.held if takes(one)}
    for said in logs.said:
        if said.meeting_id in words and said.text:
            words[said.meeting_id].append(said)
    return words


def _by_words(lines: Iterable[SaidLine]) -> Chosen:
    words: dict[int, list[SaidLine]] = {}
    for said in lines:
        found = words.setdefault(said.meeting_id, [])
        if said.text:
            found.append(said)
    return words


_CHOICES: Mapping[str, Callable[[StageLogs, str], Chosen]] = {
    "met": lambda logs, _: _with_words(logs, lambda _one: True),
    "felt": lambda logs, key: _with_words(logs, lambda one: one.felt == key),
    "template": lambda logs, key: _with_words(logs, lambda one: one.template == key),
    "harmed": lambda logs, _: _with_words(logs, lambda one: one.effect in HARM),
    "evidence": lambda logs, key: _by_words(one for one in logs.said if one.evidence == key),
    "holds_back": lambda logs, _: _by_words(one for one in logs.said if one.question == HOLDS_BACK),
    "went_back": lambda logs, _: _by_words(logs.changed),
}


def _days_after_entry(session: Session, workspace: Workspace, stage: str, held: Sequence[HeldLine]) -> list[int]:
    """Whole days from a deal's latest entry into the stage to each meeting that came after one."""
    passages = passages_of(session, workspace.journey, sorted({one.deal_id for one in held}))
    found = []
    for one in held:
        entries = [way.entered_at for way in passages.get(one.deal_id, ()) if way.stage == stage and way.entered_at]
        before = [at for at in entries if at <= one.starts_at]
        if before:
            found.append((one.starts_at - max(before)) // timedelta(days=1))
    return found
