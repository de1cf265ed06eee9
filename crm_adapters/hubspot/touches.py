"""What HubSpot tells of how marketing and a deal's people met; pure.

It keeps a person's first and latest source and first and latest form, and nothing between them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from crm_adapters.hubspot.parse import instant_of, milliseconds
from crm_adapters.port import Touch

Json = Mapping[str, Any]

FIRST, LATEST = "hs_analytics_source", "hs_latest_source"
DEALS_LATEST = "hs_analytics_latest_source"
FIRST_SEEN = "hs_analytics_first_timestamp"
TOUCHES_OF_DEAL = (
    *(f"{FIRST}_data_1", f"{FIRST}_data_2"),
    *(DEALS_LATEST, f"{DEALS_LATEST}_data_1", f"{DEALS_LATEST}_data_2", f"{DEALS_LATEST}_timestamp"),
)
TOUCHES_OF_CONTACT = (
    *(FIRST, f"{FIRST}_data_1", f"{FIRST}_data_2", FIRST_SEEN),
    *(LATEST, f"{LATEST}_data_1", f"{LATEST}_data_2", f"{LATEST}_timestamp"),
    *("first_conversion_event_name", "first_conversion_date"),
    *("recent_conversion_event_name", "recent_conversion_date"),
)
# Typed in or imported: nobody of marketing met anybody.
NO_TOUCH = frozenset({"OFFLINE"})
# Which of the two drill-downs holds the campaign.
CAMPAIGN_IN = {"EMAIL_MARKETING": 1, "PAID_SEARCH": 1, "OTHER_CAMPAIGNS": 1, "SOCIAL_MEDIA": 2, "PAID_SOCIAL": 2}
FIRST_VISIT, VISIT, FORM = "first visit", "visit", "form"
FORM_CHANNEL = "Website form"
# The store's columns.
LONGEST = {"channel": 120, "source": 255, "campaign": 255, "touchpoint": 120}


def touches_of(deal: Json, people: Sequence[Json]) -> tuple[Touch, ...]:
    """What its people's records tell; only where they are mute what the deal's own tells, which repeats one of them."""
    found = {touch.id: touch for person in people for touch in _of_contact(person)}
    return tuple(found.values()) or tuple(_of_deal(deal))


def _of_contact(person: Json) -> Iterator[Touch]:
    about, id_ = person.get("properties") or {}, str(person["id"])
    first = list(_visit(about, FIRST, about.get(FIRST_SEEN), FIRST_VISIT, id_, id_))
    yield from first
    latest = _visit(about, LATEST, about.get(f"{LATEST}_timestamp"), VISIT, id_, id_)
    yield from (one for one in latest if not any((one.at, one.channel) == (same.at, same.channel) for same in first))
    for which in ("first", "recent"):
        name, at = about.get(f"{which}_conversion_event_name"), instant_of(about.get(f"{which}_conversion_date"))
        if name and at:
            place = _fits("touchpoint", name)
            yield Touch(f"{id_}:form:{milliseconds(at)}", FORM_CHANNEL, at, touchpoint=place, kind=FORM, contact_id=id_)


def _of_deal(deal: Json) -> Iterable[Touch]:
    """HubSpot does not date a deal's first source."""
    about = deal.get("properties") or {}
    yield from _visit(about, FIRST, None, FIRST_VISIT, "deal", None)
    yield from _visit(about, DEALS_LATEST, about.get(f"{DEALS_LATEST}_timestamp"), VISIT, "deal", None)


def _visit(about: Json, source: str, at: Any, kind: str, owner: str, contact: str | None) -> Iterator[Touch]:
    channel = about.get(source)
    if not channel or channel in NO_TOUCH:
        return
    instant = instant_of(at)
    in_first = CAMPAIGN_IN.get(channel) == 1
    details = [about.get(f"{source}_data_1") or None, about.get(f"{source}_data_2") or None]
    campaign, rest = (details[0], details[1]) if in_first else (details[1], details[0])
    yield Touch(
        # What comes latest changes; each is a touch of its own.
        f"{owner}:{kind}:{milliseconds(instant)}" if kind == VISIT and instant else f"{owner}:{kind}",
        _fits("channel", _words(channel)) or "",
        instant,
        source=_fits("source", rest),
        campaign=_fits("campaign", campaign) if channel in CAMPAIGN_IN else None,
        kind=kind,
        contact_id=contact,
    )


def _words(code: str) -> str:
    """``ORGANIC_SEARCH`` as people write it."""
    return code.replace("_", " ").capitalize() if code.isupper() else code


def _fits(column: str, text: str | None) -> str | None:
    return text[: LONGEST[column]] if text else None
