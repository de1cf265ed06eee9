"""What may be kept for how long, as rules that a person switches on."""

from __future__ import annotations

from calendar import monthrange
from datetime import datetime
from enum import StrEnum

LEAST_MONTHS, MOST_MONTHS = 1, 240


class Kept(StrEnum):
    """What a rule is about. The counts of all reports stay as they are, whatever goes."""

    CLOSED_WORDS = "closed_words"
    LOST_CONTACTS = "lost_contacts"
    ATTENDEES = "attendees"
    RECAPS = "recaps"
    DRAFTS = "drafts"
    EVENTS = "events"
    SIGN_INS = "sign_ins"
    AUDIT = "audit"


# Proposed where nobody has decided. Three years after the last contact is what the CNIL names for prospects, a year for
# what is logged to keep a system safe.
PROPOSED = {
    Kept.CLOSED_WORDS: 36,
    Kept.LOST_CONTACTS: 36,
    Kept.ATTENDEES: 36,
    Kept.RECAPS: 12,
    Kept.DRAFTS: 3,
    Kept.EVENTS: 3,
    Kept.SIGN_INS: 12,
    Kept.AUDIT: 36,
}


def months_before(now: datetime, months: int) -> datetime:
    """The same day and hour so many months earlier; the month's last day where it has no such day."""
    count = now.year * 12 + now.month - 1 - months
    year, month = divmod(count, 12)
    return now.replace(year=year, month=month + 1, day=min(now.day, monthrange(year, month + 1)[1]))
