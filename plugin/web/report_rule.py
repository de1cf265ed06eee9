"""Who may see whom: the leaders' decision about the reports."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from wtforms import RadioField

from plugin.rendering.forms import Form, choose
from plugin.rendering.i18n import gettext
from plugin.rendering.workspace import workspace
from plugin.services.report_rule import SalespeopleSee, decide_what_salespeople_see, salespeople_see
from plugin.web.edge import commit, session, viewer

pages = Blueprint("report_rule", __name__)


class RuleForm(Form):
    salespeople_see = RadioField()

    def offer(self) -> RuleForm:
        choose(
            self.salespeople_see,
            [
                (SalespeopleSee.NOBODY, gettext("Only themselves")),
                (SalespeopleSee.MIDDLE, gettext("Themselves, against the team’s anonymous middle")),
                (SalespeopleSee.EVERYBODY, gettext("Everybody, by name: all reports")),
            ],
        )
        return self


@pages.get("/conversion/rule")
def page() -> ResponseReturnValue:
    return render_template("report_rule.html", form=RuleForm(salespeople_see=salespeople_see(session())).offer())


@pages.post("/conversion/rule")
def save() -> ResponseReturnValue:
    form = RuleForm().offer()
    if not form.validate():
        return render_template("report_rule.html", form=form), 422
    decide_what_salespeople_see(
        session(), SalespeopleSee(form.salespeople_see.data), workspace().clock(), viewer().user_id
    )
    commit()
    flash(gettext("Saved: it holds from the next page on."))
    return redirect(url_for("report_rule.page"), 303)
