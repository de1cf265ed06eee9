"""Which deals are read for a persona."""

from __future__ import annotations

from sqlalchemy.orm import Session

from plugin.services.workspace import Workspace


def words_for(session: Session, workspace: Workspace, key: str | None) -> tuple[str, ...] | None:
    """What the CRM calls the persona of this key, as its deals have it; None (any deal) without a key."""
    persona = next((one for one in workspace.personas if one.key == key), None)
    if persona is None:
        return None
    texts = workspace.cohorts.view(session).choices(session).personas
    return tuple(text for text in texts if persona.matches(text))
