"""Moments of truth by stage, by meeting template with its versions, and by persona."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy.orm import Session

from plugin.domain.moments import Moments, MomentShares, moment_shares, summed
from plugin.services.workspace import Workspace
from plugin.store.derived import BATCH, batches
from plugin.store.queries.deals import DealLine, lines_of
from plugin.store.queries.journeys import following
from plugin.store.queries.moments import MomentCount, MomentFilter, MomentLine, moment_counts, moment_lines
from plugin.store.queries.questions import Question


@dataclass(frozen=True, slots=True)
class MomentGroup:
    """The meetings of one stage, template, version of a template, or persona; ``key`` is empty where it is not known.

    ``versions`` has those of a template, where more than one is known.
    """

    key: str
    shares: MomentShares
    versions: tuple[MomentGroup, ...] = ()


@dataclass(frozen=True, slots=True)
class MomentsReport:
    question: Question
    whole: MomentShares
    stages: tuple[MomentGroup, ...]
    templates: tuple[MomentGroup, ...]
    personas: tuple[MomentGroup, ...]


@dataclass(frozen=True, slots=True)
class MomentMeeting:
    deal: DealLine
    line: MomentLine


def moments_report(session: Session, workspace: Workspace, question: Question) -> MomentsReport:
    """The meetings held in the question's period, each group against the period before where there is one."""
    before, deals = question.period.before, following(workspace.journeys, workspace.journey)
    periods = _Periods(
        moment_counts(session, question, deals),
        moment_counts(session, replace(question, period=before), deals) if before else None,
    )
    places = workspace.journey.places
    return MomentsReport(
        question,
        periods.whole(),
        tuple(sorted(periods.by(_stage), key=lambda one: (places.get(one.key, len(places)), one.key))),
        tuple(replace(one, versions=_versions(periods, one.key)) if one.key else one for one in periods.by(_template)),
        periods.by(_persona),
    )


def moments_behind(
    session: Session, workspace: Workspace, question: Question, wanted: MomentFilter, most: int | None = None
) -> tuple[tuple[MomentMeeting, ...], int]:
    """The meetings behind a count, the newest first; and how many there are."""
    found, total = moment_lines(session, question, following(workspace.journeys, workspace.journey), wanted, most)
    lines: dict[int, DealLine] = {}
    for batch in batches(list({one.deal_id for one in found}), BATCH):
        lines |= lines_of(session, batch)
    return tuple(MomentMeeting(lines[one.deal_id], one) for one in found), total


@dataclass(frozen=True, slots=True)
class _Periods:
    """What was counted in the period, and in the one before (None: there is none)."""

    now: Sequence[MomentCount]
    before: Sequence[MomentCount] | None

    def whole(self) -> MomentShares:
        earlier = None if self.before is None else summed(_grouped(self.before, _any).values())
        return moment_shares(summed(_grouped(self.now, _any).values()), earlier)

    def by(self, key: Key, only: Callable[[MomentCount], bool] = lambda _one: True) -> tuple[MomentGroup, ...]:
        """Every group that has meetings in the period, the largest first."""
        now = _grouped(filter(only, self.now), key)
        before = None if self.before is None else _grouped(filter(only, self.before), key)
        groups = [
            MomentGroup(name, moment_shares(found, None if before is None else before.get(name, Moments())))
            for name, found in now.items()
        ]
        return tuple(sorted(groups, key=lambda one: (-one.shares.meetings, one.key)))


Key = Callable[[MomentCount], str | None]


def _versions(periods: _Periods, template: str) -> tuple[MomentGroup, ...]:
    found = periods.by(_version, lambda one: one.template == template)
    return found if len(found) > 1 else ()


def _grouped(counts: Iterable[MomentCount], key: Key) -> Mapping[str, Moments]:
    found: defaultdict[str, Moments] = defaultdict(Moments)
    for one in counts:
        found[key(one) or ""].add(one.effect, one.felt, one.meetings)
    return found


def _any(_one: MomentCount) -> str:
    return ""


def _stage(one: MomentCount) -> str | None:
    return one.stage


def _template(one: MomentCount) -> str | None:
    return one.template


def _version(one: MomentCount) -> str | None:
    return one.version


def _persona(one: MomentCount) -> str | None:
    return one.persona
