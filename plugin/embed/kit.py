"""What to show, tell and ask in the next meeting, in the panel's own frame."""

from __future__ import annotations

import hashlib
import hmac

from flask import Blueprint, Response, abort, current_app, render_template, request, url_for
from flask.typing import ResponseReturnValue

from plugin.embed.edge import deal, for_guests, guest, session
from plugin.library.kit import included
from plugin.rendering.workspace import workspace
from plugin.services.meeting_kit import meeting_kit

pages = Blueprint("kit", __name__)

FOR_A_YEAR = 31_536_000  # seconds


@pages.get("/<connection>/kit/<template>")
@for_guests
def show(template: str) -> ResponseReturnValue:
    its = deal()
    found = meeting_kit(session(), workspace(), guest().viewer, its.public_id, template, picture_address)
    if found is None:
        abort(404)
    html = render_template(
        "kit.html",
        kit=found.kit,
        slides=included(found.kit.slides),
        stories=included(found.kit.stories),
        questions=included(found.kit.questions),
        missing=found.missing_evidence,
        may_log=guest().may_log,
        address=f"/deals/{its.public_id}/present/{found.kit.key}",
    )
    return {"html": html}


@pages.get("/pictures/<key>/<version>/<name>")
def picture(key: str, version: str, name: str) -> Response:
    """A picture of a template, which never changes. An image bears no token: its address is signed instead."""
    given = request.args.get("s", "")
    template = None
    if given.isascii() and hmac.compare_digest(given, _signature(key, version, name)):
        template = workspace().shelf.version(session(), key, version)
    found = template.pictures.get(name) if template else None
    if found is None:
        abort(404)
    answer = Response(found.data, mimetype=found.media_type)
    answer.cache_control.private, answer.cache_control.immutable = True, True
    answer.cache_control.max_age = FOR_A_YEAR
    return answer


def picture_address(key: str, version: str, name: str) -> str:
    return url_for("kit.picture", key=key, version=version, name=name, s=_signature(key, version, name))


def _signature(key: str, version: str, name: str) -> str:
    secret = str(current_app.config["SECRET_KEY"]).encode()
    return hmac.new(secret, f"picture:{key}/{version}/{name}".encode(), hashlib.sha256).hexdigest()[:32]
