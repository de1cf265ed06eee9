"""What a stored log has done, in a sentence."""

from __future__ import annotations

from plugin.rendering import wording
from plugin.rendering.i18n import gettext
from plugin.services.log import Logged


def told(result: Logged) -> str:
    before, after = wording.stage_name(result.before), wording.stage_name(_where(result))
    if before == after:
        return gettext("Saved.")
    return gettext("Saved. The buyer went from “%(before)s” to “%(after)s”.", before=before, after=after)


def _where(result: Logged) -> str | None:
    return result.after if result.state_after == "open" else result.state_after
