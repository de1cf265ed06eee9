"""Which meetings help: what followed them, by template, version and story, against deals that had none."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from sqlalchemy.orm import Session

from plugin.domain.conversion import Histogram
from plugin.domain.curves import StageCurves, curves
from plugin.domain.effectiveness import Effect, Followed, Stratum, Unmet, effect, shrink
from plugin.domain.visits import Outcome
from plugin.services.conversion import cohorts_as_of
from plugin.services.workspace import Workspace
from plugin.store.cohorts.columns import Column
from plugin.store.cohorts.view import View
from plugin.store.queries.meetings import held_meetings
from plugin.store.queries.questions import Question
from plugin.store.types import DAY_MICROSECONDS, to_microseconds

Held = tuple[int, str, str | None, str | None, int]


@dataclass(frozen=True, slots=True)
class Subject:
    """What was held: a template, one of its versions, or one of its stories."""

    template: str
    version: str | None = None
    story: str | None = None


@dataclass(frozen=True, slots=True)
class MeetingEffect:
    subject: Subject
    effect: Effect


@dataclass(frozen=True, slots=True)
class EffectReport:
    """Of one stage: every template of it that was held, each followed by its versions and stories."""

    question: Question
    stage: str
    entered: int
    effects: tuple[MeetingEffect, ...]


@dataclass(frozen=True, slots=True)
class VersionCurves:
    """What became of the deals from the day of their meeting on, by the version that they got."""

    template: str
    version: str | None
    curves: StageCurves


def meeting_effects(session: Session, workspace: Workspace, question: Question, stage: str) -> EffectReport:
    """What followed the meetings that mirror this stage, of its cohort."""
    view = cohorts_as_of(session, workspace, question.as_of)
    cohort = _Cohort(view, session, question, stage)
    held = list(held_meetings(session, _templates(workspace, stage)))
    subjects = {subject: _of(held, subject) for subject in _subjects(held)}
    found = {subject: effect(*cohort.parted(meetings), question.horizon) for subject, meetings in subjects.items()}
    shrunk = _shrunk_by_kind(found)
    return EffectReport(
        question, stage, cohort.deals, tuple(MeetingEffect(subject, shrunk[subject]) for subject in _in_order(found))
    )


def curves_by_version(
    session: Session, workspace: Workspace, question: Question, stage: str
) -> tuple[VersionCurves, ...]:
    """The curves of each version of the stage's meetings; days count from the meeting, not from the entry."""
    view = cohorts_as_of(session, workspace, question.as_of)
    cohort = _Cohort(view, session, question, stage)
    held = list(held_meetings(session, _templates(workspace, stage)))
    versions = sorted({(one[1], one[2] or "") for one in held})
    found = []
    for template, version in versions:
        followed, _ = cohort.parted([one for one in held if (one[1], one[2] or "") == (template, version)])
        found.append(VersionCurves(template, version or None, curves(_histogram(followed))))
    return tuple(found)


class _Cohort:
    """A stage's cohort as arrays, to which meetings are set."""

    def __init__(self, view: View, session: Session, question: Question, stage: str) -> None:
        rows = view.cohort(session, question, stage)
        order = np.lexsort((rows["entered_at"], rows["deal"]))
        self.rows = {name: column[order] for name, column in rows.items()}
        self.deals = len(order)
        self.view = view
        as_of = to_microseconds(question.as_of)
        ended = np.where(self.rows["outcome_at"] <= as_of, self.rows["ended"], 0)
        self.outcome = np.where(ended == 0, 0, 2 - ended % 2)
        watched = np.minimum(np.minimum(self.rows["gone_at"], as_of), self.rows["outcome_at"])
        self.end = np.maximum(watched, self.rows["entered_at"])
        self.days = (self.end - self.rows["entered_at"]) // DAY_MICROSECONDS

    def parted(self, meetings: Iterable[Held]) -> tuple[list[Followed], dict[Stratum, Unmet]]:
        """The deals that had one of the meetings, from its day on; and all deals for as long as they had none."""
        met = self._first_meeting(meetings)
        has = met >= 0
        at_day = np.where(has, (met - self.rows["entered_at"]) // DAY_MICROSECONDS, 0)
        after = np.where(has, (self.end - met) // DAY_MICROSECONDS, 0)
        followed = [
            Followed(self._stratum(persona, source), day, days, OUTCOMES[outcome], deals)
            for (persona, source, day, days, outcome), deals in self._groups(at_day, after, has)
        ]
        unmet: defaultdict[Stratum, Unmet] = defaultdict(Unmet)
        until = np.where(has, at_day, self.days)
        ended = np.where(has, 0, self.outcome)
        for (persona, source, day, _, outcome), deals in self._groups(
            until, np.zeros_like(until), ~np.zeros_like(has), ended
        ):
            counts = unmet[self._stratum(persona, source)]
            (counts.watched, counts.advanced, counts.lost)[outcome][day] += deals
        return followed, dict(unmet)

    def _first_meeting(self, meetings: Iterable[Held]) -> Column:
        """When each row first had one, between its entry and its end; -1 for never."""
        told = [(one[0], one[4]) for one in meetings]
        first = np.full(self.deals, np.iinfo(np.int64).max)
        if told and self.deals:
            deals, at = (np.array(column, np.int64) for column in zip(*told, strict=True))
            # A deal may have several rows, one a round: the meeting belongs to the last one entered before it.
            keys = self.rows["deal"], self.rows["entered_at"]
            place = _last_at_or_before(*keys, deals, at)
            fits = (place >= 0) & (keys[0][place] == deals) & (at >= keys[1][place]) & (at < self.end[place])
            np.minimum.at(first, place[fits], at[fits])
        return np.where(first == np.iinfo(np.int64).max, -1, first)

    def _groups(
        self, day: Column, after: Column, chosen: Column, outcome: Column | None = None
    ) -> Iterable[tuple[tuple[int, int, int, int, int], int]]:
        columns = (self.rows["persona"], self.rows["source"], day, after, self.outcome if outcome is None else outcome)
        table = np.stack([column[chosen].astype(np.int64) for column in columns], axis=1)
        kinds, deals = np.unique(table, axis=0, return_counts=True)
        return zip(map(tuple, kinds.tolist()), deals.tolist(), strict=True)

    def _stratum(self, persona: int, source: int) -> Stratum:
        return self.view.text("persona", persona), self.view.text("source", source)


OUTCOMES = (Outcome.OPEN, Outcome.ADVANCED, Outcome.LOST)


def _last_at_or_before(deals: Column, entered: Column, deal: Column, at: Column) -> Column:
    """In rows sorted by deal and entry, the last row of each deal that was entered by ``at`` (else any other row)."""
    low = np.searchsorted(deals, deal, "left")
    high = np.searchsorted(deals, deal, "right")
    place = high - 1
    # Few deals have more than one round: step back where the last one was entered later.
    while True:
        later = (place > low) & (entered[np.maximum(place, 0)] > at)
        if not later.any():
            return np.clip(place, 0, len(deals) - 1)
        place = np.where(later, place - 1, place)


def _templates(workspace: Workspace, stage: str) -> list[str]:
    return [key for key, template in workspace.library.meetings.items() if template.stage == stage]


def _subjects(held: Sequence[Held]) -> set[Subject]:
    found = {Subject(one[1]) for one in held}
    found |= {Subject(one[1], version=one[2]) for one in held if one[2]}
    return found | {Subject(one[1], story=one[3]) for one in held if one[3]}


def _of(held: Sequence[Held], subject: Subject) -> list[Held]:
    return [
        one
        for one in held
        if one[1] == subject.template and subject.version in (None, one[2]) and subject.story in (None, one[3])
    ]


def _shrunk_by_kind(found: Mapping[Subject, Effect]) -> dict[Subject, Effect]:
    """Templates are drawn to the mean of templates, versions to that of versions, stories to that of stories."""
    kinds: tuple[Callable[[Subject], bool], ...] = (
        lambda one: one.version is None and one.story is None,
        lambda one: one.version is not None,
        lambda one: one.story is not None,
    )
    shrunk: dict[Subject, Effect] = {}
    for kind in kinds:
        subjects = [one for one in found if kind(one)]
        shrunk |= zip(subjects, shrink([found[one] for one in subjects]), strict=True)
    return shrunk


def _in_order(found: Iterable[Subject]) -> list[Subject]:
    return sorted(found, key=lambda one: (one.template, one.story is not None, one.version or "", one.story or ""))


def _histogram(followed: Sequence[Followed]) -> Histogram:
    histogram = Histogram()
    counts: Mapping[Outcome, Counter[int]] = {
        Outcome.ADVANCED: histogram.advanced,
        Outcome.LOST: histogram.lost,
        Outcome.OPEN: histogram.open,
    }
    for one in followed:
        counts[one.outcome][one.after] += one.deals
    return histogram
