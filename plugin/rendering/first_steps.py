"""The first steps in words: what each is for, where it is done, and by whom."""

from __future__ import annotations

from dataclasses import dataclass

from plugin.rendering.i18n import gettext
from plugin.services.first_steps import Step


@dataclass(frozen=True, slots=True)
class Guide:
    """``page`` shows the step's subject; ``doing`` must be open to who takes it, and ``who`` says who that is."""

    step: Step
    title: str
    purpose: str
    link: str
    page: str
    doing: str
    who: str


def guide() -> tuple[Guide, ...]:
    """In the order in which they are to be taken."""
    leaders = gettext("A marketer, a manager or an administrator does it.")
    return (
        Guide(
            Step.DEALS,
            gettext("Bring your deals in"),
            gettext("Every figure is counted from them: which stage each deal was in, and since when."),
            gettext("Go to Connections"),
            "connections.page",
            "connections.page",
            "",
        ),
        Guide(
            Step.PERSONAS,
            gettext("Describe your personas"),
            gettext("Who buys from you, what they want and what holds them back: meetings and figures go by it."),
            gettext("Describe them"),
            "personas.index",
            "personas.save",
            leaders,
        ),
        Guide(
            Step.MAP,
            gettext("Begin the map of the journey"),
            gettext("What buyers do, think and feel in each stage: one note is a beginning."),
            gettext("Open the map"),
            "journey_map.page",
            "journey_notes.add",
            leaders,
        ),
        Guide(
            Step.GOAL,
            gettext("Write the company’s goal"),
            gettext("What all teams work towards this year, in one sentence."),
            gettext("Write it"),
            "objectives.goal",
            "objectives.save_goal",
            leaders,
        ),
        Guide(
            Step.OBJECTIVE,
            gettext("Set a first objective"),
            gettext("How many buyers shall pass a stage, and within how many days: it belongs to all teams."),
            gettext("Choose a stage"),
            "objectives.page",
            "objectives.add",
            leaders,
        ),
        Guide(
            Step.ACTION,
            gettext("Add a first action"),
            gettext("What a team does for buyers in that stage, and who looks after it."),
            gettext("Go to the actions"),
            "actions.ranked",
            "actions.add",
            leaders,
        ),
        Guide(
            Step.MEETING,
            gettext("Log a first meeting"),
            gettext("What the buyer said, in their words: it fills the map and says what comes next."),
            gettext("Choose a deal"),
            "deals.table",
            "log.save",
            gettext("A salesperson, a manager or an administrator does it."),
        ),
    )
