"""Fair trials of two versions of a meeting: begun with a size, given out by chance, read at the end."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from plugin.domain.conversion import whole_days
from plugin.domain.trial import Verdict, arm, arm_of, deals_per_arm, verdict
from plugin.domain.visits import Outcome, Passage
from plugin.library.meeting import MeetingTemplate
from plugin.services.viewer import Viewer
from plugin.services.workspace import Workspace
from plugin.store.derived import by_journey, passages_of
from plugin.store.queries.meetings import HELD
from plugin.store.tables import Deal, Meeting, Trial

LARGEST = 100_000


class TrialRefused(Exception):
    """The trial can't begin; ``reason`` is a word for why: ``same``, ``unknown``, ``running``, ``large``."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class TrialView:
    """A trial and how far it is. ``result`` only once both versions are full and watched: nobody peeks."""

    public_id: str
    template: str
    version_a: str
    version_b: str
    horizon: int
    baseline: float
    difference: float
    per_arm: int
    started_at: datetime
    stopped_at: datetime | None
    enrolled: dict[str, int]
    readable_on: datetime | None
    result: Verdict | None

    @property
    def full(self) -> bool:
        return min(self.enrolled.values()) >= self.per_arm

    @property
    def running(self) -> bool:
        return self.stopped_at is None and not self.full


@dataclass(frozen=True, slots=True)
class _Enrolled:
    deal_id: int
    arm: str
    met_at: datetime


def begin_trial(
    session: Session,
    workspace: Workspace,
    viewer: Viewer,
    template: str,
    versions: tuple[str, str],
    baseline: float,
    difference: float,
    horizon: int,
) -> TrialView:
    """Begin to give both versions out. ``baseline`` and ``difference`` are shares. Raises TrialRefused."""
    a, b = versions
    if a == b:
        raise TrialRefused("same")
    if any(workspace.shelf.version(session, template, one) is None for one in versions):
        raise TrialRefused("unknown")
    if _running(session, workspace, template):
        raise TrialRefused("running")
    per_arm = deals_per_arm(baseline, difference)
    if per_arm > LARGEST:
        raise TrialRefused("large")
    row = Trial(
        public_id=uuid4().hex,
        template=template,
        version_a=a,
        version_b=b,
        horizon=horizon,
        baseline=baseline,
        difference=difference,
        per_arm=per_arm,
        seed=uuid4().hex,
        started_at=workspace.clock(),
        started_by=viewer.user_id,
    )
    session.add(row)
    session.flush()
    return _view(session, workspace, row)


def stop_trial(session: Session, workspace: Workspace, public_id: str) -> bool:
    """Give neither version out by chance any longer; without a result. False where no such trial runs."""
    row = session.scalar(select(Trial).filter_by(public_id=public_id, stopped_at=None))
    if row is None:
        return False
    row.stopped_at = workspace.clock()
    session.flush()
    return True


def trials(session: Session, workspace: Workspace, template: str | None = None) -> tuple[TrialView, ...]:
    """Every trial, the newest first."""
    query = select(Trial).order_by(Trial.started_at.desc(), Trial.id.desc())
    rows = session.scalars(query if template is None else query.filter_by(template=template)).all()
    return tuple(_view(session, workspace, row) for row in rows)


def template_for(
    session: Session, workspace: Workspace, deal_id: int, public_id: str, key: str
) -> MeetingTemplate | None:
    """The version of a template that a deal gets: by chance while a trial runs, else the one in use.

    A deal that was taken into the trial keeps its version to the end, also after the trial is full.
    """
    in_use = workspace.library.meetings.get(key)
    row = session.scalar(select(Trial).filter_by(template=key, stopped_at=None).order_by(Trial.id.desc()))
    if row is None or in_use is None:
        return in_use
    enrolled = _enrolled(session, row)
    counts = _counts(enrolled)
    mine = arm_of(row.seed, public_id)
    if counts[mine] >= row.per_arm and deal_id not in {one.deal_id for one in enrolled}:
        return in_use
    wanted = row.version_a if mine == "a" else row.version_b
    return workspace.shelf.version(session, key, wanted) or in_use


def _running(session: Session, workspace: Workspace, template: str) -> bool:
    return any(one.running for one in trials(session, workspace, template))


def _view(session: Session, workspace: Workspace, row: Trial) -> TrialView:
    enrolled = _enrolled(session, row)
    counts = _counts(enrolled)
    full = min(counts.values()) >= row.per_arm
    readable = max((one.met_at for one in enrolled), default=row.started_at) + timedelta(days=row.horizon)
    now = workspace.clock()
    done = full and row.stopped_at is None and readable <= now
    return TrialView(
        row.public_id,
        row.template,
        row.version_a,
        row.version_b,
        row.horizon,
        row.baseline,
        row.difference,
        row.per_arm,
        row.started_at,
        row.stopped_at,
        counts,
        readable if full else None,
        _verdict(session, workspace, row, enrolled, now) if done else None,
    )


def _enrolled(session: Session, row: Trial) -> list[_Enrolled]:
    """The first deals that had the meeting since the trial began, as many of each version as it takes.

    A deal belongs to the version that chance gave it, whichever was shown in the end: anything else could be chosen.
    """
    met = (
        select(Meeting.deal_id, Deal.public_id, func.min(Meeting.starts_at))
        .join(Deal, Deal.id == Meeting.deal_id)
        .where(
            Meeting.template == row.template,
            Meeting.state == HELD,
            Meeting.removed_at.is_(None),
        )
        .group_by(Meeting.deal_id, Deal.public_id)
        .having(func.min(Meeting.starts_at) >= row.started_at)
        .order_by(func.min(Meeting.starts_at), Meeting.deal_id)
    )
    found: list[_Enrolled] = []
    room = {"a": row.per_arm, "b": row.per_arm}
    for deal_id, public_id, met_at in session.execute(met):
        mine = arm_of(row.seed, public_id)
        if room[mine]:
            room[mine] -= 1
            found.append(_Enrolled(deal_id, mine, met_at))
    return found


def _counts(enrolled: list[_Enrolled]) -> dict[str, int]:
    return {name: sum(one.arm == name for one in enrolled) for name in ("a", "b")}


def _verdict(session: Session, workspace: Workspace, row: Trial, enrolled: list[_Enrolled], now: datetime) -> Verdict:
    template = workspace.library.meetings.get(row.template)
    passages: dict[int, list[Passage]] = {}
    for journey, deals in by_journey(session, workspace.journeys, [one.deal_id for one in enrolled]):
        stage = journey.mirrored_by(row.template, template.stage if template else "")
        for deal_id, found in passages_of(session, journey, deals).items():
            passages[deal_id] = [passage for passage in found if passage.stage == stage]
    followed: dict[str, list[tuple[int, Outcome]]] = {"a": [], "b": []}
    for one in enrolled:
        followed[one.arm].append(_followed(passages.get(one.deal_id, []), one.met_at, now))
    return verdict(arm(followed["a"], row.horizon), arm(followed["b"], row.horizon))


def _followed(passages: list[Passage], met_at: datetime, now: datetime) -> tuple[int, Outcome]:
    """From the meeting to the deal's outcome in the stage; a meeting behind that outcome counts as it had come out."""
    entered = [one for one in passages if one.entered_at and one.entered_at <= met_at]
    if not entered:
        return whole_days(met_at, now), Outcome.OPEN
    last = entered[-1]
    if last.outcome_at is None or last.outcome_at > now:
        return whole_days(met_at, now), Outcome.OPEN
    return max(whole_days(met_at, last.outcome_at), 0), last.outcome
