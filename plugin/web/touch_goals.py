"""Goals that are no purchase: which touch is the passage into a stage."""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import SelectField, StringField

from plugin.domain.touch_goals import MatchedBy
from plugin.domain.typed_text import tidy
from plugin.rendering.forms import Form, Required, at_most, choose
from plugin.rendering.i18n import gettext, language
from plugin.rendering.workspace import workspace
from plugin.services.touch_goals import Trial, goal_lines, remove_goal, set_goal, try_goal
from plugin.store.queries.touches import By, words_of_touches
from plugin.web.edge import session, viewer
from plugin.web.touches import name_of

pages = Blueprint("touches_goals", __name__)


class GoalForm(Form):
    field = SelectField(default=MatchedBy.KIND.value)
    value = StringField(validators=[Required(), at_most(255)])
    stage = SelectField()


@pages.get("/journey/touches/goals")
def page() -> ResponseReturnValue:
    return _show(_form())


@pages.post("/journey/touches/goals")
def save() -> ResponseReturnValue:
    """Try the goal out, or set it."""
    form = _form()
    if not form.validate():
        return _show(form, 422)
    field, value, stage = MatchedBy(form.field.data), tidy(form.value.data), form.stage.data
    if request.form.get("do") != "set":
        return _show(form, trial=try_goal(session(), workspace(), field, value, stage))
    if not set_goal(workspace(), viewer().user_id, field, value, stage):
        form.value.errors = [gettext("This passage holds already.")]
        return _show(form, 422)
    flash(gettext("The passage holds. The histories of these deals are read with it now."))
    return redirect(url_for("touches_goals.page", journey=request.args.get("journey")), 303)


@pages.post("/journey/touches/goals/<public_id>/remove")
def remove(public_id: str) -> ResponseReturnValue:
    if not remove_goal(workspace(), viewer().user_id, public_id):
        abort(404)
    flash(gettext("The passage holds no more. The deals that passed by it are read without it; the touches stay."))
    return redirect(url_for("touches_goals.page"), 303)


def _form() -> GoalForm:
    form = GoalForm()
    choose(form.field, [(by.value, name_of(By(by.value))) for by in MatchedBy])
    choose(form.stage, [(one.key, one.name.in_language(language())) for one in workspace().journey.stages[1:]])
    return form


def _show(form: GoalForm, status: int = 200, trial: Trial | None = None) -> ResponseReturnValue:
    words = sorted({word for by in MatchedBy for word in words_of_touches(session(), By(by.value))}, key=str.casefold)
    goals = goal_lines(session(), workspace())
    page_ = render_template(
        "touch_goals.html",
        form=form,
        goals=goals,
        trial=trial,
        words=words,
        name_of=name_of,
        journeys=workspace().journeys,
    )
    return page_, status
