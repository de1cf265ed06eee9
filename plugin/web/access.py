"""Who may open what: one table, looked at before every view. What is not in the table is closed to everybody."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Flask, abort, redirect, request, url_for
from flask.typing import ResponseReturnValue

from plugin.services.report_rule import LEADING, report_readers
from plugin.services.viewer import SELLING, Role
from plugin.web.edge import SAFE_METHODS, asker, session

PUBLIC: frozenset[Role] = frozenset()
EVERYBODY = frozenset(Role)
SELLERS = SELLING
LEADERS = LEADING
DECIDERS = frozenset({Role.MANAGER, Role.ADMIN})
ADMINS = frozenset({Role.ADMIN})

# Where typing goes: an expired session must not lose it, so these views look at who asks themselves.
KEEPS_TYPING = frozenset({"log.save", "log.draft", "log.continue_"})

# The team's reports: salespeople read them too where the leaders decided so.
REPORTS = frozenset(
    {
        "conversion.page",
        "conversion.stage_page",
        "conversion.behind",
        "conversion.behind_as_csv",
        "conversion_movement.flow_page",
        "conversion_movement.months_page",
        "conversion_movement.now_page",
        "conversion_movement.now_deals",
        "conversion_meetings.page",
        "radar.returns",
        "radar.returned",
        "radar.moments",
        "radar.met",
        "radar_files.returns",
        "radar_files.returned",
        "radar_files.moments",
        "radar_files.met",
        "conversion_files.table_as_csv",
        "conversion_files.pdf",
        "saved_views.open_",
        "saved_views.save",
        "saved_views.forget",
    }
)

TOUCHES = (
    *("touches.page", "touches.deals", "touches_files.page", "touches_files.look", "touches_files.import_"),
    *("touches_files.undo", "touches_goals.page", "touches_goals.save", "touches_goals.remove"),
)

# The journeys: what is in use, edited, published and taken back.
JOURNEYS = frozenset(
    {
        "journeys.index",
        "journeys.start",
        "journeys.import_",
        "journeys.follow_",
        "journeys.page",
        "journeys.save",
        "journeys.preview_",
        "journeys.put_in_use_",
        "journey_versions.go_back",
        "journeys.make_main_",
        "journeys.take_out_",
        "journeys.write",
        "journeys.discard",
        "journey_versions.compare",
        "journey_versions.export",
    }
)

ACCESS: Mapping[str, frozenset[Role]] = {
    "static": PUBLIC,
    "sign_in.page": PUBLIC,
    "sign_in.enter": PUBLIC,
    "sign_in.enter_demo": PUBLIC,
    "sign_in.leave": EVERYBODY,
    "my_day.page": EVERYBODY,
    "radar.page": EVERYBODY,
    "radar_files.deals": EVERYBODY,
    "deals.table": EVERYBODY,
    "deals.page": EVERYBODY,
    "deals.retry": SELLERS,
    "meetings.page": EVERYBODY,
    "meetings.prepare": EVERYBODY,
    "meetings.present": EVERYBODY,
    "meetings.converse": SELLERS,
    "meetings.choose": SELLERS,
    "meetings.picture": EVERYBODY,
    "follow_ups.settle": SELLERS,
    "plan.page": EVERYBODY,
    "plan.add": SELLERS,
    "plan.change": SELLERS,
    "recaps.page": SELLERS,
    "recaps.send": SELLERS,
    "recaps.revoke": SELLERS,
    "recap_public.page": PUBLIC,
    "recap_public.answer": PUBLIC,
    "log.form": SELLERS,
    "log.save": SELLERS,
    "log.draft": SELLERS,
    "log.discard": SELLERS,
    "log.continue_": SELLERS,
    **dict.fromkeys(REPORTS, LEADERS),
    "conversion_meetings.begin": LEADERS,
    "conversion_meetings.stop": LEADERS,
    "own_figures.page": SELLERS,
    "report_rule.page": DECIDERS,
    "report_rule.save": DECIDERS,
    "exports.pptx": EVERYBODY,
    "exports.pdf": EVERYBODY,
    "template_editor.index": LEADERS,
    "template_editor.page": LEADERS,
    "template_editor.save": LEADERS,
    "template_editor.put_in_use": LEADERS,
    "template_editor.go_back": LEADERS,
    "template_editor.discard": LEADERS,
    "template_editor.copy": LEADERS,
    "template_editor.compare": LEADERS,
    "template_editor.preview": LEADERS,
    "template_editor.pictures": LEADERS,
    "template_editor.draft_picture": LEADERS,
    "template_editor.export": LEADERS,
    "template_editor.import_": LEADERS,
    **dict.fromkeys(JOURNEYS, LEADERS),
    "brand.page": LEADERS,
    "brand.save": LEADERS,
    "brand.save_logo": LEADERS,
    "brand.style": EVERYBODY,
    "brand.logo": EVERYBODY,
    "personas.index": LEADERS,
    "personas.new": LEADERS,
    "personas.add": LEADERS,
    "personas.page": LEADERS,
    "personas.save": LEADERS,
    "personas.up": LEADERS,
    "personas.remove": LEADERS,
    "personas.export": LEADERS,
    "personas.import_": LEADERS,
    "personas.choose": SELLERS,
    "canvas.page": EVERYBODY,
    "canvas.write": LEADERS,
    "objectives.page": EVERYBODY,
    "objectives.goal": LEADERS,
    "objectives.save_goal": LEADERS,
    "objectives.new": LEADERS,
    "objectives.add": LEADERS,
    "objectives.objective": EVERYBODY,
    "objectives.change": LEADERS,
    "objectives.remove": LEADERS,
    "actions.ranked": EVERYBODY,
    "actions.board": EVERYBODY,
    "actions.calendar": EVERYBODY,
    "actions.worth": EVERYBODY,
    "actions.new": LEADERS,
    "actions.add": LEADERS,
    "actions.action": EVERYBODY,
    "actions.change": LEADERS,
    "actions.remove": LEADERS,
    "actions.status": EVERYBODY,
    "actions.answer": EVERYBODY,
    "action_files.table": EVERYBODY,
    "action_files.calendar": EVERYBODY,
    "weekly.page": EVERYBODY,
    "weekly.readers": LEADERS,
    "weekly.send": LEADERS,
    **dict.fromkeys(TOUCHES, LEADERS),
    "hooks.receive": PUBLIC,
    "journey_map.page": EVERYBODY,
    "journey_stage.page": EVERYBODY,
    "journey_stage.behind_": EVERYBODY,
    "journey_notes.add": LEADERS,
    "journey_notes.page": LEADERS,
    "journey_notes.correct": LEADERS,
    "journey_notes.withdraw": LEADERS,
    "journey_improvements.decide": LEADERS,
    "journey_improvements.page": EVERYBODY,
    "journey_improvements.evaluate": EVERYBODY,
    "journey_improvements.change": EVERYBODY,
    "journey_touchpoints.page": EVERYBODY,
    "journey_touchpoints.add": LEADERS,
    "journey_touchpoints.start": LEADERS,
    "journey_touchpoints.change": LEADERS,
    "connections.page": ADMINS,
    "connections_csv.page": ADMINS,
    "connections_csv.send": ADMINS,
    "connections_csv.sample": ADMINS,
    "connections.connect_hubspot": ADMINS,
    "connections.connect_odoo_": ADMINS,
    "connections.add_on": ADMINS,
    "connections.authorize": ADMINS,
    "connections.callback": ADMINS,
    "connections.stages": ADMINS,
    "connections.map_": ADMINS,
    "connections.follow_": ADMINS,
    "connections.pause_": ADMINS,
    "connections.disconnect_": ADMINS,
    "connections.retry": ADMINS,
    "privacy.page": DECIDERS,
    "privacy.decide": ADMINS,
    "privacy.person": DECIDERS,
    "privacy.note_basis_": DECIDERS,
    "privacy.export": DECIDERS,
    "privacy.confirm": ADMINS,
    "privacy.erase": ADMINS,
    "retention.page": DECIDERS,
    "retention.save": ADMINS,
    "retention.run": ADMINS,
    "audit.page": DECIDERS,
    "audit.csv": DECIDERS,
    "first_steps.page": EVERYBODY,
    "team.page": ADMINS,
    "team.add": ADMINS,
    "team.role": ADMINS,
    "team.password": ADMINS,
    "team.close": ADMINS,
    "team.open_": ADMINS,
    "account.page": EVERYBODY,
    "account.save_preferences": EVERYBODY,
    "account.save_password": EVERYBODY,
    "account.end_session": EVERYBODY,
    "account.end_sessions": EVERYBODY,
    "account.make_token_": EVERYBODY,
    "account.revoke_token_": EVERYBODY,
}


def may_open(role: Role, endpoint: str) -> bool:
    """Whether the role opens it; of the reports, also whether the leaders let it."""
    return role in ACCESS.get(endpoint, frozenset()) or (endpoint in REPORTS and role in report_readers(session()))


def is_public(endpoint: str) -> bool:
    return ACCESS.get(endpoint) == PUBLIC


def install(app: Flask) -> None:
    app.before_request(_check)
    app.jinja_env.globals["may_open"] = may_open


def _check() -> ResponseReturnValue | None:
    endpoint = request.endpoint
    if endpoint is None or is_public(endpoint):
        return None
    signed_in = asker().signed_in
    if signed_in is None:
        return None if endpoint in KEEPS_TYPING and asker().expired else sign_in_first()
    if not may_open(signed_in.viewer.role, endpoint):
        abort(403)
    return None


def sign_in_first() -> ResponseReturnValue:
    """To the sign-in page, and from there back to where the person wanted to go."""
    wanted = request.full_path.rstrip("?") if request.method in SAFE_METHODS else None
    return redirect(url_for("sign_in.page", next=None if wanted == "/" else wanted), 303)
