"""Actions: ranked, on a board, in a calendar, by what they are worth; made and changed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from plugin.domain.action import ActionStatus
from plugin.domain.action_worth import MUCH, Advice
from plugin.rendering.i18n import gettext
from plugin.rendering.plan_words import action_status
from plugin.rendering.workspace import workspace
from plugin.services.action_worth import worth_of_actions
from plugin.services.actions import (
    MOST_ACTIONS,
    RankedAction,
    TooMany,
    add_action,
    change_action,
    last_year,
    leaks,
    may_move,
    ranked_actions,
    remove_action,
    set_status,
)
from plugin.services.objectives import ChangedMeanwhile
from plugin.services.reminders import Answer, answer_reminder, own_actions
from plugin.store.queries.actions import EVERYTHING, ActionLine, Filters, actions_of, find_action, usual_currency
from plugin.web.action_forms import ActionForm, FilterForm, filled_with, filter_form
from plugin.web.edge import session, viewer
from plugin.web.month_grid import Month
from plugin.web.objective_forms import number_in, refreshed
from plugin.web.plan import today

pages = Blueprint("actions", __name__)

# Where a button that moves an action leads back to.
BACK = {"board": "actions.board", "ranked": "actions.ranked", "day": "my_day.page", "calendar": "actions.calendar"}
# Where an action can go from each column of the board: the way on comes first.
MOVES = {
    ActionStatus.IDEA: (ActionStatus.PLANNED, ActionStatus.STOPPED),
    ActionStatus.PLANNED: (ActionStatus.DOING, ActionStatus.IDEA, ActionStatus.STOPPED),
    ActionStatus.DOING: (ActionStatus.DONE, ActionStatus.PLANNED, ActionStatus.STOPPED),
    ActionStatus.DONE: (ActionStatus.DOING,),
    ActionStatus.STOPPED: (ActionStatus.IDEA,),
}


@pages.get("/plan/actions")
def ranked() -> ResponseReturnValue:
    form = filter_form()
    found = ranked_actions(session(), workspace(), form.question(), form.filters()) if form.validate() else ()
    mine = own_actions(_all(), viewer(), today())
    return _show("actions_ranked.html", form, ranked=found, mine=mine, costs=_costs(found), any_at_all=bool(_all()))


@pages.get("/plan/actions/board")
def board() -> ResponseReturnValue:
    form = filter_form()
    columns = _by_status(_all(form.filters() if form.validate() else EVERYTHING))
    return _show("actions_board.html", form, columns=columns, moves=MOVES, any_at_all=bool(_all()))


@pages.get("/plan/actions/calendar")
def calendar() -> ResponseReturnValue:
    form, month = filter_form(), Month.named(request.args.get("month", "")) or Month.of(today())
    found = _all(form.filters() if form.validate() else EVERYTHING)
    days: defaultdict[date, list[ActionLine]] = defaultdict(list)
    for one in found:
        if one.due_on:
            days[one.due_on].append(one)
    relative = [one for one in found if one.window and one.unfinished]
    undated = [one for one in found if one.window is None and one.due_on is None and one.unfinished]
    coming = min((day for day in days if day >= month.following.first), default=None)
    return _show(
        "actions_calendar.html", form, month=month, days=days, relative=relative, undated=undated, coming=coming
    )


@pages.get("/plan/actions/worth")
def worth() -> ResponseReturnValue:
    form = filter_form()
    found = worth_of_actions(session(), workspace(), form.question(), form.filters()) if form.validate() else ()
    placed: defaultdict[Advice, list[Any]] = defaultdict(list)
    for one in found:
        if one.worth:
            placed[one.worth.advice].append(one)
    untraced = [one.action for one in found if one.worth is None]
    return _show("actions_worth.html", form, placed=placed, untraced=untraced, advice=Advice, much=MUCH)


@pages.get("/plan/actions/new")
def new() -> ResponseReturnValue:
    stage = request.args.get("stage", "")
    form = ActionForm(
        stage=stage if stage in workspace().journey else None,
        owner=str(viewer().user_id),
        currency=usual_currency(session()),
    )
    return _show_form(form.offer())


@pages.post("/plan/actions/new")
def add() -> ResponseReturnValue:
    form = ActionForm().offer()
    if not form.validate():
        return _show_form(form, status=422)
    try:
        add_action(session(), workspace(), viewer(), form.wanted())
    except TooMany:
        form.title.errors = [
            gettext("There are %(most)s actions already: take away what nobody follows.", most=MOST_ACTIONS)
        ]
        return _show_form(form, status=409)
    flash(gettext("The action is in the plan."))
    return redirect(url_for("actions.ranked"), 303)


@pages.get("/plan/actions/<public_id>")
def action(public_id: str) -> ResponseReturnValue:
    found = _action(public_id)
    return _show_form(filled_with(found), found)


@pages.post("/plan/actions/<public_id>")
def change(public_id: str) -> ResponseReturnValue:
    found = _action(public_id)
    form = ActionForm().offer(found)
    if not form.validate():
        return _show_form(form, found, 422)
    try:
        change_action(session(), workspace(), viewer(), found, form.wanted(), number_in(form.revision))
    except ChangedMeanwhile:
        return _show_form(refreshed(form, found, form.title), found, 409)
    flash(gettext("The action is saved."))
    return redirect(url_for("actions.ranked"), 303)


@pages.post("/plan/actions/<public_id>/remove")
def remove(public_id: str) -> ResponseReturnValue:
    remove_action(session(), workspace(), viewer(), _action(public_id))
    flash(gettext("The action is taken away."))
    return redirect(url_for("actions.ranked"), 303)


@pages.post("/plan/actions/<public_id>/status")
def status(public_id: str) -> ResponseReturnValue:
    """Leaders move every action; a salesperson their own."""
    try:
        wanted = ActionStatus(request.form.get("status", ""))
    except ValueError:
        abort(404)
    if not set_status(session(), workspace(), viewer(), public_id, wanted):
        abort(404)
    flash(gettext("“%(title)s” is now in %(column)s.", title=_action(public_id).title, column=action_status(wanted)))
    back = BACK.get(request.form.get("back", ""), "actions.board")
    return redirect(url_for(back, **_asked() if back != "my_day.page" else {}), 303)


@pages.post("/plan/actions/<public_id>/deals/<deal>")
def answer(public_id: str, deal: str) -> ResponseReturnValue:
    """A reminder: done for this deal, or not to be done."""
    try:
        told = Answer(request.form.get("answer", ""))
    except ValueError:
        abort(404)
    if not answer_reminder(session(), workspace(), viewer(), public_id, deal, told):
        abort(404)
    return redirect(url_for("my_day.page"), 303)


def _asked() -> dict[str, Any]:
    """The filters that a board was moved under."""
    return {name: text for name in ("team", "persona", "stage") if (text := request.form.get(name))}


def _all(filters: Filters = EVERYTHING) -> list[ActionLine]:
    return [one for one in actions_of(session(), workspace().journey.key) if filters.takes(one)]


def _costs(found: Iterable[RankedAction]) -> list[tuple[Decimal, str | None]]:
    """The sum of each currency, the largest first: currencies are never added up."""
    sums: defaultdict[str | None, Decimal] = defaultdict(Decimal)
    for one in found:
        if one.action.cost is not None:
            sums[one.action.currency] += one.action.cost
    return sorted(((amount, currency) for currency, amount in sums.items()), key=lambda one: (-one[0], one[1] or ""))


def _by_status(actions: list[ActionLine]) -> dict[ActionStatus, list[ActionLine]]:
    return {status: [one for one in actions if one.status is status] for status in ActionStatus}


def _action(public_id: str) -> ActionLine:
    found = find_action(session(), workspace().journey.key, public_id)
    if found is None:
        abort(404)
    return found


def _show(template: str, form: FilterForm, **values: Any) -> ResponseReturnValue:
    page = render_template(
        template, form=form, asked=form.asked(), today=today(), may_move=lambda one: may_move(viewer(), one), **values
    )
    return page, 422 if form.errors else 200


def _show_form(form: ActionForm, found: ActionLine | None = None, status: int = 200) -> ResponseReturnValue:
    page = render_template("action.html", form=form, action=found, leak=_leak(found) if found else None, today=today())
    return page, status


def _leak(found: ActionLine) -> Any:
    return leaks(session(), workspace(), last_year(workspace())).get(found.stage)
