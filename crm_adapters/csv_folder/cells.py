"""The cells of one record, read into values."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from crm_adapters.csv_folder.folder import Record
from crm_adapters.csv_folder.values import CellFault
from crm_adapters.port import Fault

T = TypeVar("T")


@dataclass
class Cells:
    """Reads the cells of one record and notes what is wrong with them; ``ok`` while nothing was."""

    record: Record
    faults: list[Fault]
    ok: bool = True

    def note(self, column: str, message: str) -> None:
        self.faults.append(self.record.fault(column, message))
        self.ok = False

    def read(self, column: str, parse: Callable[[str], T]) -> T | None:
        """The cell's value; None where it is empty, or where it can't be read (which is noted)."""
        text = self.record[column]
        try:
            return parse(text) if text else None
        except CellFault as fault:
            self.note(column, str(fault))
            return None

    def need(self, column: str, parse: Callable[[str], T]) -> T | None:
        if not self.record[column]:
            self.note(column, f"{column} is empty: every row needs one")
            return None
        return self.read(column, parse)
