"""One way of syncing, and what came of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Run:
    """Where the stand-in is, and a folder for what the way keeps from its full sync to the next one."""

    address: str
    token: str
    folder: Path

    @property
    def output(self) -> Path:
        return self.folder / "output.txt"

    def write(self, name: str, content: Any) -> str:
        path = self.folder / name
        path.write_text(json.dumps(content), encoding="utf-8")
        return str(path)

    def messages(self) -> Iterator[Any]:
        """What it printed, a JSON object a line; a line that was cut short is left out."""
        with self.output.open(encoding="utf-8") as lines:
            for line in lines:
                if line.startswith("{") and line.endswith("}\n"):
                    yield json.loads(line)


@dataclass(frozen=True)
class Got:
    """The deals and the moves between stages that were handed over."""

    deals: int
    moves: int


@dataclass(frozen=True)
class Way:
    """``command`` makes what is needed and gives the full sync; ``again`` the next one; ``got`` counts what came.

    ``contacts``: the deals' contacts come as names, as ids, or not at all. ``env`` is added to the process's own.
    """

    name: str
    contacts: str
    command: Callable[[Run], list[str]]
    got: Callable[[Run], Got]
    again: Callable[[Run], list[str]] | None = None
    env: Callable[[Run], Mapping[str, str]] = lambda _run: {}
