"""How far a stream of Odoo has been read: a small value that is stored as text with each page.

Within a pass records come in the order of their ids, so that nothing is missed or told twice while others change them.
A pass over changes begins where the last pass *began*, and somewhat before: Odoo dates a change by when its transaction
began, so the changes of a long one appear late and dated early.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta

OVERLAP = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Cursor:
    """``since``: all that changed before then was read; None where nothing was. ``began`` and ``record`` are of the
    open pass: when it began, by Odoo's clock, and the last id that was read in it. Instants are ISO, UTC."""

    since: str | None = None
    began: str | None = None
    record: int = 0

    @classmethod
    def read(cls, text: str | None) -> Cursor | None:
        """None where it is of another form: then all is read from the beginning."""
        try:
            return cls(**json.loads(text)) if text else None
        except (ValueError, TypeError):
            return None

    def __str__(self) -> str:
        return json.dumps(asdict(self))

    @property
    def changed_from(self) -> datetime | None:
        return datetime.fromisoformat(self.since) - OVERLAP if self.since else None

    def opened(self, now: datetime) -> Cursor:
        return self if self.began else replace(self, began=now.isoformat(), record=0)

    def behind(self, record: int) -> Cursor:
        return replace(self, record=record)

    def closed(self) -> Cursor:
        return Cursor(since=self.began)
