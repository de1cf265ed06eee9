"""Why a panel shows nothing, and what can be done about it."""

from __future__ import annotations

from plugin.rendering.i18n import gettext
from plugin.services.panel import Closed, PanelClosed


def closed_in_words(closed: PanelClosed) -> str:
    match closed.why:
        case Closed.UNKNOWN_PERSON:
            return gettext(
                "Parcours does not know you yet. Your log-in here is %(person)s: an administrator of Parcours can let "
                "you in, with an account of this e-mail.",
                person=closed.person,
            )
        case Closed.UNKNOWN_DEAL:
            return gettext(
                "This deal has not come in yet, and could not be read from the CRM just now. It comes with the next "
                "sync."
            )
        case Closed.NOT_YOURS:
            return gettext(
                "This deal is a colleague’s. In Parcours, salespeople see their own deals; a manager sees all."
            )
        case _:
            return gettext(
                "This panel can’t be opened: open the record anew. If it stays so, an administrator should look at the "
                "connection in Parcours."
            )
