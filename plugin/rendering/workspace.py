"""The workspace of the application that answers, whichever of ours that is, as this request sees it."""

from __future__ import annotations

from flask import current_app, g

from plugin.services.workspace import Workspace


def workspace() -> Workspace:
    """With the journeys in use when the request came, looked at through the one that it is about."""
    if "workspace" not in g:
        base: Workspace = current_app.extensions["parcours"]
        g.workspace = base.now()
    found: Workspace = g.workspace
    return found


def take_anew(fresh: bool = False) -> None:
    """At the beginning of a request, or behind a publication (``fresh``), which must not be missed."""
    g.pop("workspace", None)
    base: Workspace = current_app.extensions["parcours"]
    if fresh:
        base.look_again()
    else:
        base.look()


def look_at(journey: str | None) -> None:
    """From here on this request is about the deals of this journey."""
    g.workspace = workspace().of(journey)
