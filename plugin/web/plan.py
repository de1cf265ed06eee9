"""The mutual plan of a deal."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from functools import partial

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import DateField, RadioField, StringField, ValidationError

from plugin.domain.plan import Side
from plugin.domain.typed_text import tidy
from plugin.rendering.formats import local
from plugin.rendering.forms import Form, Required, at_most, choose
from plugin.rendering.i18n import gettext, pgettext
from plugin.rendering.workspace import workspace
from plugin.services.plan import NewStep, add_step, change_step, remove_step, set_done
from plugin.store.queries.deals import DealLine, contacts_of, find_deal
from plugin.store.queries.plans import steps_of
from plugin.web.edge import session, viewer

pages = Blueprint("plan", __name__)

# Days that a person could mean by a step: outside of them the year was mistyped.
AROUND = timedelta(days=3 * 365)


class StepForm(Form):
    text = StringField(validators=[Required(), at_most(300)])
    side = RadioField(default=Side.THEM.value)
    who = StringField(validators=[at_most(200)])
    due_on = DateField(validators=[Required()])

    def validate_due_on(self, field: DateField) -> None:
        if field.data and abs(field.data - today()) > AROUND:
            raise ValidationError(gettext("Check the year."))

    def step(self) -> NewStep:
        return NewStep(tidy(self.text.data), Side(self.side.data), tidy(self.who.data), self.due_on.data or today())


@pages.get("/deals/<public_id>/plan")
def page(public_id: str) -> ResponseReturnValue:
    return _show(_deal(public_id), _form())


@pages.post("/deals/<public_id>/plan")
def add(public_id: str) -> ResponseReturnValue:
    deal, form = _deal(public_id), _form()
    if not form.validate():
        return _show(deal, form, 422)
    if not add_step(session(), deal.id, form.step(), workspace().clock()):
        form.text.errors = [gettext("This plan is full: take a step away first.")]
        return _show(deal, form, 422)
    return _back(public_id)


@pages.post("/deals/<public_id>/plan/<step>")
def change(public_id: str, step: str) -> ResponseReturnValue:
    deal = _deal(public_id)
    changes: dict[str, Callable[[], bool]] = {
        "done": partial(set_done, session(), deal.id, step, True, workspace().clock()),
        "undone": partial(set_done, session(), deal.id, step, False, workspace().clock()),
        "remove": partial(remove_step, session(), deal.id, step, workspace().clock()),
        "later": partial(change_step, session(), deal.id, step, _day(request.form.get("due_on", ""))),
    }
    wanted = changes.get(request.form.get("change", ""))
    if wanted is None or not wanted():
        abort(404)
    return _back(public_id)


def today() -> date:
    return local(workspace().clock()).date()


def _deal(public_id: str) -> DealLine:
    deal = find_deal(session(), public_id, viewer().only_owner)
    if deal is None:
        abort(404)
    return deal


def _form() -> StepForm:
    form = StepForm()
    choose(form.side, [(Side.THEM.value, pgettext("step", "Them")), (Side.US.value, pgettext("step", "Us"))])
    return form


def _day(text: str) -> date:
    """The day that was chosen; a week from now where none can be read."""
    try:
        chosen = date.fromisoformat(text)
    except ValueError:
        chosen = today() + timedelta(days=7)
    return chosen if abs(chosen - today()) <= AROUND else today() + timedelta(days=7)


def _show(deal: DealLine, form: StepForm, status: int = 200) -> ResponseReturnValue:
    page = render_template(
        "plan.html",
        deal=deal,
        form=form,
        steps=steps_of(session(), deal.id),
        today=today(),
        people=[contact.name for contact in contacts_of(session(), deal.id)],
    )
    return page, status


def _back(public_id: str) -> ResponseReturnValue:
    return redirect(url_for("plan.page", public_id=public_id), 303)
