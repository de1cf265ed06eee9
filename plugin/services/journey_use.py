"""Which journeys are in use, and which pipelines follow them: changed in one transaction with what that makes of the
facts. What CRM stages meant in a journey that is left is kept, and is there again when it comes back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from hashlib import sha256

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from plugin.domain.journey import Journey
from plugin.domain.journeys import Journeys
from plugin.domain.stage_proposal import counterpart, propose_stage
from plugin.library.journeys import journey_text
from plugin.services.audit import record
from plugin.services.connections import recomputing
from plugin.services.workspace import Workspace
from plugin.store.derived import deals_of_pipelines, deals_through, derive_each
from plugin.store.recomputing import AT_ONCE, JourneysChanged, close, mark, still_in_use
from plugin.store.tables import CrmPipeline, CrmStage, Derivation, JourneyInUse, JourneyVersion, StageMeaning

__all__ = [
    "By",
    "JourneysChanged",
    "Origin",
    "follow",
    "keep_journey",
    "make_main",
    "meanings_in",
    "place_of",
    "put_in_use",
    "take_out",
    "version_of",
    "with_journey",
]

OPEN = "open"


class Origin(StrEnum):
    """Where a version that is kept came from."""

    SHIPPED = "shipped"
    BROWSER = "browser"
    IMPORT = "import"


@dataclass(frozen=True, slots=True)
class By:
    """Who changes something, and why, for the versions and the record."""

    user_id: int | None = None
    note: str = ""


def put_in_use(workspace: Workspace, journey: Journey, origin: Origin, by: By, main: bool = False) -> bool:
    """Use this version of a journey from now on, beside the others or as the ``main`` one; True where all its deals are
    read anew already.

    False where they are many: the worker or the next sync goes on with them. Raises JourneysChanged where somebody else
    changed what is in use at the same moment: nothing is done.
    """

    def write(session: Session) -> None:
        _keep_start(session, workspace)
        version_id = keep_journey(session, journey, origin, workspace.clock(), by)
        _use(session, journey.key, version_id, workspace.clock())
        record(session, by.user_id, "journey published", journey.key, workspace.clock())
        if main:
            _lead(session, workspace, journey.key, by)

    after = with_journey(workspace.journeys, journey)
    return _change(workspace, _led_by(after, journey.key) if main else after, {}, write)


def make_main(workspace: Workspace, key: str, by: By) -> bool:
    """Let every pipeline that names no journey follow this one. KeyError where it is not in use."""
    after = _led_by(workspace.journeys, key)

    def write(session: Session) -> None:
        _keep_start(session, workspace)
        _lead(session, workspace, key, by)

    return _change(workspace, after, {}, write)


def take_out(workspace: Workspace, key: str, by: By) -> bool:
    """Use this journey no more: its pipelines follow the main one. Its versions are kept. KeyError on the main one."""
    known = workspace.journeys
    left = tuple(one for one in known.others if one.key != key)
    if len(left) == len(known.others):
        raise KeyError(key)

    def write(session: Session) -> None:
        session.execute(delete(JourneyInUse).where(JourneyInUse.key == key))
        session.execute(update(CrmPipeline).where(CrmPipeline.journey == key).values(journey=None))
        record(session, by.user_id, "journey taken out of use", key, workspace.clock())

    return _change(workspace, Journeys(known.main, left), {}, write)


def follow(workspace: Workspace, pipeline_id: int, key: str, by: By) -> bool:
    """Let a pipeline follow a journey. KeyError where it is not in use."""
    journey = workspace.journeys.by_key[key]
    named = None if journey is workspace.journeys.main else key

    def write(session: Session) -> None:
        session.execute(update(CrmPipeline).where(CrmPipeline.id == pipeline_id).values(journey=named))
        record(session, by.user_id, "pipeline follows journey", key, workspace.clock())

    return _change(workspace, workspace.journeys, {pipeline_id: named}, write)


def with_journey(journeys: Journeys, journey: Journey) -> Journeys:
    """This one in place of the one of its key, or beside the others; in the order in which they are read back."""
    if journey.key == journeys.main.key:
        return replace(journeys, main=journey)
    others = {one.key: one for one in (*journeys.others, journey)}
    return replace(journeys, others=tuple(others[key] for key in sorted(others)))


def _led_by(journeys: Journeys, key: str) -> Journeys:
    """The same with this one as the main one; KeyError where it is not among them."""
    others = (one for one in journeys if one.key != key)
    return Journeys(journeys.by_key[key], tuple(sorted(others, key=lambda one: one.key)))


def keep_journey(session: Session, journey: Journey, origin: Origin, now: datetime, by: By) -> int:
    """Store a version, once for each content; returns the id of its row."""
    text = journey_text(journey)
    version = version_of(journey)
    known = session.scalar(select(JourneyVersion.id).filter_by(key=journey.key, version=version))
    if known:
        return known
    row = JourneyVersion(key=journey.key, version=version, text=text, origin=origin.value)
    row.note, row.kept_by, row.kept_at = by.note, by.user_id, now
    session.add(row)
    session.flush()
    return row.id


def version_of(journey: Journey) -> str:
    """Twelve digits that change with any word of the journey."""
    return sha256(journey_text(journey).encode()).hexdigest()[:12]


def _keep_start(session: Session, workspace: Workspace) -> None:
    """The first publication also keeps what the settings named until then: from here on they name nothing."""
    if session.scalar(select(JourneyInUse.key).limit(1)) is None:
        main, now = workspace.journeys.main, workspace.clock()
        version_id = keep_journey(session, main, Origin.SHIPPED, now, By())
        session.add(JourneyInUse(key=main.key, version_id=version_id, main=True, since=now))
        session.flush()


def _use(session: Session, key: str, version_id: int, now: datetime) -> None:
    row = session.get(JourneyInUse, key) or JourneyInUse(key=key, main=False)
    row.version_id, row.since = version_id, now
    session.add(row)
    session.flush()


def _lead(session: Session, workspace: Workspace, key: str, by: By) -> None:
    session.execute(update(JourneyInUse).values(main=JourneyInUse.key == key))
    record(session, by.user_id, "journey made main", key, workspace.clock())


@dataclass(frozen=True, slots=True)
class _Switch:
    """A pipeline whose histories are read otherwise."""

    pipeline_id: int
    before: Journey
    after: Journey


def _change(
    workspace: Workspace, after: Journeys, named: dict[int, str | None], write: Callable[[Session], None]
) -> bool:
    """Do it, and read the history of the deals that it concerns anew: few in the same transaction, many behind it."""
    before = workspace.journeys
    with workspace.database.reading() as session:
        switches = _switches(session, before, after, named)
        many = len(_deals(session, switches, AT_ONCE + 1)) > AT_ONCE or _is_recomputing(session)
    if many:
        recomputing(workspace).announce()
    with workspace.database.writing.begin() as session:
        still_in_use(session, before)
        write(session)
        for one in switches:
            _switch_meanings(session, one)
        session.flush()
        if many:
            mark(session, after, workspace.clock())
        else:
            derive_each(session, after, _deals(session, switches))
            close(session, after, workspace.clock())
    workspace.look_again()
    return not many


def _is_recomputing(session: Session) -> bool:
    return session.scalar(select(Derivation.recomputing_since)) is not None


def _switches(session: Session, before: Journeys, after: Journeys, named: dict[int, str | None]) -> list[_Switch]:
    found = [
        _Switch(id_, before.named(key), after.named(named.get(id_, key)))
        for id_, key in session.execute(select(CrmPipeline.id, CrmPipeline.journey).order_by(CrmPipeline.id))
    ]
    return [one for one in found if (one.before.key, one.before.fingerprint) != (one.after.key, one.after.fingerprint)]


def _deals(session: Session, switches: Sequence[_Switch], most: int | None = None) -> set[int]:
    """Those of the pipelines, and those that once went through them."""
    pipelines = [one.pipeline_id for one in switches]
    stages = session.scalars(select(CrmStage.id).where(CrmStage.pipeline_id.in_(pipelines))).all()
    return {*deals_of_pipelines(session, pipelines, most), *deals_through(session, stages, most)}


def _switch_meanings(session: Session, switch: _Switch) -> None:
    stages = session.scalars(
        select(CrmStage).filter_by(pipeline_id=switch.pipeline_id).order_by(CrmStage.position, CrmStage.id)
    ).all()
    if switch.before.key == switch.after.key:
        # A meaning that the new version lacks stays as it is: it lives again when its stage does.
        for stage in stages:
            stage.buyer_stage = switch.after.now_called.get(stage.buyer_stage or "", stage.buyer_stage)
        return
    kept = _take_kept(session, stages, switch.after.key)
    proposed = meanings_in(switch.before, switch.after, stages)
    for stage in stages:
        session.add(StageMeaning(stage_id=stage.id, journey=switch.before.key, buyer_stage=stage.buyer_stage))
        stage.buyer_stage = kept[stage.id] if stage.id in kept else proposed[stage.id]


def _take_kept(session: Session, stages: Sequence[CrmStage], key: str) -> dict[int, str | None]:
    theirs = StageMeaning.stage_id.in_([stage.id for stage in stages])
    rows = session.execute(
        delete(StageMeaning)
        .where(theirs, StageMeaning.journey == key)
        .returning(StageMeaning.stage_id, StageMeaning.buyer_stage)
    )
    return dict(rows.all())


def meanings_in(before: Journey, after: Journey, stages: Sequence[CrmStage]) -> dict[int, str | None]:
    """What the stages of one pipeline (in its order) may mean in another journey, by their ids: the counterpart of what
    they mean now, else what their names and places say."""
    last = max((stage.position for stage in stages if stage.outcome == OPEN), default=0)
    found: dict[int, str | None] = {}
    for stage in stages:
        meant = before.now_called.get(stage.buyer_stage or "")
        if meant:
            found[stage.id] = counterpart(before, meant, after)
        elif stage.outcome == OPEN and stage.buyer_stage:
            found[stage.id] = propose_stage(after, stage.label, place_of(stage, last)).stage
        else:
            found[stage.id] = None
    return found


def place_of(stage: CrmStage, last: int) -> float | None:
    """From 0 to 1, how far along its pipeline a stage is; ``last`` is the position of the last open one."""
    if stage.outcome != OPEN or not last:
        return None
    return (stage.position - 0.5) / last
