"""Values as an address or a body writes them, without the liberties that a parser would take."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import AwareDatetime, BeforeValidator, Field

from plugin.api.edge import look_at, workspace
from plugin.api.problems import refuse_input

DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
# RFC 3339: with seconds and an offset.
INSTANT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?([Zz]|[+-][0-9]{2}:[0-9]{2})")


def _only(form: re.Pattern[str], told: str) -> BeforeValidator:
    def check(given: Any) -> Any:
        if isinstance(given, str) and not form.fullmatch(given):
            raise ValueError(told)
        return given

    return BeforeValidator(check)


def _whole(given: Any) -> Any:
    """JSON knows one kind of number: 2.0 is 2."""
    return int(given) if isinstance(given, float) and given.is_integer() else given


Whole = Annotated[int, BeforeValidator(_whole)]
Number = _only(re.compile(r"-?(0|[1-9][0-9]{0,8})"), "write it in digits")
Day = _only(DAY, "write a day as 2026-03-31")


def _instant(given: Any) -> Any:
    """What is no text is left to the type, which takes nothing else."""
    if not isinstance(given, str):
        return given
    if not INSTANT.fullmatch(given):
        raise ValueError("write an instant as 2026-03-31T09:00:00Z, or with an offset")
    try:
        return datetime.fromisoformat(given.upper()).astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError("no calendar has this instant") from None


Instant = Annotated[AwareDatetime, BeforeValidator(_instant)]


JOURNEY: Any = Field(
    None, max_length=60, description="The key of a journey in use, of several; the main one if left out."
)


def look_at_asked(journey: str | None) -> None:
    """Answer for the deals of this journey. Raises Refusal where none of this key is in use."""
    if journey is not None and journey not in workspace().journeys:
        raise refuse_input(422, [(("journey",), "No journey of this key is in use.")])
    look_at(journey)
