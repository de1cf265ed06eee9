"""The calendar, read back by a reader of its own that knows RFC 5545 and nothing of ours."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from plugin.services.icalendar import LONGEST, Event, calendar_of

CHANGED = datetime(2026, 3, 2, 9, 5, 7, tzinfo=UTC)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=300)
EVENTS = st.builds(
    Event,
    uid=st.from_regex(r"[a-z0-9]{1,32}@parcours", fullmatch=True),
    day=st.dates(),
    title=TEXTS,
    text=TEXTS,
    address=st.just("https://parcours.example/plan/actions/x"),
    cancelled=st.booleans(),
    changed_at=st.just(CHANGED),
    revision=st.integers(0, 99),
)


def unfolded(file: bytes) -> list[str]:
    assert file.endswith(b"\r\n")
    lines = file[:-2].split(b"\r\n")
    assert all(len(line) <= LONGEST for line in lines)
    assert not any(b"\n" in line or b"\r" in line for line in lines)
    for line in lines:
        line.decode("utf-8")  # no character is cut in two
    return re.sub(b"\r\n[ \t]", b"", file[:-2]).decode("utf-8").split("\r\n")


def unescaped(text: str) -> str:
    return re.sub(r"\\(.)", lambda found: "\n" if found[1] in "nN" else found[1], text)


def read(file: bytes) -> list[dict[str, str]]:
    lines = unfolded(file)
    assert (lines[0], lines[1], lines[-1]) == ("BEGIN:VCALENDAR", "VERSION:2.0", "END:VCALENDAR")
    events: list[dict[str, str]] = []
    for line in lines[2:-1]:
        name, _, value = line.partition(":")
        if line == "BEGIN:VEVENT":
            events.append({})
        elif line != "END:VEVENT" and events:
            assert name not in events[-1], "a property stands once"
            events[-1][name] = value
    return events


def shown(text: str) -> str:
    """What a text keeps: one kind of line end, and no control signs but the tab."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(sign for sign in lines if (sign >= " " and sign != "\x7f") or sign in "\t\n")


@given(st.lists(EVENTS, max_size=4))
def test_another_reader_reads_every_event_as_it_was_written(events: list[Event]) -> None:
    for one, found in zip(events, read(calendar_of("Plan; a, b", events)), strict=True):
        assert found["UID"] == one.uid
        assert unescaped(found["SUMMARY"]) == shown(one.title)
        assert unescaped(found.get("DESCRIPTION", "")) == shown(one.text)
        assert found["DTSTART;VALUE=DATE"] == one.day.isoformat().replace("-", "")
        assert found["STATUS"] == ("CANCELLED" if one.cancelled else "CONFIRMED")
        assert found["SEQUENCE"] == str(one.revision)


def test_an_event_lasts_its_whole_day_and_says_when_it_was_changed() -> None:
    event = Event("a@parcours", date(2026, 12, 31), "Fair", "", "", False, CHANGED, 2)
    (found,) = read(calendar_of("Plan", [event]))
    assert (found["DTSTART;VALUE=DATE"], found["DTEND;VALUE=DATE"]) == ("20261231", "20270101")
    assert found["DTSTAMP"] == "20260302T090507Z"
    zone = CHANGED.astimezone(None)
    assert read(calendar_of("Plan", [event]))[0]["DTSTAMP"] == f"{zone.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    assert "DESCRIPTION" not in found


def test_a_line_of_exactly_75_octets_is_whole_and_one_more_is_folded() -> None:
    def lines(letters: int) -> int:
        title = "é" * letters
        event = Event("a@parcours", date(2026, 1, 1), title, "", "", False, CHANGED, 0)
        return calendar_of("Plan", [event]).count(b"\r\n")

    assert lines(34) - lines(33) == 1, "SUMMARY: and 33 letters of two octets are 74"
    assert lines(33) == lines(1)


def test_the_last_day_of_the_calendar_has_no_morning_after_it() -> None:
    event = Event("a@parcours", date.max, "x", "", "", False, CHANGED + timedelta(0), 0)
    assert "DTEND;VALUE=DATE" not in read(calendar_of("Plan", [event]))[0]
