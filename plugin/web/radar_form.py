"""What the radar is narrowed to: a form in the address. A filter that makes no sense is left out."""

from __future__ import annotations

from flask import request
from wtforms import SelectField

from plugin.domain.alert import Alert
from plugin.rendering.forms import QueryForm, choose
from plugin.rendering.i18n import gettext, ngettext
from plugin.rendering.wording import persona_name, stage_name
from plugin.rendering.workspace import workspace
from plugin.services.radar import RadarQuestion
from plugin.store.queries.questions import Choices
from plugin.web.edge import session, viewer

LEAST_DAYS = (14, 30, 60, 90, 180)
ALERTS = {alert.name.lower(): alert for alert in Alert}


class RadarForm(QueryForm):
    alert = SelectField(default="")
    stage = SelectField(default="")
    owner = SelectField(default="")
    persona = SelectField(default="")
    days = SelectField(default="")

    def offer(self, found: Choices) -> RadarForm:
        every = ("", gettext("All"))
        choose(self.alert, [every, *((name, name) for name in ALERTS)])
        choose(
            self.stage,
            [("", gettext("Every stage")), *((one.key, stage_name(one.key)) for one in workspace().journey.stages)],
        )
        choose(self.owner, [every, *((name, name) for name in found.owners)])
        choose(self.persona, [every, *((key, persona_name(key)) for key in found.personas)])
        choose(self.days, [("", gettext("Any time")), *((str(number), _at_least(number)) for number in LEAST_DAYS)])
        return self

    def question(self) -> RadarQuestion:
        asked = self.asked()
        return RadarQuestion(
            alert=ALERTS.get(asked.get("alert", "")),
            stage=asked.get("stage"),
            owner=asked.get("owner"),
            persona=asked.get("persona"),
            least_days=int(asked.get("days", 0)),
        )

    def asked(self) -> dict[str, str]:
        """What was asked and can be, for an address."""
        self.validate()
        return {field.name: field.data for field in self if field.data and not field.errors}


def radar_form() -> RadarForm:
    """The form as this request's address fills it. Whoever sees only their own deals is not asked whose."""
    form = RadarForm(request.args).offer(workspace().cohorts.view(session()).choices(session()))
    if not viewer().sees_all:
        del form.owner
    return form


def page_number() -> int:
    """The page that the address names; the first where it names none."""
    text = request.args.get("page", "1")
    return max(int(text), 1) if text.isascii() and text.isdecimal() and len(text) < 7 else 1


def _at_least(number: int) -> str:
    return ngettext("At least %(num)s day", "At least %(num)s days", number)
