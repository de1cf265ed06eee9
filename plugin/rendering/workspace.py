"""The workspace of the application that answers, whichever of ours that is."""

from __future__ import annotations

from flask import current_app

from plugin.services.workspace import Workspace


def workspace() -> Workspace:
    found: Workspace = current_app.extensions["parcours"]
    return found
