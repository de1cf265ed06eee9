"""The log form, made for one meeting: its evidence, its questions, the people, where the buyer may have gone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from werkzeug.datastructures import MultiDict
from wtforms import FormField

from plugin.domain.canvas import QUESTIONS
from plugin.domain.journey import BuyerStage
from plugin.domain.meeting import Effect, Feeling, MeetingState
from plugin.domain.typed_text import tidy
from plugin.rendering import wording
from plugin.rendering.formats import local, span, weekday
from plugin.rendering.forms import choose
from plugin.rendering.i18n import gettext, language, pgettext
from plugin.rendering.log_fields import (
    ANSWER,
    EVIDENCE,
    OTHER,
    PERSON,
    LogMeetingForm,
    PersonForm,
    SaidAnswerForm,
    SaidEvidenceForm,
    next_hour,
)
from plugin.rendering.workspace import workspace
from plugin.services.log_entry import AS_ASKED_FOR, Progress
from plugin.services.log_form import LogForm

NEXT_IN_DAYS = (3, 7, 14)
# Rows for people whom nobody has named yet, and as many people as a room holds.
NEW_PEOPLE, MOST_PEOPLE = 2, 40


def log_fields(found: LogForm, typed: MultiDict[str, str] | None, key: str) -> LogMeetingForm:
    """The form for this meeting; ``typed`` is what was sent or kept as a draft, ``key`` the name of a fresh form."""
    known = {
        "known": found.known,
        "known_people": {tidy(person.name): person.name for person in found.people},
        "went_back": found.reading.went_back,
    }
    shape = type("LogMeetingFormOfOne", (LogMeetingForm,), {**known, **_fields(found, typed or MultiDict())})
    now = local(workspace().clock()).replace(second=0, microsecond=0, tzinfo=None)
    planned = local(found.meeting.starts_at).replace(tzinfo=None) if found.meeting else None
    form: LogMeetingForm = shape(
        typed,
        key=key,
        revision=str(found.revision),
        starts_at=planned if planned and planned <= now else now,
        template=found.template or "",
        next_template=AS_ASKED_FOR,
        forward_to=found.later_stages[0].key if found.later_stages else "",
        back_to=found.earlier_stages[-1].key if found.earlier_stages else "",
    )
    _offer(form, found)
    return form


def _fields(found: LogForm, typed: MultiDict[str, str]) -> dict[str, FormField[Any]]:
    """Evidence and questions of this meeting, and whatever else was typed about: the deal may have moved meanwhile."""
    offered = {item.key for item in found.evidence}
    evidence = [item.key for stage in workspace().journey.stages for item in stage.evidence]
    # A buyer takes back what they said whenever it suits them: every question can be answered in every meeting.
    answers = sorted((question.number for question in QUESTIONS), key=lambda one: one not in found.questions)
    said_by = {"said_by": found.reading.deal.contact or ""}
    return {
        **{
            f"{EVIDENCE}{key}": FormField(SaidEvidenceForm, default=said_by)
            for key in evidence
            if key in offered or _was_said(typed, f"{EVIDENCE}{key}")
        },
        **{f"{ANSWER}{number}": FormField(SaidAnswerForm, default=said_by) for number in answers},
        **{f"{PERSON}{place}": FormField(PersonForm, default=person) for place, person in _people(found, typed)},
    }


def _people(found: LogForm, typed: MultiDict[str, str]) -> Iterator[tuple[int, dict[str, object]]]:
    """A row for everybody who is known, a few empty ones, and as many as were typed before."""
    known = [{"name": person.name, "decides": person.decides} for person in found.people][:MOST_PEOPLE]
    kept = sum(1 for place in range(MOST_PEOPLE) if typed.get(f"{PERSON}{place}-name", "").strip())
    rows = min(max(len(known), kept) + NEW_PEOPLE, MOST_PEOPLE)
    return ((place, known[place] if place < len(known) else {}) for place in range(rows))


def _was_said(typed: MultiDict[str, str], name: str) -> bool:
    return bool(typed.get(f"{name}-given") or typed.get(f"{name}-words", "").strip())


def _offer(form: LogMeetingForm, found: LogForm) -> None:
    kinds = (MeetingState.HELD, MeetingState.NO_SHOW, MeetingState.MOVED)
    choose(form.outcome, [(kind.value, wording.meeting_state(kind)) for kind in kinds])
    choose(form.progress, _progresses(found))
    choose(form.forward_to, _stages(found.later_stages))
    choose(form.back_to, _stages(found.earlier_stages))
    choose(form.felt, [(one.value, wording.feeling(one)) for one in Feeling])
    choose(form.effect, [(one.value, wording.effect(one)) for one in Effect])
    titles = list(_titles())
    choose(form.template, [("", gettext("No template")), *titles])
    asked_for = (AS_ASKED_FOR, gettext("What the deal asks for then"))
    choose(form.next_template, [asked_for, *titles, ("", gettext("No template"))])
    soon = [(str(number), _soon(form, number)) for number in NEXT_IN_DAYS]
    choose(form.next_in, [("", gettext("No date yet")), *soon, (OTHER, gettext("On a day"))])


def _soon(form: LogMeetingForm, number: int) -> str:
    """ "In 1 week, Mon 9 March": nobody should have to reckon."""
    meeting = next_hour(local(workspace().clock()).replace(tzinfo=None), form.starts, number)
    return gettext("In %(days)s, %(day)s", days=span(number), day=weekday(meeting.date()))


def _progresses(found: LogForm) -> Iterator[tuple[str, str]]:
    """Only what can be: nobody goes back from the first stage, or on from the last one."""
    stage = found.reading.standing.stage if found.reading.standing.state == "open" else None
    yield (
        Progress.STAYED.value,
        gettext("Stays in “%(stage)s”", stage=wording.stage_name(stage)) if stage else gettext("As before"),
    )
    if found.later_stages:
        yield Progress.FORWARD.value, gettext("Moved on")
    if found.earlier_stages:
        yield Progress.BACK.value, gettext("Went back")
    yield Progress.WON.value, pgettext("buyer", "Signed")
    yield Progress.LOST.value, pgettext("buyer", "Gave up")


def _titles() -> Iterator[tuple[str, str]]:
    """The meetings in the order of the journey; then those that no stage plays."""
    played = [key for stage in workspace().journey.stages for key in stage.meetings]
    known = workspace().library.meetings
    for key in dict.fromkeys([*(key for key in played if key in known), *known]):
        yield key, known[key].in_language(language()).title


def _stages(stages: tuple[BuyerStage, ...]) -> Iterator[tuple[str, str]]:
    return ((stage.key, stage.name.in_language(language())) for stage in stages)
