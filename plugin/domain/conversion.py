"""Stage conversion, said honestly: a cohort as day histograms, and the figures that they carry."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

from plugin.domain.estimators import CurvePoint, aalen_johansen, log_log_interval, quantile
from plugin.domain.visits import Outcome, Passage

ENOUGH = 10
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Period:
    """Days of the UTC calendar, both included; None is open-ended."""

    first: date | None = None
    last: date | None = None

    @property
    def bounded(self) -> bool:
        return self.first is not None or self.last is not None

    @property
    def start(self) -> datetime | None:
        return datetime.combine(self.first, time(), UTC) if self.first else None

    @property
    def end(self) -> datetime | None:
        """The first instant behind the period."""
        # The last day of the calendar has no morning after it.
        if self.last is None or self.last == date.max:
            return None
        return datetime.combine(self.last + DAY, time(), UTC)

    @property
    def before(self) -> Period | None:
        """The days right before this period, as many as it has; None where it is open on a side."""
        if self.first is None or self.last is None:
            return None
        length = self.last - self.first + DAY
        try:
            return Period(self.first - length, self.last - length)
        except OverflowError:
            return None  # no calendar goes back that far

    def contains(self, instant: datetime) -> bool:
        return (self.start is None or instant >= self.start) and (self.end is None or instant < self.end)


@dataclass(slots=True)
class Histogram:
    """A cohort's sufficient statistics: deals by outcome and whole days, and its plain counts.

    ``advanced``, ``lost`` and ``open`` count days from the first entry to the outcome (or as long as it was watched);
    ``left`` and ``staying`` the days of the first visit. ``reached`` and ``skipped`` are counted by first reaching.
    """

    advanced: Counter[int] = field(default_factory=Counter)
    lost: Counter[int] = field(default_factory=Counter)
    open: Counter[int] = field(default_factory=Counter)
    left: Counter[int] = field(default_factory=Counter)
    staying: Counter[int] = field(default_factory=Counter)
    reached: int = 0
    skipped: int = 0
    went_back: int = 0
    reopened: int = 0

    @property
    def entered(self) -> int:
        return self.advanced.total() + self.lost.total() + self.open.total()


@dataclass(frozen=True, slots=True)
class StageConversion:
    """One stage's figures. Shares are from 0 to 1; None is a figure that the data can't carry.

    ``quarter_days`` and ``three_quarter_days`` stand around the median: by then a quarter, and three quarters, of the
    cohort had left. ``followed_days`` is the longest that any deal of the cohort has been watched.
    """

    stage: str
    entered: int
    reached: int
    skipped: int
    advanced: int
    lost: int
    open: int
    went_back: int
    reopened: int
    naive: float | None
    estimate: float | None
    low: float | None
    high: float | None
    eventual: float | None
    median_days: int | None
    quarter_days: int | None
    three_quarter_days: int | None
    followed_days: int | None


def whole_days(start: datetime, end: datetime) -> int:
    """Whole elapsed days of 24 hours, rounded down; elapsed, so not by the clocks of a zone."""
    return (end.astimezone(UTC) - start.astimezone(UTC)) // DAY


def tally(
    histogram: Histogram, passages: Iterable[tuple[Passage, datetime | None]], period: Period, as_of: datetime
) -> Histogram:
    """Count passages of one stage into ``histogram`` (and return it), as of an instant.

    Each comes with the instant at which its deal was found gone from the CRM (None: still there): it was not watched
    any longer.
    """
    for passage, gone_at in passages:
        _count_reaching(histogram, passage, period, as_of)
        if passage.entered_at is not None and in_cohort(passage, period, as_of):
            _count_outcome(histogram, passage, passage.entered_at, as_of, min(as_of, gone_at or as_of))
    return histogram


def in_cohort(passage: Passage, period: Period, as_of: datetime) -> bool:
    """The first known entry lies in the period, and is known by the as-of instant."""
    entered_at = passage.entered_at
    return entered_at is not None and entered_at <= as_of and period.contains(entered_at)


def reached_in(passage: Passage, period: Period, as_of: datetime) -> bool:
    """The first reaching lies in the period; one without a date lies in none, and counts where none is asked for."""
    if passage.reached_at is None:
        return not period.bounded
    return passage.reached_at <= as_of and period.contains(passage.reached_at)


def skipped(passage: Passage, as_of: datetime) -> bool:
    """Reached without having entered, as of the instant."""
    return not passage.held_undated and not _by(passage.entered_at, as_of)


def outcome_of(passage: Passage, as_of: datetime) -> Outcome:
    return passage.outcome if _by(passage.outcome_at, as_of) else Outcome.OPEN


def measure(stage: str, histogram: Histogram, horizon: int) -> StageConversion:
    """The figures of one stage. ``horizon`` is in days: an outcome counts within it below that many whole days."""
    h = histogram
    enough = h.entered >= ENOUGH
    curve = list(aalen_johansen(h.advanced, h.lost, h.open)) if enough else []
    within = _within(curve, horizon)
    interval = log_log_interval(within.incidence, within.variance) if within else None
    return StageConversion(
        stage=stage,
        entered=h.entered,
        reached=h.reached,
        skipped=h.skipped,
        advanced=h.advanced.total(),
        lost=h.lost.total(),
        open=h.open.total(),
        went_back=h.went_back,
        reopened=h.reopened,
        naive=h.advanced.total() / h.entered if h.entered else None,
        estimate=within.incidence if within else None,
        low=interval[0] if interval else None,
        high=interval[1] if interval else None,
        eventual=next((point.incidence for point in reversed(curve) if point.at_risk >= ENOUGH), None),
        median_days=quantile(h.left, h.staying, 0.5) if enough else None,
        quarter_days=quantile(h.left, h.staying, 0.75) if enough else None,
        three_quarter_days=quantile(h.left, h.staying, 0.25) if enough else None,
        followed_days=max((*h.advanced, *h.lost, *h.open), default=None),
    )


def _within(curve: list[CurvePoint], horizon: int) -> CurvePoint | None:
    """The last point below the horizon; before anyone ended, nobody has advanced. None for no curve at all."""
    if not curve:
        return None
    nobody_yet = CurvePoint(0, curve[0].at_risk, 0.0, 0.0)
    return next((point for point in reversed(curve) if point.day < horizon), nobody_yet)


def _count_reaching(histogram: Histogram, passage: Passage, period: Period, as_of: datetime) -> None:
    if reached_in(passage, period, as_of):
        histogram.reached += 1
        histogram.skipped += skipped(passage, as_of)


def _count_outcome(
    histogram: Histogram, passage: Passage, start: datetime, as_of: datetime, watched_until: datetime
) -> None:
    outcome = outcome_of(passage, as_of)
    counts = {Outcome.ADVANCED: histogram.advanced, Outcome.LOST: histogram.lost, Outcome.OPEN: histogram.open}
    end = passage.outcome_at if outcome is not Outcome.OPEN else watched_until
    counts[outcome][_days(start, end or watched_until)] += 1
    if _by(passage.left_at, as_of):
        histogram.left[_days(start, passage.left_at or watched_until)] += 1
    else:
        histogram.staying[_days(start, watched_until)] += 1
    histogram.went_back += _by(passage.went_back_at, as_of)
    histogram.reopened += _by(passage.reopened_at, as_of)


def _days(start: datetime, end: datetime) -> int:
    """Never below zero: a deal found gone before its entry was corrected has been watched for no day."""
    return max(whole_days(start, end), 0)


def _by(instant: datetime | None, as_of: datetime) -> bool:
    return instant is not None and instant <= as_of
