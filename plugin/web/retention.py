"""How long what is kept: rules, each with what it would do now, and the run."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from wtforms import BooleanField, FormField, IntegerField, ValidationError
from wtforms import Form as PlainForm

from plugin.domain.retention import LEAST_MONTHS, MOST_MONTHS, Kept
from plugin.rendering.forms import Form, Required
from plugin.rendering.i18n import gettext, ngettext
from plugin.rendering.workspace import workspace
from plugin.services.retention import RuleLine, decide_rule, rules, run_retention
from plugin.store.queries.accounts import admins
from plugin.web.edge import commit, session, viewer

pages = Blueprint("retention", __name__, url_prefix="/privacy/retention")


class RuleForm(PlainForm):
    active = BooleanField()
    months = IntegerField()

    def validate_months(self, field: IntegerField) -> None:
        """What is no number at all is told like one that is too large."""
        if field.data is None or not LEAST_MONTHS <= field.data <= MOST_MONTHS:
            field.errors = []
            raise ValidationError(
                gettext("Choose from %(least)s to %(most)s months.", least=LEAST_MONTHS, most=MOST_MONTHS)
            )


class _RulesForm(Form):
    """A rule for each of what is kept."""


RulesForm = type("RulesForm", (_RulesForm,), {what.value: FormField(RuleForm) for what in Kept})


class RunForm(Form):
    sure = BooleanField(validators=[Required()])


@pages.get("")
def page() -> ResponseReturnValue:
    found = rules(session(), workspace().clock())
    return _show(found, RulesForm(None, **{one.what.value: one for one in found}), RunForm(None))


@pages.post("")
def save() -> ResponseReturnValue:
    form = RulesForm()
    if not form.validate():
        return _show(rules(session(), workspace().clock()), form, RunForm(None), 422)
    for what in Kept:
        chosen = form[what.value].form
        decide_rule(session(), what, chosen.months.data, chosen.active.data, viewer().user_id, workspace().clock())
    flash(gettext("Saved. Nothing has gone yet: the worker runs the rules once a day, or you do it now."))
    return redirect(url_for("retention.page"), 303)


@pages.post("/run")
def run() -> ResponseReturnValue:
    form = RunForm()
    if not form.validate():
        found = rules(session(), workspace().clock())
        return _show(found, RulesForm(None, **{one.what.value: one for one in found}), form, 422)
    # Batches are transactions of their own.
    commit()
    went = sum(run_retention(workspace(), viewer().user_id).values())
    flash(ngettext("Done: %(num)s entry went.", "Done: %(num)s entries went.", went))
    return redirect(url_for("retention.page"), 303)


def _show(found: tuple[RuleLine, ...], form: Form, run_form: RunForm, status: int = 200) -> ResponseReturnValue:
    return render_template(
        "retention.html", rules=found, form=form, run_form=run_form, admins=[one.name for one in admins(session())]
    ), status
