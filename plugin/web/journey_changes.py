"""Changing which journeys are in use from a page, and what is said about it."""

from __future__ import annotations

from collections.abc import Callable

from flask import abort, flash, redirect
from flask.typing import ResponseReturnValue

from plugin.rendering.i18n import gettext
from plugin.rendering.workspace import take_anew
from plugin.services.journey_use import JourneysChanged
from plugin.web.edge import commit, viewer


def changing(change: Callable[[], bool | None], said: str, back: str) -> ResponseReturnValue:
    """Change what is in use; it opens transactions of its own, so nothing may be held meanwhile."""
    viewer()
    commit()
    try:
        at_once = change()
    except JourneysChanged:
        return somebody_else(back)
    if at_once is None:
        abort(404)
    take_anew(fresh=True)
    say(at_once, said)
    return redirect(back, 303)


def say(at_once: bool, said: str) -> None:
    flash(said)
    if not at_once:
        flash(gettext("Many deals are being read anew; until that is done reports show the figures of before."))


def somebody_else(back: str) -> ResponseReturnValue:
    flash(gettext("Somebody changed what is in use at this very moment: nothing was done. Look, then try again."))
    return redirect(back, 303)
