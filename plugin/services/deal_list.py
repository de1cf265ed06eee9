"""Deals, page by page."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from plugin.services.viewer import Viewer
from plugin.store.queries.deals import DealLine, deals_after, search_deals

PAGE_SIZE = 50


@dataclass(frozen=True, slots=True)
class DealList:
    """One page; ``page`` counts from 1 and is brought back to the last page where it lies beyond."""

    deals: tuple[DealLine, ...]
    total: int
    page: int
    pages: int


def deal_list(
    session: Session,
    viewer: Viewer,
    search: str = "",
    stage: str | None = None,
    state: str = "open",
    page: int = 1,
    persona: str | None = None,
) -> DealList:
    """The viewer's deals that match: name, company or contact contains ``search``; ``state`` may be "all"."""
    page = max(page, 1)
    found, total = search_deals(session, viewer.only_owner, search.strip(), stage, state, page, PAGE_SIZE, persona)
    pages = max(1, -(-total // PAGE_SIZE))
    if page > pages:
        return deal_list(session, viewer, search, stage, state, pages, persona)
    return DealList(found, total, page, pages)


@dataclass(frozen=True, slots=True)
class DealBatch:
    """Some deals; ``last`` is where to read on, None at the end."""

    deals: tuple[DealLine, ...]
    last: int | None


def deal_batch(
    session: Session,
    viewer: Viewer,
    search: str,
    stage: str | None,
    state: str,
    after: int,
    size: int,
    persona: str | None = None,
) -> DealBatch:
    """The viewer's deals behind the one with the id ``after``, for who reads all of them, batch by batch."""
    found = deals_after(session, viewer.only_owner, search.strip(), stage, state, after, size + 1, persona)
    deals = found[:size]
    return DealBatch(deals, deals[-1].id if len(found) > size else None)
