"""What a log entry must be beyond its shape, for whoever fills one in without the form that offers only what can be."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from plugin.domain.meeting import MeetingState
from plugin.services.log_entry import AS_ASKED_FOR, LogEntry, Progress
from plugin.services.log_form import LogForm
from plugin.services.workspace import Workspace

# Dates that somebody could mean by a meeting: outside of them the year was mistyped.
EARLIEST, LATEST = timedelta(days=3 * 365), timedelta(days=3 * 365)


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong, and where in the entry: names of fields, and places in lists."""

    place: tuple[str | int, ...]
    text: str


def faults_of(entry: LogEntry, found: LogForm, workspace: Workspace) -> tuple[Fault, ...]:
    """Everything that keeps this entry from being stored for the meeting that the form was opened on."""
    now = workspace.clock()
    return (
        *_dates(entry, now),
        *_templates(entry, workspace),
        *_said(entry, workspace),
        *_progress(entry, found),
        *(_not_held(entry) if entry.outcome is not MeetingState.HELD else ()),
    )


def _dates(entry: LogEntry, now: datetime) -> Iterator[Fault]:
    for name, at in (("starts_at", entry.starts_at), ("next_at", entry.next_at)):
        if at and not now - EARLIEST <= at <= now + LATEST:
            yield Fault((name,), "Check the year.")
    if entry.next_at and entry.next_at <= now:
        yield Fault(("next_at",), "This moment is over: the next meeting lies ahead.")


def _templates(entry: LogEntry, workspace: Workspace) -> Iterator[Fault]:
    known = {None, *workspace.library.meetings}
    if entry.template not in known:
        yield Fault(("template",), "There is no meeting template of this key.")
    if entry.next_template not in {*known, AS_ASKED_FOR}:
        yield Fault(("next_template",), "There is no meeting template of this key.")


def _said(entry: LogEntry, workspace: Workspace) -> Iterator[Fault]:
    """Each thing once: the newest of two answers would be a matter of luck."""
    known = {item.key for stage in workspace.journey.stages for item in stage.evidence}
    for place, given in enumerate(entry.evidence):
        if given.key not in known:
            yield Fault(("evidence", place, "key"), "The journey knows no evidence of this key.")
    for place, answer in enumerate(entry.answers):
        if not answer.words:
            yield Fault(("answers", place, "words"), "Give the buyer's words.")
    for place, attendee in enumerate(entry.attendees):
        if not attendee.name:
            yield Fault(("attendees", place, "name"), "Give a name.")
    yield from _repeated("evidence", "key", [one.key for one in entry.evidence])
    yield from _repeated("answers", "question", [one.question for one in entry.answers])
    yield from _repeated("attendees", "name", [one.name for one in entry.attendees])


def _repeated(field: str, name: str, values: Sequence[str | int]) -> Iterator[Fault]:
    for place, value in enumerate(values):
        if value in values[:place]:
            yield Fault((field, place, name), "This stands here twice.")


def _progress(entry: LogEntry, found: LogForm) -> Iterator[Fault]:
    ways = {Progress.FORWARD: found.later_stages, Progress.BACK: found.earlier_stages}
    offered = {stage.key for stage in ways.get(entry.progress, ())}
    if entry.progress in ways and entry.target not in offered:
        yield Fault(("target",), f"Say to which stage; {_listed(sorted(offered))}.")
    if entry.progress not in ways and entry.target is not None:
        yield Fault(("target",), "Only a buyer who moved on or went back has one.")
    if entry.what_changed and entry.progress is not Progress.BACK and not found.reading.went_back:
        yield Fault(("what_changed",), "This is asked of a buyer who went back.")


def _listed(keys: Sequence[str]) -> str:
    return f"it can be {', '.join(keys)}" if keys else "there is none that way"


def _not_held(entry: LogEntry) -> Iterator[Fault]:
    """A meeting that did not take place says nothing of the buyer."""
    for name in ("evidence", "answers", "attendees", "felt", "effect", "what_changed"):
        if getattr(entry, name):
            yield Fault((name,), "Only a meeting that was held says this.")
    if entry.progress is not Progress.STAYED:
        yield Fault(("progress",), "Only a meeting that was held says this.")
