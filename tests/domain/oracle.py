"""The method's conversion section read a second time, slowly and differently: by asking the whole list of moves anew
for each stage and each round, with no state carried along. Only for comparing with ``plugin.domain.visits``."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from plugin.domain.journey import Journey, Loop
from plugin.domain.moves import StageMove

Row = dict[str, Any]


@dataclass
class Change:
    """A move that changed what was held."""

    at: datetime | None
    to: str
    who: tuple[str, str]
    entry: bool = True


def passages(moves: list[StageMove], journey: Journey, as_of: datetime | None = None) -> list[Row]:
    """One row a stage and round that was reached; the same columns as ``Passage``."""
    rows = []
    for number, (changes, turn) in enumerate(rounds(changes_of(moves, journey, as_of), journey), 1):
        for stage in journey.stages:
            row = passage(changes, turn, stage.key, journey)
            if row is not None:
                rows.append({"stage": stage.key, "round": number, **row})
    return rows


def changes_of(moves: list[StageMove], journey: Journey, as_of: datetime | None) -> list[Change]:
    seen: set[str] = set()
    changes: list[Change] = []
    for wanted in (True, False):
        for move in sorted((m for m in moves if (m.at is None) is wanted), key=lambda m: m.at or 0):  # type: ignore[arg-type, return-value]
            known = move.to in ("won", "lost") or any(stage.key == move.to for stage in journey.stages)
            early = as_of is None or move.at is None or move.at <= as_of
            if move.key in seen or not known or not early:
                continue
            seen.add(move.key)
            if changes and changes[-1].to == move.to:
                continue
            who = ("name", move.actor) if move.actor is not None else ("kind", move.actor_kind.value)
            changes.append(Change(move.at, str(move.to), who))
    for n, change in enumerate(changes):
        if change.at is None:
            change.entry = False
        elif n + 1 < len(changes):
            following = changes[n + 1]
            if following.at is not None and (following.at - change.at).total_seconds() <= 60:
                change.entry = change.who != following.who
    return changes


def rounds(changes: list[Change], journey: Journey) -> list[tuple[list[Change], Change | None]]:
    """The changes of each round, and the one that began the next round."""
    cuts = [
        n
        for n in range(1, len(changes))
        if loop(changes[n - 1].to, journey) is Loop.USAGE and loop(changes[n].to, journey) is Loop.PURCHASE
    ]
    bounds = [0, *cuts, len(changes)]
    return [
        (changes[bounds[i] : bounds[i + 1]], changes[bounds[i + 1]] if bounds[i + 1] < len(changes) else None)
        for i in range(len(bounds) - 1)
    ]


def loop(key: str, journey: Journey) -> Loop | None:
    return next((stage.loop for stage in journey.stages if stage.key == key), None)


def passage(changes: list[Change], turn: Change | None, key: str, journey: Journey) -> Row | None:
    position = {stage.key: stage.position for stage in journey.stages}
    mine = loop(key, journey)
    reached = [n for n in range(len(changes)) if reaches(changes, n, key, journey)]
    if not reached:
        return None
    row: Row = {
        "reached_at": changes[reached[0]].at,
        "held_undated": any(change.to == key and change.at is None for change in changes),
        "entered_at": None,
        "outcome": "open",
        "outcome_at": None,
        "left_at": None,
        "left_to": None,
        "went_back_at": None,
        "reopened_at": None,
    }
    entries = [n for n, change in enumerate(changes) if change.to == key and change.entry]
    if not entries:
        return row
    first = entries[0]
    after = range(first + 1, len(changes))
    row["entered_at"] = changes[first].at
    leaving = changes[first + 1] if first + 1 < len(changes) else turn
    row["left_at"], row["left_to"] = (leaving.at, leaving.to) if leaving else (None, None)
    advances = [n for n in after if changes[n].to == "won" or position.get(changes[n].to, 0) > position[key]]
    losses = [n for n in after if changes[n].to == "lost"]
    if advances and (not losses or advances[0] < losses[0]):
        row["outcome"], row["outcome_at"] = "advanced", changes[advances[0]].at
    elif losses:
        row["outcome"], row["outcome_at"] = "lost", changes[losses[0]].at
    elif turn is not None and mine is Loop.USAGE:
        row["outcome"], row["outcome_at"] = "advanced", turn.at
    backs = [n for n in after if position.get(changes[n].to, 99) < position[key]]
    row["went_back_at"] = changes[backs[0]].at if backs else None
    reopenings = [n for n in after if reopened(changes, n, journey)]
    row["reopened_at"] = changes[reopenings[0]].at if reopenings else None
    return row


def returns(moves: list[StageMove], journey: Journey, as_of: datetime | None = None) -> list[Row]:
    """One row a dated move into an earlier stage of the same round; the same columns as ``Return``."""
    position = {stage.key: stage.position for stage in journey.stages}
    rows = []
    for number, (changes, _) in enumerate(rounds(changes_of(moves, journey, as_of), journey), 1):
        for n, change in enumerate(changes):
            stages_before = [one.to for one in changes[:n] if one.to in position]
            if change.at is None or change.to not in position or not stages_before:
                continue
            left = stages_before[-1]
            if position[change.to] < position[left]:
                entries = [one.at for one in changes[:n] if one.to == left and one.entry]
                rows.append(
                    {
                        "stage": left,
                        "target": change.to,
                        "round": number,
                        "entered_at": entries[0] if entries else None,
                        "at": change.at,
                    }
                )
    return rows


def reaches(changes: list[Change], n: int, key: str, journey: Journey) -> bool:
    position = {stage.key: stage.position for stage in journey.stages}
    to = changes[n].to
    if to in position:
        return loop(to, journey) is loop(key, journey) and position[to] >= position[key]
    stages_before = [change.to for change in changes[:n] if change.to in position]
    won_from = loop(stages_before[-1], journey) if stages_before else Loop.PURCHASE
    return to == "won" and won_from is loop(key, journey)


def reopened(changes: list[Change], n: int, journey: Journey) -> bool:
    position = {stage.key: stage.position for stage in journey.stages}
    if changes[n].to not in position or changes[n - 1].to in position:
        return False
    stages_before = [change.to for change in changes[:n] if change.to in position]
    bought = not stages_before or loop(stages_before[-1], journey) is Loop.PURCHASE
    goes_on = changes[n - 1].to == "won" and bool(stages_before) and bought
    return not (goes_on and loop(changes[n].to, journey) is Loop.USAGE)
