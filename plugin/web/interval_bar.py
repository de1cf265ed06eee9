"""A bar with its interval, as numbers for an SVG: shares of the width in percent."""

from __future__ import annotations

from dataclasses import dataclass

from plugin.domain.conversion import StageConversion


@dataclass(frozen=True, slots=True)
class IntervalBar:
    """``low`` and ``span`` are None where there is no interval, ``mark`` where there is nothing to set it against."""

    value: str
    low: str | None
    high: str | None
    span: str | None
    mark: str | None


def interval_bar(row: StageConversion, mark: float | None) -> IntervalBar | None:
    """``mark`` is another figure to set the bar against. None where there is no estimate to draw."""
    if row.estimate is None:
        return None
    whole = row.low is not None and row.high is not None
    return IntervalBar(
        value=_share(row.estimate),
        low=_share(row.low) if row.low is not None and whole else None,
        high=_share(row.high) if row.high is not None and whole else None,
        span=_share(row.high - row.low) if row.high is not None and row.low is not None else None,
        mark=_share(mark) if mark is not None else None,
    )


def _share(value: float) -> str:
    return f"{value * 100:.2f}%"
