"""The radar: every open deal that went back or stands still, or whose buyer took something back, the most urgent
first. All deals are looked at as columns; only those of the page are read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from sqlalchemy.orm import Session

from plugin.domain.alert import Alert, alert_of
from plugin.domain.conversion import Period
from plugin.domain.direction import Reading
from plugin.services.readings import DealReading, read_deals
from plugin.services.standing_deals import ReadDeals, StandingDeals
from plugin.services.viewer import Viewer
from plugin.services.workspace import Workspace
from plugin.store.cohorts.packed import NEVER, UNDATED
from plugin.store.derived import BATCH, batches
from plugin.store.queries.deals import lines_of, owners_linked_to
from plugin.store.queries.follow_ups import deals_with_warning
from plugin.store.queries.questions import Question

PAGE_SIZE = 50
Column = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class RadarQuestion:
    """What the radar is narrowed to. ``owner`` is as the CRM has them, ``persona`` a key, ``least_days`` days in the
    stage; None is any."""

    alert: Alert | None = None
    stage: str | None = None
    owner: str | None = None
    persona: str | None = None
    least_days: int = 0


@dataclass(frozen=True, slots=True)
class RadarDeal:
    alert: Alert
    reading: DealReading


@dataclass(frozen=True, slots=True)
class Radar:
    """The deals that need somebody, by number, the most urgent first.

    ``counts`` are of all alerts, whichever one is asked for; ``open_deals`` of all open deals that the question takes.
    """

    deals: Column
    alerts: Column
    counts: Mapping[Alert, int]
    open_deals: int

    @property
    def total(self) -> int:
        return len(self.deals)

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // PAGE_SIZE))


def radar(session: Session, workspace: Workspace, viewer: Viewer, question: RadarQuestion | None = None) -> Radar:
    """The deals that these eyes may see and that need somebody: those of the journey that is looked at where a question
    is asked, else of all journeys."""
    asked = question or RadarQuestion()
    looked_at = [workspace] if question else [workspace.of(journey.key) for journey in workspace.journeys]
    found = [stage for one in looked_at for stage in _stages(session, one, viewer, asked)]
    deal, since, alert = (np.concatenate([np.empty(0, np.int64), *parts]) for parts in zip(*found, strict=True))
    needs = alert >= 0
    counts = {one: int(np.count_nonzero(alert == one)) for one in Alert}
    chosen = np.flatnonzero(needs if asked.alert is None else alert == asked.alert)
    # Since when is unknown of some: they come last.
    waits = np.where(since == UNDATED, NEVER, since)
    order = chosen[np.lexsort((deal[chosen], waits[chosen], alert[chosen]))]
    return Radar(deal[order], alert[order], counts, len(deal))


def radar_page(session: Session, workspace: Workspace, found: Radar, page: int) -> tuple[RadarDeal, ...]:
    """The deals of one page, read; ``page`` counts from 1."""
    start = (page - 1) * PAGE_SIZE
    return read_radar(session, workspace, found, slice(start, start + PAGE_SIZE))


def read_radar(session: Session, workspace: Workspace, found: Radar, part: slice) -> tuple[RadarDeal, ...]:
    """Some of the deals, read, in their order; without those that closed while the columns wait to be made anew."""
    numbers = found.deals[part].tolist()
    lines = lines_of(session, numbers)
    readings = read_deals(session, workspace, [lines[number] for number in numbers])
    alerts = [Alert(number) for number in found.alerts[part].tolist()]
    return tuple(RadarDeal(alert, one) for alert, one in zip(alerts, readings, strict=True) if one.direction)


def all_of_radar(session: Session, workspace: Workspace, found: Radar) -> Iterator[tuple[RadarDeal, ...]]:
    """All of them, a thousand at a time."""
    for batch in batches(range(found.total), BATCH):
        yield read_radar(session, workspace, found, slice(batch[0], batch[-1] + 1))


def _stages(
    session: Session, workspace: Workspace, viewer: Viewer, asked: RadarQuestion
) -> Iterator[tuple[Column, Column, Column]]:
    """Deals, since when they stand there, and their alert (-1: none), a stage at a time."""
    question = Question(Period(), workspace.clock(), owner=asked.owner, persona=asked.persona)
    reader = StandingDeals(session, workspace, question)
    taken_back = np.array(deals_with_warning(session), np.int64)
    mine = None if viewer.only_owner is None else owners_linked_to(session, viewer.only_owner)
    for stage in workspace.journey.stages:
        if asked.stage in (None, stage.key):
            read = reader.stage(stage.key)
            takes = _takes(read, asked.least_days, mine)
            alerts = _alerts(read, np.isin(read.deal, taken_back))
            yield read.deal[takes], read.since[takes], alerts[takes]


def _takes(read: ReadDeals, least_days: int, owners: Sequence[int] | None) -> npt.NDArray[np.bool_]:
    long_enough = np.array([(one.days or 0) >= least_days for one in read.readings], np.bool_)
    takes: npt.NDArray[np.bool_] = long_enough[read.reading]
    return takes if owners is None else takes & np.isin(read.owner, owners)


def _alerts(read: ReadDeals, taken_back: npt.NDArray[np.bool_]) -> Column:
    """By a table of the few readings: without a proposal that warns, and with one."""
    by_reading = np.array([[_number(one, False), _number(one, True)] for one in read.readings], np.int64)
    alerts: Column = by_reading.reshape(-1, 2)[read.reading, taken_back.astype(np.int64)]
    return alerts


def _number(reading: Reading, taken_back: bool) -> int:
    alert = alert_of(reading.direction, taken_back)
    return -1 if alert is None else int(alert)
