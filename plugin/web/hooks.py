"""What CRMs tell us by themselves. Whoever calls shows by its signature that it is the CRM."""

from __future__ import annotations

from flask import Blueprint, abort, current_app, request
from flask.typing import ResponseReturnValue

from plugin.rendering.workspace import workspace
from plugin.services.crm_events import CrmError, Delivery, leave_no_trace, note_delivery
from plugin.web.edge import commit, rollback, session

pages = Blueprint("hooks", __name__)

# A hundred events with long values; a form is much smaller.
MOST_BYTES = 10_000_000


@pages.post("/hooks/<name>")
def receive(name: str) -> ResponseReturnValue:
    """Noted and answered at once; the records are read again by the worker."""
    request.max_content_length = MOST_BYTES
    body = request.get_data(cache=True)
    query = request.environ.get("QUERY_STRING", "")
    base = current_app.config["ADDRESS"] or request.host_url.rstrip("/")
    address = f"{base}{request.path}" + (f"?{query}" if query else "")
    headers = {key.lower(): value for key, value in request.headers}
    try:
        erased = note_delivery(
            session(), workspace(), name, Delivery(request.method, address, body, headers, workspace().clock())
        )
    except CrmError:
        rollback()
        return "", 401
    if erased is None:
        abort(404)
    commit()
    for erasure in erased:
        leave_no_trace(workspace(), erasure)
    return "", 204
