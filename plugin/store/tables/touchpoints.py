"""Where a buyer meets us, or what others say of us."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from plugin.store.tables.base import Base
from plugin.store.types import Id


class Touchpoint(Base):
    """A place where buyers meet us: a page, a fair, a colleague's advice.

    ``online`` or off; ``traceable``: a touch there leaves something that can be counted. Both are a person's word. One
    that is no longer used is marked ``removed_at``, so that what hangs on it keeps its name.
    """

    __tablename__ = "touchpoint"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(32), unique=True)
    name: Mapped[str] = mapped_column(String(120), unique=True)
    online: Mapped[bool]
    traceable: Mapped[bool]
    created_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]
