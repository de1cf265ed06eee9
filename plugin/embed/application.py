"""An application of its own under ``/embed``: no cookie, no session, nothing that a browser would send by itself.

The page is the same for everybody and says nothing. The launch token stands in the fragment of its address, which no
server and no log ever sees; the page gives it back for what it may show.
"""

from __future__ import annotations

from flask import Blueprint, Flask, Response, abort, current_app, g, render_template, request
from flask.typing import ResponseReturnValue
from jinja2 import StrictUndefined

from plugin.domain.journey import Text
from plugin.services.launch import LaunchRefused, framed_by, redeem
from plugin.services.readings import read_deals
from plugin.services.workspace import Workspace
from plugin.store.queries.deals import find_deal_of_crm

pages = Blueprint("panel", __name__)

POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'"
WORDS = {
    "refused": Text(
        "This panel can't be opened: open the record anew. If it stays so, an administrator should look at the "
        "connection in Parcours.",
        "Ce panneau ne peut pas s’ouvrir : rouvrez la fiche. Si cela dure, un administrateur devrait regarder la "
        "connexion dans Parcours.",
    ),
    "unknown": Text(
        "Parcours does not know this opportunity yet: it comes with the next sync.",
        "Parcours ne connaît pas encore cette opportunité : elle arrive avec la prochaine synchronisation.",
    ),
    "stage": Text("Where the buyer stands", "Où en est l’acheteur"),
    "nowhere": Text("Not in the journey yet", "Pas encore dans le parcours"),
    "won": Text("Won", "Gagnée"),
    "lost": Text("Lost", "Perdue"),
    "open": Text("Open in Parcours", "Ouvrir dans Parcours"),
}


def create_panel(workspace: Workspace, https: bool) -> Flask:
    app = Flask(__name__.rpartition(".")[0])
    app.config.from_mapping(HTTPS=https, MAX_CONTENT_LENGTH=10_000)
    app.extensions["parcours"] = workspace
    app.jinja_env.undefined = StrictUndefined
    app.register_blueprint(pages)
    app.after_request(_headers)
    return app


@pages.get("/<connection>")
def page(connection: str) -> ResponseReturnValue:
    """The empty panel; only the CRM of this connection may frame it."""
    with _workspace().database.reading() as session:
        parent = framed_by(session, connection)
    if parent is None:
        abort(404)
    g.framed_by = parent
    language = request.accept_languages.best_match(["fr", "en"]) or "en"
    return render_template("panel.html", parent=parent, refused=WORDS["refused"].in_language(language))


@pages.post("/<connection>/open")
def open_(connection: str) -> ResponseReturnValue:
    """The deal, for a launch token. What is wrong with a token is nobody's business but ours."""
    given = request.get_json(silent=True)
    token = given.get("launch") if isinstance(given, dict) else None
    workspace = _workspace()
    try:
        with workspace.database.writing.begin() as session:
            launch = redeem(session, workspace, connection, token if isinstance(token, str) else "")
    except LaunchRefused:
        return "", 403
    with workspace.database.reading() as session:
        deal = find_deal_of_crm(session, launch.connection_id, launch.deal)
        reading = read_deals(session, workspace, [deal])[0] if deal else None
    stages = {one.key: one.name for one in workspace.journey.stages}
    words = {key: text.in_language(launch.language) for key, text in WORDS.items()}
    names = {key: name.in_language(launch.language) for key, name in stages.items()}
    return render_template("deal.html", reading=reading, words=words, stages=names, launch=launch)


def _workspace() -> Workspace:
    found: Workspace = current_app.extensions["parcours"]
    return found


def _headers(response: Response) -> Response:
    headers = response.headers
    headers["Content-Security-Policy"] = f"{POLICY}; frame-ancestors {g.get('framed_by') or chr(39) + 'none' + chr(39)}"
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Referrer-Policy"] = "no-referrer"
    headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=()"
    if request.endpoint != "static":
        headers["Cache-Control"] = "no-store"
    if current_app.config["HTTPS"]:
        headers["Strict-Transport-Security"] = "max-age=63072000; includeSubDomains"
    return response
