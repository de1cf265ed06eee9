"""Touches: what came before the passages of a stage, and the deals behind each figure."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, render_template, request
from flask.typing import ResponseReturnValue
from wtforms import SelectField

from plugin.domain.attribution import Rule
from plugin.rendering.formats import days
from plugin.rendering.forms import choose
from plugin.rendering.i18n import gettext, language
from plugin.rendering.workspace import workspace
from plugin.services.attribution import Asked, passages_behind, touch_report
from plugin.store.queries.touches import By, any_touch
from plugin.web.edge import session
from plugin.web.question_form import QuestionForm, asked_stage

pages = Blueprint("touches", __name__)

PAGE_SIZE = 50
LOOK_BACKS = (30, 90, 180, 365)


class TouchForm(QuestionForm):
    """The question of a report, of one stage, and what touches are put together by."""

    stage = SelectField()
    by = SelectField(default=By.CHANNEL.value)
    look_back = SelectField(name="look-back", default="")

    def offer_touches(self) -> TouchForm:
        self.offer(workspace().cohorts.view(session()).choices(session()))
        choose(self.stage, [(one.key, one.name.in_language(language())) for one in workspace().journey.stages])
        choose(self.by, [(by.value, name_of(by)) for by in By])
        choose(self.look_back, [("", gettext("All before it")), *((str(n), days(n)) for n in LOOK_BACKS)])
        return self

    def touches_asked(self) -> Asked:
        look_back = int(self.look_back.data) if self.look_back.data else None
        return Asked(self.question(), self.stage.data, By(self.by.data), look_back)


def name_of(by: By) -> str:
    return {
        By.CHANNEL: gettext("Channel"),
        By.CAMPAIGN: gettext("Campaign"),
        By.TOUCHPOINT: gettext("Touchpoint"),
        By.KIND: gettext("Kind"),
    }[by]


@pages.get("/journey/touches")
def page() -> ResponseReturnValue:
    form = _form()
    asked = form.touches_asked() if form.validate() else None
    found = touch_report(session(), workspace(), asked) if asked else None
    return _show("touches.html", form, found=found, of=asked, rules=_rules(), any_touch=any_touch(session()))


@pages.get("/journey/touches/deals")
def deals() -> ResponseReturnValue:
    """The passages behind a figure: with the key that the address names (``value``), or with no touch at all."""
    form = _form()
    if not form.validate():
        abort(404)
    asked, touched = form.touches_asked(), "none" not in request.args
    key = request.args.get("value")
    most = None if request.args.get("all") else PAGE_SIZE
    lines, total = passages_behind(session(), workspace(), asked, key, touched, most)
    return _show("touch_deals.html", form, lines=lines, total=total, of=asked, key=key, touched=touched)


def _form() -> TouchForm:
    """The first stage where the address names none; another that it names must be one of some journey."""
    stage = asked_stage()
    if stage is None:
        abort(404)
    form = TouchForm(request.args).offer_touches()
    form.stage.data = stage
    return form


def _rules() -> dict[Rule, str]:
    return {
        Rule.FIRST: gettext("First touch"),
        Rule.LAST: gettext("Last touch"),
        Rule.LINEAR: gettext("Linear"),
        Rule.POSITION: gettext("By position"),
    }


def _show(template: str, form: TouchForm, **values: Any) -> ResponseReturnValue:
    status = 422 if form.errors else 200
    return render_template(template, form=form, asked=form.asked(), name_of=name_of, **values), status
