"""The Flask application: settings, the request's edge, and a blueprint for each noun."""

from __future__ import annotations

from datetime import timedelta
from types import TracebackType

from flask import Flask
from flask_wtf.csrf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

from plugin.rendering import jinja, static_files
from plugin.rendering.defects import log_defect
from plugin.services.accounts import ABSOLUTE
from plugin.services.deck_pdf import pdf_available
from plugin.services.workspace import Workspace
from plugin.web import (
    access,
    account,
    action_files,
    actions,
    audit,
    brand,
    canvas,
    connections,
    conversion,
    csv_files,
    deals,
    edge,
    exports,
    failures,
    first_deals,
    first_steps,
    follow_ups,
    headers,
    hooks,
    improvements,
    incoming,
    journey_map,
    journey_versions,
    journeys,
    log,
    map_notes,
    meeting_effects,
    meetings,
    movement,
    my_day,
    objectives,
    own_figures,
    personas,
    plan,
    privacy,
    radar,
    radar_files,
    recap_public,
    recaps,
    report_files,
    report_rule,
    retention,
    saved_views,
    sign_in,
    stage_map,
    team,
    template_editor,
    touch_files,
    touch_goals,
    touches,
    touchpoints,
    weekly,
)

COOKIE = "parcours"
BLUEPRINTS = (
    *(my_day, deals, meetings, log, follow_ups, plan, recaps, recap_public),
    *(conversion, movement, meeting_effects, report_files),
    *(saved_views, own_figures, report_rule, hooks),
    *(radar, radar_files),
    *(personas, canvas),
    *(journey_map, stage_map, map_notes, improvements, touchpoints),
    *(objectives, actions, action_files, weekly),
    *(touches, touch_files, touch_goals),
    *(journeys, journey_versions),
    *(template_editor, brand, exports, connections, account, sign_in),
    *(privacy, retention, audit),
    *(first_steps, team, csv_files),
)
STATIC_FOR = timedelta(days=365)


class Site(Flask):
    def log_exception(self, exc_info: tuple[type, BaseException, TracebackType] | tuple[None, None, None]) -> None:
        """Flask would log the exception's own text, which may quote what a person typed."""
        if exc_info[1] is not None:
            log_defect(exc_info[1])


def create_app(workspace: Workspace, https: bool, address: str = "") -> Flask:
    """The pages of a workspace. ``https``: a proxy that speaks HTTPS stands in front of us, ``address`` is what it is
    called by."""
    app = Site(__name__.rpartition(".")[0], static_folder=static_files.FOLDER)
    app.config.from_mapping(_settings(workspace, https), ADDRESS=address)
    app.extensions["parcours"] = workspace
    jinja.install(app)
    app.jinja_env.globals.update(pdf_available=pdf_available, print_size=exports.print_size)
    # Before access is looked at: the order of these lines is the order in which a request meets them.
    for part in (incoming, headers, failures, edge, access, first_deals):
        part.install(app)
    protection = CSRFProtect(app)
    protection.exempt(log.save)
    protection.exempt(recap_public.answer)
    protection.exempt(hooks.receive)
    for module in BLUEPRINTS:
        app.register_blueprint(module.pages)
    if https:
        # One proxy, ours: it tells the address of who asks. Host and scheme are never taken from a header.
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1, x_proto=0)  # type: ignore[method-assign]
    return app


def _settings(workspace: Workspace, https: bool) -> dict[str, object]:
    return {
        "SECRET_KEY": workspace.secret,
        "HTTPS": https,
        "SESSION_COOKIE_NAME": f"__Host-{COOKIE}" if https else COOKIE,
        "SESSION_COOKIE_SECURE": https,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_REFRESH_EACH_REQUEST": False,
        "PERMANENT_SESSION_LIFETIME": ABSOLUTE,
        "MAX_CONTENT_LENGTH": 1_000_000,
        "SEND_FILE_MAX_AGE_DEFAULT": STATIC_FOR,
        # A form may lie open over lunch; its token lives as long as the session.
        "WTF_CSRF_TIME_LIMIT": None,
        # WTForms brings its own French; ours is for our own messages.
        "WTF_I18N_ENABLED": False,
        # Behind a proxy our own scheme is http: the token and SameSite do the work.
        "WTF_CSRF_SSL_STRICT": False,
    }
