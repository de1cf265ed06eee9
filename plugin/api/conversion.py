"""The conversion report, for who may read it: every figure with its counts and its interval, as the service has it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from pydantic import Field

from plugin.api.edge import session, viewer, workspace
from plugin.api.operations import Query, operation
from plugin.api.parameters import JOURNEY, Day, Number, look_at_asked
from plugin.api.problems import Refusal, problem, refuse_input
from plugin.api.shapes import Shape
from plugin.domain.conversion import Period
from plugin.domain.finding import Change, Kind
from plugin.domain.typed_text import tidy
from plugin.services.api_tokens import Scope
from plugin.services.conversion import conversion
from plugin.services.report_rule import report_readers
from plugin.store.queries.questions import Question, end_of

FILTERS = ("pipeline", "owner", "persona", "source")
# Outside of them the year was mistyped.
YEARS = range(1900, 3000)


class ConversionQuery(Query):
    first: Annotated[date, Day] | None = Field(None, alias="from", description="First day (UTC) of the period.")
    last: Annotated[date, Day] | None = Field(None, alias="to", description="Last day of it, included.")
    as_of: Annotated[date, Day] | None = Field(None, description="As known at the end of this day; now if left out.")
    horizon: Annotated[int, Number] = Field(90, ge=1, le=3650, description="In days.")
    pipeline: str | None = Field(None, max_length=200)
    owner: str | None = Field(None, max_length=200)
    persona: str | None = Field(None, max_length=200, description="The key of a persona, or a name that it goes by.")
    source: str | None = Field(None, max_length=200)
    journey: str | None = JOURNEY


class PeriodShape(Shape):
    first: date | None
    last: date | None


class AskedShape(Shape):
    """What the report answers: deals that entered a stage in ``period``, seen as of ``as_of``."""

    period: PeriodShape
    as_of: datetime
    horizon: int
    pipeline: str | None
    owner: str | None
    persona: str | None
    source: str | None


class StageFigures(Shape):
    """One stage. Shares are from 0 to 1; null is a figure that the data can't carry.

    ``estimate`` is the probability of having advanced within the horizon (Aalen-Johansen), with its 95 % interval from
    ``low`` to ``high``; ``naive`` is advanced / entered, and counts open deals as failures.
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


class FindingShape(Shape):
    """``row`` is the stage that stands out; ``most`` the largest cohort; ``needed`` deals would be enough."""

    kind: Kind
    row: StageFigures | None
    most: int
    needed: int


class TrendShape(Shape):
    """Of the stage that stands out, against the period before; never called out of noise."""

    change: Change
    before: StageFigures


class WaitingShape(Shape):
    """Deals that stand in that stage now, and how many of them have no meeting ahead."""

    deals: int
    without_next: int


class UnmappedShape(Shape):
    """A stage of the CRM that nobody has matched to a buyer stage."""

    pipeline: str
    label: str
    deals: int


class ConversionShape(Shape):
    """One row a buyer stage, in journey order. ``dated``: much is being recomputed, the figures are of that moment."""

    question: AskedShape
    rows: tuple[StageFigures, ...]
    finding: FindingShape
    trend: TrendShape | None
    waiting: WaitingShape | None
    unmapped: tuple[UnmappedShape, ...]
    dated: datetime | None


@operation("GET", "/conversion", ConversionShape, scope=Scope.REPORTS_READ, query=ConversionQuery, problems=(422,))
def read_conversion(query: ConversionQuery) -> ConversionShape:
    """How many of the deals that enter each buyer stage advance, and how sure that is."""
    if viewer().role not in report_readers(session()):
        raise Refusal(problem(403, "Your role does not read the reports of the team.", "role"))
    look_at_asked(query.journey)
    return ConversionShape.of(conversion(session(), workspace(), _question(query)))


OPERATIONS = (read_conversion,)


def _question(query: ConversionQuery) -> Question:
    filters = {name: tidy(text) if (text := getattr(query, name)) is not None else None for name in FILTERS}
    filters["persona"] = workspace().persona_called(filters["persona"] or "") or filters["persona"]
    faults = [*_wrong_days(query), *_wrong_filters(filters)]
    if faults:
        raise refuse_input(422, faults)
    as_of = end_of(query.as_of) if query.as_of else workspace().clock()
    return Question(Period(query.first, query.last), as_of, query.horizon, **filters)


def _wrong_days(query: ConversionQuery) -> list[tuple[tuple[str], str]]:
    days = {"from": query.first, "to": query.last, "as_of": query.as_of}
    faults = [((name,), "Check the year.") for name, day in days.items() if day and day.year not in YEARS]
    if query.first and query.last and query.last < query.first:
        faults.append((("to",), "The period ends before it begins."))
    return faults


def _wrong_filters(filters: dict[str, str | None]) -> list[tuple[tuple[str], str]]:
    """A name that no deal has is a slip: it would give a report of nothing."""
    if not any(text is not None for text in filters.values()):
        return []
    found = workspace().cohorts.view(session()).choices(session())
    known = {name: getattr(found, f"{name}s") for name in FILTERS}
    return [((name,), "No deal has this.") for name, text in filters.items() if text not in (None, *known[name])]
