"""Meetings, and what was said in them: records in our columns into the port's."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable

from crm_adapters.csv_folder.cells import Cells
from crm_adapters.csv_folder.folder import Record
from crm_adapters.csv_folder.values import Times, among, instant, one_of, short, whole
from crm_adapters.port import Fault, Meeting, MeetingState, Words

FELT = ("worried", "doubtful", "neutral", "confident", "keen")
EFFECTS = ("strengthened", "weakened", "broke")
DEFAULT_MINUTES = 45
CANVAS_QUESTIONS = (1, 10)


def parse_meetings(
    records: Iterable[Record], words: dict[str, list[Words]], deals: Collection[str], times: Times, faults: list[Fault]
) -> list[Meeting]:
    """Meetings with what was said in them, in the order of the file."""
    found: dict[str, Meeting] = {}
    for record in records:
        cells = Cells(record, faults)
        meeting = _meeting(cells, deals, tuple(words.get(record["id"], ())), times)
        if meeting and meeting.id in found:
            cells.note("id", f"the meeting {meeting.id!r} stands twice: the first row is kept")
        elif meeting:
            found[meeting.id] = meeting
    return list(found.values())


def _meeting(cells: Cells, deals: Collection[str], words: tuple[Words, ...], times: Times) -> Meeting | None:
    id_, deal = cells.need("id", short), cells.need("deal", short)
    if deal and deal not in deals:
        cells.note("deal", f"there is no deal {deal!r}: the meeting is left out")
    starts_at = cells.need("starts_at", lambda text: instant(text, times))
    state = cells.need("state", lambda text: one_of(text, MeetingState))
    minutes = cells.read("minutes", lambda text: whole(text, 1, 24 * 60))
    title, template = cells.read("title", _long), cells.read("template", _key)
    felt = cells.read("felt", lambda text: among(text, FELT))
    effect = cells.read("effect", lambda text: among(text, EFFECTS))
    if not (cells.ok and id_ and deal and starts_at and state):
        return None
    return Meeting(id_, deal, starts_at, minutes or DEFAULT_MINUTES, state, title or "", template, felt, effect, words)


def parse_words(records: Iterable[Record], meetings: Collection[str], faults: list[Fault]) -> dict[str, list[Words]]:
    """Words by meeting, in the order of the file."""
    found: defaultdict[str, list[Words]] = defaultdict(list)
    for record in records:
        cells = Cells(record, faults)
        meeting, text = cells.need("meeting", short), cells.need("text", lambda text: short(text, 20_000))
        if meeting and meeting not in meetings:
            cells.note("meeting", f"there is no meeting {meeting!r}: the words are left out")
        said_by = cells.read("said_by", short)
        question = cells.read("canvas", lambda text: whole(text, *CANVAS_QUESTIONS))
        evidence = cells.read("evidence", _key)
        if bool(record["canvas"]) == bool(record["evidence"]):
            cells.note(
                "evidence", "fill either canvas (a question from 1 to 10) or evidence, and leave the other empty"
            )
        if cells.ok and meeting and text:
            found[meeting].append(Words(said_by or "", text, question, evidence))
    return dict(found)


def _key(text: str) -> str:
    return short(text, 60)


def _long(text: str) -> str:
    return short(text, 1_000)
