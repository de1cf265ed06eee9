"""An application of its own under ``/embed``: no cookie, no session, nothing that a browser would send by itself.

The page is the same for everybody and says nothing. The launch token stands in the fragment of its address, which no
server and no log ever sees; the page gives it back for what it may show, and gets a page token that it keeps in memory.
"""

from __future__ import annotations

from types import TracebackType

from flask import Flask, Response, current_app, g, request
from werkzeug.exceptions import HTTPException

from plugin.embed import card, deal, edge, kit, log, shell
from plugin.rendering import jinja, static_files
from plugin.rendering.defects import log_defect
from plugin.services.workspace import Workspace

MOST_BYTES = 250_000
BLUEPRINTS = (shell, deal, log, kit, card)


class Panel(Flask):
    def log_exception(self, exc_info: tuple[type, BaseException, TracebackType] | tuple[None, None, None]) -> None:
        """Flask would log the exception's own text, which may quote what a person typed."""
        if exc_info[1] is not None:
            log_defect(exc_info[1])


def create_panel(workspace: Workspace, https: bool, address: str = "") -> Flask:
    """``https``: we are reached by HTTPS only; ``address`` is what we are called by from outside."""
    app = Panel(__name__.rpartition(".")[0], static_folder=static_files.FOLDER)
    app.config.from_mapping(HTTPS=https, ADDRESS=address, MAX_CONTENT_LENGTH=MOST_BYTES, WTF_CSRF_ENABLED=False)
    app.config.from_mapping(SECRET_KEY=workspace.secret, WTF_I18N_ENABLED=False)
    app.extensions["parcours"] = workspace
    jinja.install(app)
    edge.install(app)
    for module in BLUEPRINTS:
        app.register_blueprint(module.pages)
    app.register_error_handler(HTTPException, _said)
    app.after_request(_headers)
    return app


def _said(error: HTTPException) -> tuple[str, int]:
    """The page knows what a status means; nobody reads these."""
    return "", error.code or 500


def _headers(response: Response) -> Response:
    headers = response.headers
    policy = g.get("policy") or "default-src 'none'; frame-ancestors 'none'"
    headers["Content-Security-Policy"] = policy
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Referrer-Policy"] = "no-referrer"
    headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=()"
    if request.endpoint != "static" and "Cache-Control" not in headers:
        headers["Cache-Control"] = "no-store"
    if current_app.config["HTTPS"]:
        headers["Strict-Transport-Security"] = "max-age=63072000; includeSubDomains"
    return response
