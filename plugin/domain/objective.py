"""The objective of a stage: which share of its deals passes it within a time, and what may be said of it today."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from plugin.domain.conversion import ENOUGH, Histogram, StageConversion, measure


class Verdict(StrEnum):
    """``TOO_EARLY``: the interval holds the target, or too few deals have been watched for the whole time."""

    ON_TRACK = "on_track"
    OFF_TRACK = "off_track"
    TOO_EARLY = "too_early"
    NOT_ENOUGH = "not_enough"


@dataclass(frozen=True, slots=True)
class Progress:
    """Where an objective stands: the stage's figures within its time, and what they allow to say.

    ``undecided`` deals are open and have not been watched for the whole time yet.
    """

    row: StageConversion
    undecided: int
    verdict: Verdict


def progress(stage: str, histogram: Histogram, target: float, within: int) -> Progress:
    """``target`` is a share from 0 to 1; ``within`` is in days, as in ``measure``."""
    row = measure(stage, histogram, within)
    undecided = sum(deals for day, deals in histogram.open.items() if day < within - 1)
    return Progress(row, undecided, _verdict(row, target, _followed(histogram, within, undecided)))


def proposed(text: str) -> tuple[int, int] | None:
    """The percent and the days that an objective names in words ("60 % … within 45 days"); None where it names none."""
    found = re.search(r"(\d{1,2})\s?%\D*(\d{1,4})\s+days", text)
    return (int(found[1]), int(found[2])) if found else None


def _verdict(row: StageConversion, target: float, followed: bool) -> Verdict:
    """The interval decides. A share only grows while time is left: short of the target is said when it is over."""
    if row.entered < ENOUGH:
        return Verdict.NOT_ENOUGH
    if row.low is not None and row.low >= target:
        return Verdict.ON_TRACK
    if row.high is not None and row.high < target and followed:
        return Verdict.OFF_TRACK
    return Verdict.TOO_EARLY


def _followed(histogram: Histogram, within: int, undecided: int) -> bool:
    """Whether the curve is known up to its end: all are decided by then, or ten were still watched on the last day."""
    counts = (histogram.advanced, histogram.lost, histogram.open)
    watched = sum(deals for kind in counts for day, deals in kind.items() if day >= within - 1)
    return undecided == 0 or watched >= ENOUGH
