"""Words of the plan: objectives and what may be said of them, actions and their arithmetic, which way deals moved."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from flask import Flask

from plugin.domain.action import ActionKind, ActionStatus, Team
from plugin.domain.action_rank import Leak
from plugin.domain.action_worth import Advice
from plugin.domain.objective import Progress, Verdict
from plugin.rendering.formats import MISSING, day, days, money, number, percent, weekday
from plugin.rendering.i18n import gettext, ngettext, pgettext
from plugin.rendering.wording import Words, stage_name
from plugin.services.weekly_page import RankedLeak, Way
from plugin.store.queries.actions import ActionLine
from plugin.store.queries.objectives import GoalLine, ObjectiveLine
from plugin.store.queries.wins import Wins


def team_name(key: str) -> str:
    return _say(TEAMS, key)


def action_kind(key: str) -> str:
    return _say(KINDS, key)


def action_status(key: str) -> str:
    return _say(STATUSES, key)


def advice_name(key: str) -> str:
    return _say(ADVICE, key)


def verdict_name(key: str) -> str:
    return _say(VERDICTS, key)


def way_name(key: str) -> str:
    return _say(WAYS, key)


def objective_sentence(objective: ObjectiveLine) -> str:
    return gettext(
        "%(share)s of the deals that enter pass it within %(days)s",
        share=percent(objective.target),
        days=days(objective.within_days),
    )


def verdict_sentence(found: Progress, objective: ObjectiveLine) -> str:
    """The share with its interval, and why that says what it says."""
    if found.verdict is Verdict.NOT_ENOUGH:
        return ngettext(
            "%(num)s deal has entered in the period: a share is told from ten on.",
            "%(num)s deals have entered in the period: a share is told from ten on.",
            found.row.entered,
        )
    return f"{_share(found)} {_reason(found, objective)}"


def when_words(action: ActionLine) -> str:
    """When an action is due."""
    if action.due_on:
        return day(action.due_on)
    if action.days_from is None or action.days_to is None:
        return gettext("no day yet")
    if action.days_from == action.days_to:
        return gettext("%(days)s after entering", days=days(action.days_to))
    return gettext("%(first)s to %(days)s after entering", first=number(action.days_from), days=days(action.days_to))


def distance_words(leak: Leak) -> str:
    if leak.distance == 0:
        return gettext("at the purchase act itself")
    return ngettext("%(num)s step to the purchase", "%(num)s steps to the purchase", leak.distance)


def leak_words(leak: Leak) -> str:
    return gettext(
        "%(leaked)s of %(entered)s lost or went back", leaked=number(leak.leaked), entered=number(leak.entered)
    )


def certainty_words(leak: Leak) -> str:
    sure = gettext("no interval yet")
    if leak.points is not None:
        points = round(leak.points * 100)
        sure = ngettext("±%(num)s point", "±%(num)s points", points)
    return gettext("%(deals)s, %(sure)s", deals=ngettext("%(num)s deal", "%(num)s deals", leak.entered), sure=sure)


def arithmetic_words(leak: Leak) -> list[str]:
    """What gives an action its place; where no deal has entered the stage, only how near it is."""
    return [distance_words(leak), *([leak_words(leak), certainty_words(leak)] if leak.entered else [])]


def goal_words(goal: GoalLine) -> str:
    """The goal's number, where it has one."""
    until = gettext("by %(day)s", day=day(goal.last_on)) if goal.last_on else ""
    if goal.amount is None:
        return until
    if goal.measure == "revenue":
        return gettext("%(amount)s of new business %(until)s", amount=money(goal.amount, goal.currency), until=until)
    customers = ngettext("%(num)s new customer", "%(num)s new customers", int(goal.amount))
    return f"{customers} {until}".strip()


def wins_words(won: Wins) -> str:
    """What has been won so far: deals, and their money a currency at a time."""
    deals = ngettext("%(num)s deal won", "%(num)s deals won", won.deals)
    return " · ".join([deals, *(money(amount, currency) for currency, amount in won.amounts)])


def week_leak_sentence(leak: RankedLeak) -> str:
    return gettext(
        "“%(stage)s” leaked most: %(leaked)s of the %(left)s deals that left it this week were lost or went back. "
        "Over twelve months it was %(in_year)s of %(entered)s.",
        stage=stage_name(leak.stage),
        leaked=number(leak.in_week),
        left=number(leak.left_in_week),
        in_year=number(leak.in_year),
        entered=number(leak.entered_in_year),
    )


def points(share: float | None) -> str:
    """A difference of shares in percentage points, with its sign."""
    if share is None:
        return MISSING
    whole = round(share * 100)
    return f"{whole:+d}".replace("-", "−") if whole else "0"


def stored_day(text: str) -> str:
    """A day as the history of an objective keeps it."""
    return day(date.fromisoformat(text))


def install(app: Flask) -> None:
    app.jinja_env.filters.update(points=points, stored_day=stored_day, weekday=weekday)
    for function in (
        *(team_name, action_kind, action_status, advice_name, verdict_name, way_name),
        *(objective_sentence, verdict_sentence, when_words, arithmetic_words),
        *(goal_words, wins_words, week_leak_sentence),
    ):
        app.jinja_env.globals[function.__name__] = function


def _say(words: Mapping[str, Words], key: str) -> str:
    """A key that we have no word for is shown as it is."""
    return words[key]() if key in words else key


def _share(found: Progress) -> str:
    row = found.row
    if row.low is None or row.high is None:
        return gettext("%(share)s so far.", share=percent(row.estimate))
    return gettext(
        "%(share)s so far, with 95%% certainty between %(low)s and %(high)s.",
        share=percent(row.estimate),
        low=percent(row.low),
        high=percent(row.high),
    )


def _reason(found: Progress, objective: ObjectiveLine) -> str:
    target = percent(objective.target)
    if found.verdict is Verdict.ON_TRACK:
        return gettext("All of it lies at %(target)s or above.", target=target)
    if found.verdict is Verdict.OFF_TRACK:
        return gettext("All of it lies below %(target)s.", target=target)
    if found.row.low is None:
        return gettext("Where nobody or everybody has passed, no interval can be told.")
    if found.undecided:
        return ngettext(
            "%(num)s deal is still within its time.", "%(num)s deals are still within their time.", found.undecided
        )
    return gettext("That is too wide to tell it from %(target)s: more deals will.", target=target)


TEAMS: Mapping[str, Words] = {
    Team.MARKETING: lambda: gettext("Marketing"),
    Team.SALES: lambda: gettext("Sales"),
    Team.AFTER_SALES: lambda: gettext("After-sales"),
}
KINDS: Mapping[str, Words] = {
    ActionKind.CONTENT: lambda: pgettext("action", "Content"),
    ActionKind.CAMPAIGN: lambda: pgettext("action", "Campaign"),
    ActionKind.EVENT: lambda: pgettext("action", "Event"),
    ActionKind.MEETING: lambda: pgettext("action", "Meeting"),
    ActionKind.TRAINING: lambda: pgettext("action", "Training"),
    ActionKind.TOOL: lambda: pgettext("action", "Tool"),
}
STATUSES: Mapping[str, Words] = {
    ActionStatus.IDEA: lambda: pgettext("action", "Idea"),
    ActionStatus.PLANNED: lambda: pgettext("action", "Planned"),
    ActionStatus.DOING: lambda: pgettext("action", "Doing"),
    ActionStatus.DONE: lambda: pgettext("action", "Done"),
    ActionStatus.STOPPED: lambda: pgettext("action", "Stopped"),
}
ADVICE: Mapping[str, Words] = {
    Advice.EXTEND: lambda: pgettext("advice", "Extend"),
    Advice.KEEP: lambda: pgettext("advice", "Keep"),
    Advice.IMPROVE: lambda: pgettext("advice", "Improve"),
    Advice.STOP: lambda: pgettext("advice", "Stop"),
    Advice.UNKNOWN: lambda: pgettext("advice", "Too early to say"),
}
VERDICTS: Mapping[str, Words] = {
    Verdict.ON_TRACK: lambda: gettext("On track"),
    Verdict.OFF_TRACK: lambda: gettext("Off track"),
    Verdict.TOO_EARLY: lambda: gettext("Too early to say"),
    Verdict.NOT_ENOUGH: lambda: gettext("Not enough data"),
}
WAYS: Mapping[str, Words] = {
    Way.FORWARD: lambda: pgettext("moved", "Forward"),
    Way.BACK: lambda: pgettext("moved", "Back"),
    Way.LOST: lambda: pgettext("moved", "Lost"),
    Way.WON: lambda: pgettext("moved", "Won"),
}
