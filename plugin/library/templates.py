"""The library of meeting templates: ours, and the company's own beside it (docs/meeting-templates.md)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from plugin.library.consistency import consistency_faults
from plugin.library.faults import Fault, Refused, gathering, in_reading_order
from plugin.library.folders import shipped_folder
from plugin.library.meeting import MeetingTemplate
from plugin.library.meeting_folder import MeetingFolder, read_meeting
from plugin.library.personas import personas_of
from plugin.library.plays import load_plays
from plugin.library.references import reference_faults


@dataclass(frozen=True)
class Library:
    """Meeting templates by key."""

    meetings: Mapping[str, MeetingTemplate]

    @classmethod
    def of(cls, folders: Sequence[Path]) -> Library:
        """Ours first: a later folder's meeting takes the place of one with the same key, or comes in addition.

        Raises Refused with all faults of all folders.
        """
        meetings: dict[str, MeetingTemplate] = {}
        faults: list[Fault] = []
        for folder in folders:
            with gathering(faults):
                meetings |= load_folder(folder).meetings
        if faults:
            raise Refused(faults)
        return cls(meetings)


def load_folder(path: Path) -> Library:
    """Read the meetings of one folder. Raises Refused with all their faults."""
    faults: list[Fault] = []
    templates = [meeting.template for meeting in _meetings(path, faults)]
    if faults:
        raise Refused(faults)
    return Library({template.key: template for template in templates if template})


def check_folder(path: Path) -> list[Fault]:
    """Every fault of a folder: its meetings, personas, journeys and plays, and whether they know each other."""
    faults: list[Fault] = []
    meetings = _meetings(path, faults)
    faults.extend(reference_faults(path, meetings))
    if (path / "plays.yaml").exists():
        with gathering(faults):
            load_plays(path / "plays.yaml")
    return list(in_reading_order(faults))


def _meetings(path: Path, faults: list[Fault]) -> list[MeetingFolder]:
    if not any((path / name).exists() for name in ("meetings", "journeys", "personas.yaml", "plays.yaml")):
        message = "there is no folder 'meetings' here: add it, with one folder for each meeting"
        faults.append(Fault(str(path), 1, 1, message))
    types = _persona_types(path, faults)
    meetings = []
    for folder in sorted((path / "meetings").glob("[!._]*/")):
        meeting = read_meeting(folder, faults)
        faults.extend(consistency_faults(meeting, types))
        meetings.append(meeting)
    return meetings


def _persona_types(path: Path, faults: list[Fault]) -> frozenset[str]:
    """The folder's own personas decide, else ours; none where the file is broken, which is a fault already."""
    types: set[str] = set()
    with gathering(faults):
        types.update(persona.type for persona in personas_of([shipped_folder(), path]))
    return frozenset(types)
