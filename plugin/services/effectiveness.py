"""Which meetings help: what followed them, by template, version and story, against deals that had none."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from plugin.domain.conversion import Histogram
from plugin.domain.curves import StageCurves, curves
from plugin.domain.effectiveness import Effect, Followed, effect, shrink
from plugin.domain.visits import Outcome
from plugin.services.conversion import cohorts_as_of
from plugin.services.met_and_unmet import Cohort, MetAndUnmet
from plugin.services.workspace import Workspace
from plugin.store.queries.meetings import Held, HeldMeetings, held_meetings
from plugin.store.queries.questions import Question


@dataclass(frozen=True, slots=True)
class Subject:
    """What was held: a template, one of its versions, or one of its stories."""

    template: str
    version: str | None = None
    story: str | None = None

    def covers(self, kind: Held) -> bool:
        template, version, story = kind
        return template == self.template and self.version in (None, version) and self.story in (None, story)


@dataclass(frozen=True, slots=True)
class MeetingEffect:
    subject: Subject
    effect: Effect


@dataclass(frozen=True, slots=True)
class EffectReport:
    """Of one stage: every template of it that was held, each followed by its versions and stories.

    ``versions`` has the curves of what became of the deals from their meeting on.
    """

    question: Question
    stage: str
    entered: int
    effects: tuple[MeetingEffect, ...]
    versions: tuple[VersionCurves, ...]


@dataclass(frozen=True, slots=True)
class VersionCurves:
    """What became of the deals from the day of their meeting on, by the version that they got."""

    template: str
    version: str
    curves: StageCurves


def meeting_effects(session: Session, workspace: Workspace, question: Question, stage: str) -> EffectReport:
    """What followed the meetings that mirror this stage, of its cohort. Templates are drawn to the mean of the whole
    journey's, versions and stories to that of the stage's own kind where it has several."""
    view = cohorts_as_of(session, workspace, question.as_of)
    held = held_meetings(session, question)
    elsewhere: list[Effect] = []
    for other in workspace.journey.stages:
        theirs = held.of(_mirrors(workspace, other.key))
        if theirs.kinds and other.key != stage:
            templates = {Subject(template) for template, _, _ in theirs.kinds}
            cohort = Cohort(session, view, question, other.key, _held_by(templates, theirs))
            elsewhere += _effects(cohort.found(), question.horizon).values()
    here = held.of(_mirrors(workspace, stage))
    cohort = Cohort(session, view, question, stage, _held_by(_subjects(here.kinds), here))
    found = cohort.found()
    effects = _effects(found, question.horizon)
    shrunk = _shrunk(effects, elsewhere)
    return EffectReport(
        question,
        stage,
        cohort.entered,
        tuple(MeetingEffect(subject, shrunk[subject]) for subject in _in_order(effects)),
        tuple(_curves_by_version(found)),
    )


def _mirrors(workspace: Workspace, stage: str) -> Callable[[Held], bool]:
    meetings = workspace.library.meetings
    return lambda kind: kind[0] in meetings and stage == workspace.journey.mirrored_by(kind[0], meetings[kind[0]].stage)


def _held_by(subjects: Iterable[Subject], held: HeldMeetings) -> dict[Subject, HeldMeetings]:
    return {subject: held.of(subject.covers) for subject in subjects}


def _effects(found: Mapping[Subject, MetAndUnmet], horizon: int) -> dict[Subject, Effect]:
    return {subject: effect(one.followed, one.unmet, horizon) for subject, one in found.items()}


def _curves_by_version(found: Mapping[Subject, MetAndUnmet]) -> Iterator[VersionCurves]:
    for subject in _in_order(found):
        if subject.version:
            yield VersionCurves(subject.template, subject.version, curves(_histogram(found[subject].followed)))


def _subjects(kinds: Sequence[Held]) -> set[Subject]:
    found = {Subject(template) for template, _, _ in kinds}
    found |= {Subject(template, version=version) for template, version, _ in kinds if version}
    return found | {Subject(template, story=story) for template, _, story in kinds if story}


def _shrunk(found: Mapping[Subject, Effect], elsewhere: Sequence[Effect]) -> dict[Subject, Effect]:
    templates = [*elsewhere, *(effect for subject, effect in found.items() if subject == Subject(subject.template))]
    shrunk: dict[Subject, Effect] = {}
    for kind in _KINDS:
        effects = {subject: effect for subject, effect in found.items() if kind(subject)}
        own = [one for one in effects.values() if one.difference is not None]
        drawn = shrink(list(effects.values()), own if kind is not _is_template and len(own) > 1 else templates)
        shrunk |= zip(effects, drawn, strict=True)
    return shrunk


def _is_template(subject: Subject) -> bool:
    return subject.version is None and subject.story is None


_KINDS: tuple[Callable[[Subject], bool], ...] = (
    _is_template,
    lambda one: one.version is not None,
    lambda one: one.story is not None,
)


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
