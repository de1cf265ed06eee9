"""What is wrong with a file of touches, in words: what, and how to mend it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from plugin.domain.touch_file import RowFault, Wrong
from plugin.rendering.i18n import gettext

SENTENCES: Mapping[Wrong, Callable[[RowFault], str]] = {
    Wrong.EMPTY_FILE: lambda _: gettext("The file is empty: its first line must name the columns."),
    Wrong.NOT_TEXT: lambda _: gettext("This is not a CSV file: save the sheet as CSV (UTF-8) and send that."),
    Wrong.NO_DEAL_COLUMN: lambda _: gettext(
        "No column tells the deal: name one “deal” (its number in the CRM, or its name) or “e-mail”."
    ),
    Wrong.NO_CHANNEL_COLUMN: lambda _: gettext("No column tells the channel: name one “channel” or “medium”."),
    Wrong.TWICE: lambda fault: gettext(
        "Two columns mean the same as “%(column)s”: keep one of them.", column=fault.column
    ),
    Wrong.TOO_MANY_ROWS: lambda fault: gettext(
        "Only the first %(most)s rows are read: send the rest as a file of its own.", most=fault.value
    ),
    Wrong.TORN: lambda _: gettext("This row can’t be taken apart: check its quotation marks."),
    Wrong.NO_DEAL: lambda _: gettext("Neither a deal nor an e-mail stands here."),
    Wrong.NO_CHANNEL: lambda _: gettext("The channel is empty: every touch needs one."),
    Wrong.NOT_A_DATE: lambda fault: gettext("“%(value)s” is no date of the form that you chose.", value=fault.value),
    Wrong.TOO_LONG: lambda fault: gettext("The text is too long: %(most)s characters are the most.", most=fault.value),
    Wrong.UNKNOWN_DEAL: lambda fault: gettext("No deal and no contact goes by “%(value)s”.", value=fault.value),
    Wrong.SEVERAL_DEALS: lambda fault: gettext(
        "Several deals are called “%(value)s”: write the CRM’s number instead.", value=fault.value
    ),
}


def touch_fault(fault: RowFault) -> str:
    """Without the line and the column, which whoever shows it knows."""
    return SENTENCES[fault.wrong](fault)
