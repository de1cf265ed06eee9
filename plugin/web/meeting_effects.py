"""Which meetings help, and fair trials of two versions for those who want cause."""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import DecimalField, SelectField
from wtforms.validators import NumberRange

from plugin.domain.trial import deals_per_arm
from plugin.rendering.formats import days
from plugin.rendering.forms import Form, Required, choose
from plugin.rendering.i18n import gettext
from plugin.rendering.workspace import workspace
from plugin.services.effectiveness import meeting_effects
from plugin.services.template_drafts import version_uses
from plugin.services.trials import TrialRefused, begin_trial, stop_trial, trials
from plugin.web.curve_picture import axis_for, draw
from plugin.web.edge import commit, rollback, session, viewer
from plugin.web.question_form import HORIZONS, asked_stage, question_form

pages = Blueprint("conversion_meetings", __name__)


class TrialForm(Form):
    """Shares are typed in percent; the difference in percentage points."""

    template = SelectField(validators=[Required()])
    version_a = SelectField(validators=[Required()])
    version_b = SelectField(validators=[Required()])
    baseline = DecimalField(validators=[Required(), NumberRange(1, 95)], places=None)
    difference = DecimalField(validators=[Required(), NumberRange(1, 90)], places=None)
    horizon = SelectField(default="60")

    def offer(self, template: str) -> TrialForm:
        titles = {key: one.in_language("en").title for key, one in workspace().library.meetings.items()}
        choose(self.template, list(titles.items()))
        versions = [(one.version, one.version) for one in version_uses(session(), workspace(), template)]
        choose(self.version_a, versions)
        choose(self.version_b, versions)
        choose(self.horizon, [(str(number), days(number)) for number in HORIZONS])
        return self

    @property
    def shares(self) -> tuple[float, float]:
        """The baseline, and the difference that would still be a share."""
        baseline = float(self.baseline.data or 0) / 100
        return baseline, min(float(self.difference.data or 0) / 100, 0.99 - baseline)


@pages.get("/conversion/meetings")
def page() -> ResponseReturnValue:
    form = question_form()
    stage = asked_stage() or abort(404)
    if not form.validate():
        return render_template("meeting_effects.html", form=form, stage=stage, report=None, asked=form.asked()), 422
    return _show(stage, None)


@pages.post("/conversion/meetings/trials")
def begin() -> ResponseReturnValue:
    """Work out how many deals it takes; with ``begin`` also begin."""
    template = request.form.get("template", "")
    if template not in workspace().library.meetings:
        abort(404)
    form = TrialForm().offer(template)
    stage = workspace().library.meetings[template].stage
    if not form.validate():
        return _show(stage, form), 422
    if "begin" not in request.form:
        return _show(stage, form, deals_per_arm(*form.shares))
    versions = (form.version_a.data, form.version_b.data)
    try:
        begin_trial(session(), workspace(), viewer(), template, versions, *form.shares, int(form.horizon.data))
    except TrialRefused as refused:
        rollback()
        form.version_b.errors = [_refusal(refused.reason)]
        return _show(stage, form), 409
    commit()
    flash(gettext("The trial has begun: chance gives out both versions from now on."))
    return redirect(url_for("conversion_meetings.page", stage=stage), 303)


@pages.post("/conversion/meetings/trials/<public_id>/stop")
def stop(public_id: str) -> ResponseReturnValue:
    if not stop_trial(session(), workspace(), public_id):
        abort(404)
    commit()
    flash(gettext("The trial is stopped. It has no result."))
    return redirect(url_for("conversion_meetings.page", stage=request.form.get("stage") or None), 303)


def _show(stage: str, trial: TrialForm | None, needed: int | None = None) -> str:
    form = question_form()
    form.validate()
    journey = workspace().journey
    meetings = workspace().library.meetings
    templates = [key for key, one in meetings.items() if journey.mirrored_by(key, one.stage) == stage]
    if trial is None and templates:
        trial = TrialForm(None, template=templates[0]).offer(templates[0])
    report = meeting_effects(session(), workspace(), form.question(), stage)
    drawn = [one for one in report.versions if one.curves.advanced and one.version]
    return render_template(
        "meeting_effects.html",
        form=form,
        asked=form.asked(),
        stage=stage,
        report=report,
        axis=axis_for([one.curves for one in drawn]),
        drawn=drawn,
        draw=draw,
        trial=trial,
        needed=needed,
        trials=[one for template in templates for one in trials(session(), workspace(), template)],
    )


def _refusal(reason: str) -> str:
    return {
        "same": gettext("Choose two different versions."),
        "unknown": gettext("Nobody has kept this version: choose another one."),
        "running": gettext("Another trial of this meeting is running: stop it, or wait for its end."),
        "large": gettext("So small a difference would take more than 100,000 deals: look for a larger one."),
    }[reason]
