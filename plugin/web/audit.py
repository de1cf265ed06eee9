"""Who did what when."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, time, timedelta

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from wtforms import DateField, SelectField, ValidationError
from wtforms.validators import Optional

from plugin.rendering.acts import act_words
from plugin.rendering.formats import from_local
from plugin.rendering.forms import QueryForm, choose
from plugin.rendering.i18n import gettext
from plugin.store.queries.audit import DeedsAsked, acts_recorded, all_deeds, deeds, doers, labels_of
from plugin.web.deeds import note_deed
from plugin.web.edge import session
from plugin.web.report_files import as_csv

pages = Blueprint("audit", __name__, url_prefix="/privacy/audit")

PAGE_SIZE = 50
NOBODY = "0"
# Outside of them the year was mistyped.
YEARS = range(1900, 3000)


def _check_year(_form: QueryForm, field: DateField) -> None:
    if field.data and field.data.year not in YEARS:
        raise ValidationError(gettext("Check the year."))


class DeedsForm(QueryForm):
    who = SelectField(default="")
    act = SelectField(default="")
    first = DateField(name="from", validators=[Optional(), _check_year])
    last = DateField(name="to", validators=[Optional(), _check_year])

    def offer(self) -> DeedsForm:
        people = [(str(id_), name) for id_, name in doers(session()).items()]
        choose(self.who, [("", gettext("Everybody")), *people, (NOBODY, gettext("Parcours itself"))])
        acts = sorted((act_words(act), act) for act in acts_recorded(session()))
        choose(self.act, [("", gettext("Everything")), *((act, words) for words, act in acts)])
        return self

    def validate_last(self, field: DateField) -> None:
        if field.data and self.first.data and field.data < self.first.data:
            raise ValidationError(gettext("The period ends before it begins."))

    def asked(self) -> DeedsAsked:
        first, last = self.first.data, self.last.data
        return DeedsAsked(
            user_id=int(self.who.data) if self.who.data else None,
            act=self.act.data or None,
            first=from_local(datetime.combine(first, time())) if first else None,
            behind=from_local(datetime.combine(last + timedelta(days=1), time())) if last else None,
        )

    def in_address(self) -> dict[str, str]:
        return {field.name: field.raw_data[0] for field in self if field.raw_data and field.raw_data[0]}


@pages.get("")
def page() -> ResponseReturnValue:
    form = DeedsForm(request.args).offer()
    valid = form.validate()
    number = max(request.args.get("page", 1, int), 1)
    found, total = deeds(session(), form.asked() if valid else DeedsAsked(), min(number, 10_000), PAGE_SIZE)
    last = max(1, -(-total // PAGE_SIZE))
    labels = labels_of(session(), {one.about for one in found})
    answer = render_template(
        "audit.html", form=form, deeds=found, labels=labels, total=total, number=min(number, last), last=last
    )
    return answer, 200 if valid else 422


@pages.get("/audit.csv")
def csv() -> ResponseReturnValue:
    form = DeedsForm(request.args).offer()
    asked = form.asked() if form.validate() else DeedsAsked()
    note_deed("audit exported")
    return as_csv("audit", ("at", "by", "act", "about"), _rows(asked))


def _rows(asked: DeedsAsked) -> Iterator[tuple[object, ...]]:
    for one in all_deeds(session(), asked):
        yield one.at.isoformat(), one.by, one.act, one.about
