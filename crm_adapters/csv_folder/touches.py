"""Marketing touches: records in our columns into the port's."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable

from crm_adapters.csv_folder.cells import Cells
from crm_adapters.csv_folder.folder import Record
from crm_adapters.csv_folder.records import content_id
from crm_adapters.csv_folder.values import Times, instant, short
from crm_adapters.port import Fault, Touch

LONGEST_NAME = 120
LONGEST_KIND = 60


def parse_touches(
    records: Iterable[Record], deals: Collection[str], times: Times, faults: list[Fault]
) -> dict[str, list[Touch]]:
    """Touches by deal, in the order of the file; identified by what their rows say, as moves are."""
    found: defaultdict[str, list[Touch]] = defaultdict(list)
    alike: Counter[tuple[str, str]] = Counter()
    for record in records:
        cells = Cells(record, faults)
        deal, channel = cells.need("deal", short), cells.need("channel", _name)
        if deal and deal not in deals:
            cells.note("deal", f"there is no deal {deal!r}: the touch is left out")
        at = cells.read("at", lambda text: instant(text, times))
        source, campaign = cells.read("source", short), cells.read("campaign", short)
        touchpoint = cells.read("touchpoint", _name)
        kind = cells.read("kind", lambda text: short(text, LONGEST_KIND))
        if cells.ok and deal and channel:
            said = (channel, source, campaign, touchpoint, kind)
            content = content_id(at.isoformat() if at else "", *(text or "" for text in said))
            alike[deal, content] += 1
            id_ = f"{content}-{alike[deal, content]}"
            found[deal].append(Touch(id_, channel, at, source, campaign, touchpoint, kind))
    return dict(found)


def _name(text: str) -> str:
    return short(text, LONGEST_NAME)
