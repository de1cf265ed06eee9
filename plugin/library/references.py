"""Whether the meetings and the journeys of a folder, with ours behind them, know each other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from plugin.domain.journey import Journey
from plugin.library.faults import Fault, gathering
from plugin.library.folders import shipped_folder
from plugin.library.journeys import journey_files, read_journey
from plugin.library.meeting_folder import MeetingFolder
from plugin.library.nodes import Node


def reference_faults(path: Path, meetings: Sequence[MeetingFolder]) -> list[Fault]:
    """The faults of the folder's journeys, and the names that lead nowhere."""
    faults: list[Fault] = []
    own = _journeys(path, faults)
    ours = _journeys(shipped_folder(), [])
    known = {meeting.path.name for meeting in meetings}
    known |= {folder.name for folder in (shipped_folder() / "meetings").glob("[!._]*/")}
    for file, (root, _) in own.items():
        faults.extend(_misnamed(file, root))
        faults.extend(_unknown_meetings(root, known))
    journeys = [journey for _, journey in [*own.values(), *ours.values()] if journey]
    for meeting in meetings:
        faults.extend(_unknown_to_journeys(meeting.root, journeys))
    return faults


def _journeys(path: Path, faults: list[Fault]) -> dict[Path, tuple[Node, Journey | None]]:
    journeys = {}
    for file in journey_files(path).values():
        with gathering(faults):
            journeys[file] = read_journey(file, faults)
    return journeys


def _misnamed(file: Path, root: Node) -> Iterator[Fault]:
    if root["key"].text and root["key"].text != file.stem:
        yield root["key"].fault(
            f"the key '{root['key'].text}' is not the file's name '{file.stem}': make them the same"
        )


def _unknown_meetings(root: Node, known: set[str]) -> Iterator[Fault]:
    for stage in root["stages"].items:
        for meeting in stage["meetings"].items:
            if meeting.text and meeting.text not in known:
                yield meeting.fault(f"there is no meeting '{meeting.text}' in this folder or ours: add it, or name one")


def _unknown_to_journeys(root: Node, journeys: Iterable[Journey]) -> Iterator[Fault]:
    stages = [stage for journey in journeys for stage in journey.stages if stage.key == root["stage"].text]
    if not stages:
        if root["stage"].text:
            yield root["stage"].fault(
                f"no journey has a stage '{root['stage'].text}': correct it, or add your journey here"
            )
        return
    asked_for = {item.key for stage in stages for item in stage.evidence}
    for item in root["evidence"].items:
        if item.text and item.text not in asked_for:
            keys = ", ".join(sorted(asked_for))
            yield item.fault(f"the stage '{root['stage'].text}' asks for no evidence '{item.text}': use {keys}")
