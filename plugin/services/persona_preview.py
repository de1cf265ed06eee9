"""Whose deals they would be: rules tried on the deals that there are, before anybody decides."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from plugin.domain.persona import Persona
from plugin.domain.segment import Segment, folded
from plugin.store.assigning import persona_of
from plugin.store.queries.personas import ReadDeal, newest_deals
from plugin.store.tables import Deal

# A second's work.
MOST_READ = 10_000
EXAMPLES = 5


@dataclass(frozen=True, slots=True)
class Preview:
    """Deals by persona (None: nobody's), ``before`` and ``after``; of one of them, how its deals come to it.

    ``read`` are the newest of ``total`` deals. ``taken`` counts what comes from each other persona, ``given`` what goes
    there. ``examples`` are names of deals that its rule takes, those that are new to it first.
    """

    read: int
    total: int
    before: Mapping[str | None, int]
    after: Mapping[str | None, int]
    by_hand: int
    by_name: int
    by_rule: int
    taken: Mapping[str | None, int]
    given: Mapping[str | None, int]
    examples: tuple[str, ...]


def preview(session: Session, personas: Sequence[Persona], key: str) -> Preview:
    """What these personas would take; ``key`` is the one that is looked at."""
    segments = [persona.segment for persona in personas]
    deals = newest_deals(session, MOST_READ)
    read = [(deal, persona_of(segments, deal)) for deal in deals]
    mine = [deal for deal, after in read if after == key]
    ways = Counter(_way(segment, deal) for segment in segments if segment.key == key for deal in mine)
    return Preview(
        read=len(deals),
        total=session.scalar(select(func.count()).where(Deal.gone_at.is_(None)).select_from(Deal)) or 0,
        before=Counter(deal.key for deal in deals),
        after=Counter(after for _, after in read),
        by_hand=ways["hand"],
        by_name=ways["name"],
        by_rule=ways["rule"],
        taken=Counter(deal.key for deal in mine if deal.key != key),
        given=Counter(after for deal, after in read if deal.key == key and after != key),
        examples=tuple(dict.fromkeys(deal.name for deal in sorted(mine, key=lambda one: one.key == key)))[:EXAMPLES],
    )


def _way(segment: Segment, deal: ReadDeal) -> str:
    """How a deal of this persona came to it."""
    if deal.chosen == segment.key:
        return "hand"
    role = folded(deal.facts.role or "")
    return "name" if role in map(folded, segment.names) else "rule"
