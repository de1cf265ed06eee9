"""What is wrong with a content file, where, and how to mend it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """One fault at one place. ``line`` and ``column`` count from 1, in characters; ``message`` says how to mend it."""

    file: str
    line: int
    column: int
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}: {self.message}"


class Refused(Exception):
    """Content that can't be used. Carries all faults, in the order of files and lines."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = in_reading_order(faults)
        super().__init__(self.faults)

    def __str__(self) -> str:
        return "\n".join(str(fault) for fault in self.faults)


def in_reading_order(faults: Iterable[Fault]) -> tuple[Fault, ...]:
    """By file, line and column; the same fault found twice is one."""
    return tuple(sorted(set(faults)))


@contextmanager
def gathering(faults: list[Fault]) -> Iterator[None]:
    """What is refused inside is added to ``faults``, and the work goes on behind the block."""
    try:
        yield
    except Refused as refused:
        faults.extend(refused.faults)
