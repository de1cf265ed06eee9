"""The log form's fields, and the entry that they make."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, time, timedelta
from typing import Any, ClassVar

from wtforms import (
    BooleanField,
    DateTimeLocalField,
    FormField,
    HiddenField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
    ValidationError,
)
from wtforms import Form as PlainForm
from wtforms.validators import StopValidation

from plugin.domain.canvas import AnswerStatus
from plugin.domain.meeting import MeetingState
from plugin.domain.typed_text import tidy
from plugin.library.kit import KnownAnswer
from plugin.rendering import wording
from plugin.rendering.formats import from_local, local
from plugin.rendering.forms import Form, OptionalRadio, Required, at_most, choose
from plugin.rendering.i18n import gettext
from plugin.rendering.workspace import workspace
from plugin.services.log_entry import Attendee, LogEntry, Progress, SaidAnswer, SaidEvidence

WORDS, NAME, NOTE = 2_000, 200, 10_000
KEY = re.compile(r"[0-9a-f]{32}")
REVISION = re.compile(r"[0-9]{1,6}")
OTHER = "other"
EVIDENCE, ANSWER, PERSON = "evidence_", "answer_", "person_"
# Dates that a person could mean by a meeting: outside of them the year was mistyped.
EARLIEST, LATEST = timedelta(days=3 * 365), timedelta(days=3 * 365)


class SaidEvidenceForm(PlainForm):
    given = BooleanField()
    words = StringField(validators=[at_most(WORDS)])
    said_by = StringField(validators=[at_most(NAME)])


class SaidAnswerForm(PlainForm):
    words = StringField(validators=[at_most(WORDS)])
    said_by = StringField(validators=[at_most(NAME)])
    status = SelectField(default=AnswerStatus.HEARD.value)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kinds = (AnswerStatus.HEARD, AnswerStatus.CONFIRMED, AnswerStatus.CONTRADICTED)
        choose(self.status, [(kind.value, wording.answer_status(kind)) for kind in kinds])


class PersonForm(PlainForm):
    name = StringField(validators=[at_most(NAME)])
    present = BooleanField()
    decides = BooleanField()


def _only_on_a_day(form: LogMeetingForm, field: DateTimeLocalField) -> None:
    """A day is asked for by one choice only; with any other, what stands in the field means nothing."""
    typed = bool(field.raw_data and field.raw_data[0].strip())
    if form.next_in.data == OTHER and typed:
        return
    field.errors = []
    if form.next_in.data == OTHER:
        raise StopValidation(gettext("Say when you meet next, or choose that there is no date yet."))
    raise StopValidation


class LogMeetingForm(Form):
    """One short form. Only the outcome and the hour are needed; all else may be left out, going back above all."""

    known: ClassVar[Mapping[int, KnownAnswer]] = {}
    # By their tidy names.
    known_people: ClassVar[Mapping[str, str]] = {}
    # The buyer went back before this meeting: what changed may be told now as well.
    went_back: ClassVar[bool] = False

    key = HiddenField()
    revision = HiddenField()
    outcome = RadioField(default=MeetingState.HELD.value)
    starts_at = DateTimeLocalField(validators=[Required()])
    template = SelectField(default="")
    progress = RadioField(default=Progress.STAYED.value)
    # Which of the two counts is said by ``progress``; the other one may be of a stage that the deal has left.
    forward_to = SelectField(validate_choice=False)
    back_to = SelectField(validate_choice=False)
    what_changed = TextAreaField(validators=[at_most(NOTE)])
    felt = OptionalRadio()
    effect = OptionalRadio()
    note = TextAreaField(validators=[at_most(NOTE)])
    next_in = RadioField(default="")
    next_at = DateTimeLocalField(validators=[_only_on_a_day])
    next_template = SelectField(default="")

    @property
    def evidence(self) -> Iterator[tuple[str, FormField[Any]]]:
        """The key and the field of each piece of evidence."""
        return (
            (name.removeprefix(EVIDENCE), field) for name, field in self._fields.items() if name.startswith(EVIDENCE)
        )

    @property
    def answers(self) -> Iterator[tuple[int, FormField[Any]]]:
        """The number and the field of each canvas question."""
        return (
            (int(name.removeprefix(ANSWER)), field) for name, field in self._fields.items() if name.startswith(ANSWER)
        )

    @property
    def people(self) -> Iterator[FormField[Any]]:
        """Those of the buyer's side: known ones, then empty rows."""
        return (field for name, field in self._fields.items() if name.startswith(PERSON))

    @property
    def starts(self) -> datetime:
        """The hour that was typed, by the person's own clock; now where none was."""
        return self.starts_at.data or local(workspace().clock()).replace(tzinfo=None)

    @property
    def targets(self) -> dict[str, str]:
        """The stage that each way of moving leads to."""
        return {Progress.FORWARD.value: self.forward_to.data, Progress.BACK.value: self.back_to.data}

    def validate_key(self, field: HiddenField) -> None:
        if not KEY.fullmatch(field.data or ""):
            raise ValidationError(gettext("Reload the page, then save again."))

    def validate_revision(self, field: HiddenField) -> None:
        if not REVISION.fullmatch(field.data or ""):
            raise ValidationError(gettext("Reload the page, then save again."))

    def validate_starts_at(self, field: DateTimeLocalField) -> None:
        _check_year(field.data)

    def validate_forward_to(self, field: SelectField) -> None:
        self._check_target(Progress.FORWARD, field)

    def validate_back_to(self, field: SelectField) -> None:
        self._check_target(Progress.BACK, field)

    def _check_target(self, progress: Progress, field: SelectField) -> None:
        offered = {choice[0] for choice in field.iter_choices()}
        if self.progress.data == progress.value and field.data not in offered:
            raise ValidationError(gettext("Say to which stage."))

    def validate_next_at(self, field: DateTimeLocalField) -> None:
        _check_year(field.data)
        if field.data and from_local(field.data) <= workspace().clock():
            raise ValidationError(gettext("This moment is over: the next meeting lies ahead."))

    def entry(self, meeting_ref: str) -> LogEntry:
        """What was filled in. A meeting that did not take place says nothing of the buyer."""
        held = self.outcome.data == MeetingState.HELD.value
        progress = Progress(self.progress.data) if held else Progress.STAYED
        return LogEntry(
            key=self.key.data or "",
            meeting_ref=meeting_ref,
            revision=int(self.revision.data or 0),
            outcome=MeetingState(self.outcome.data),
            starts_at=from_local(self.starts),
            template=self.template.data or None,
            evidence=tuple(self._said_evidence()) if held else (),
            answers=tuple(self._said_answers()) if held else (),
            attendees=tuple(self._attendees()) if held else (),
            felt=self.felt.data or None if held else None,
            effect=self.effect.data or None if held else None,
            note=tidy(self.note.data),
            progress=progress,
            target=self.targets.get(progress.value),
            what_changed=tidy(self.what_changed.data) if progress is Progress.BACK or (held and self.went_back) else "",
            next_template=self.next_template.data or None,
            next_at=self._next_at(),
        )

    def _said_evidence(self) -> Iterator[SaidEvidence]:
        """Words without the tap count as given: they would hardly have been typed otherwise."""
        for key, field in self.evidence:
            words = tidy(field.form.words.data)
            if field.form.given.data or words:
                yield SaidEvidence(key, words, self._name(field.form.said_by.data))

    def _said_answers(self) -> Iterator[SaidAnswer]:
        """Words; or what was said before, confirmed or taken back without a new word."""
        for number, field in self.answers:
            status = AnswerStatus(field.form.status.data)
            before = self.known.get(number) if status is not AnswerStatus.HEARD else None
            words = tidy(field.form.words.data) or (before.text if before else "")
            if words:
                yield SaidAnswer(number, words, self._name(field.form.said_by.data), status)

    def _attendees(self) -> Iterator[Attendee]:
        """Each name once. A new name stands for itself: nobody types the name of somebody who was not there."""
        seen: set[str] = set()
        for field in self.people:
            name = self._name(field.form.name.data)
            known = name in self.known_people.values()
            if name and name not in seen and (field.form.present.data or not known):
                seen.add(name)
                yield Attendee(name, bool(field.form.decides.data))

    def _name(self, typed: str | None) -> str:
        """On one line; known people keep the name by which they are known: a CRM may have two spaces in it."""
        name = tidy(typed)
        return self.known_people.get(name) or " ".join(name.split())

    def _next_at(self) -> datetime | None:
        chosen = self.next_in.data
        if chosen == OTHER and self.next_at.data:
            return from_local(self.next_at.data)
        if chosen and chosen.isdecimal():
            today = local(workspace().clock()).replace(tzinfo=None)
            return from_local(next_hour(today, self.starts, int(chosen)))
        return None


def next_hour(today: datetime, like: datetime, days: int) -> datetime:
    """So many days from today at the hour of this meeting, to the half; on the Monday where that is a weekend."""
    day = today.date() + timedelta(days=days)
    day += timedelta(days={5: 2, 6: 1}.get(day.weekday(), 0))
    minutes = (60 * like.hour + 30 * round(like.minute / 30)) % (24 * 60)
    return datetime.combine(day, time()) + timedelta(minutes=minutes)


def _check_year(typed: datetime | None) -> None:
    if typed is None:
        return
    now = workspace().clock().astimezone(UTC).replace(tzinfo=None)
    if not now - EARLIEST <= typed <= now + LATEST:
        raise ValidationError(gettext("Check the year."))
