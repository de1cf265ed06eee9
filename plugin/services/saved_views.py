"""Reports that people keep under a name: their addresses, shared with the team or mailed to them each week."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from plugin.services.viewer import Viewer
from plugin.store.tables import SavedView, UserAccount

NAME_LENGTH = 80
# More would make a menu that nobody reads.
MOST_VIEWS = 50


class ViewRefused(Exception):
    """There are MOST_VIEWS already."""


@dataclass(frozen=True, slots=True)
class ViewLine:
    """A saved view as its reader sees it. ``by`` is who shared it; None for one's own. ``page`` names the report."""

    public_id: str
    name: str
    page: str
    query: str
    shared: bool
    weekly: bool
    by: str | None


def saved_views(session: Session, viewer: Viewer) -> tuple[ViewLine, ...]:
    """One's own views and those that colleagues share, by name."""
    rows = session.execute(
        select(SavedView, UserAccount.name)
        .join(UserAccount, UserAccount.id == SavedView.user_id)
        .where(or_(SavedView.user_id == viewer.user_id, SavedView.shared))
        .order_by(SavedView.name, SavedView.id)
    )
    return tuple(
        ViewLine(
            view.public_id,
            view.name,
            view.page,
            view.query,
            view.shared,
            view.weekly,
            None if view.user_id == viewer.user_id else name,
        )
        for view, name in rows
    )


def save_view(
    session: Session, viewer: Viewer, name: str, page: str, query: str, shared: bool, weekly: bool, now: datetime
) -> None:
    """Keep a report under a name; one's own view of the same name is replaced. Raises ViewRefused."""
    own = list(session.scalars(select(SavedView).filter_by(user_id=viewer.user_id)))
    view = next((one for one in own if one.name == name), None)
    if view is None:
        if len(own) >= MOST_VIEWS:
            raise ViewRefused
        view = SavedView(public_id=secrets.token_urlsafe(12), user_id=viewer.user_id, name=name, created_at=now)
        session.add(view)
    view.page, view.query, view.shared, view.weekly = page, query, shared, weekly


def forget_view(session: Session, viewer: Viewer, public_id: str) -> bool:
    """False where the viewer has no such view."""
    view = session.scalar(select(SavedView).filter_by(public_id=public_id, user_id=viewer.user_id))
    if view is None:
        return False
    session.delete(view)
    return True
