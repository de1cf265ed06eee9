"""What every use case works with: one database, one journey, one library of meetings, one clock."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from crm_adapters.port import App
from plugin.domain.journey import Journey
from plugin.domain.persona import Persona, match
from plugin.domain.segment import folded
from plugin.library.templates import Library
from plugin.services.persona_shelf import PersonaShelf
from plugin.services.shelf import Shelf
from plugin.services.vault import Vault
from plugin.settings import SettingsError
from plugin.store.cohorts.view import Cohorts
from plugin.store.database import Database

__all__ = ["App", "Workspace"]


@dataclass(frozen=True)
class Workspace:
    """``clock`` gives the present as an aware UTC instant. ``demo`` offers one click per role on the sign-in page.

    ``our_company`` is the seller's own name, for the meeting templates; empty where nobody has said it. ``vault`` seals
    the secrets of connections; ``apps`` are ours at the CRMs, by kind, for OAuth 2. ``networks`` of our own may be
    reached by a connection.
    """

    database: Database
    journey: Journey
    cohorts: Cohorts
    shelf: Shelf
    persona_shelf: PersonaShelf
    clock: Callable[[], datetime]
    secret: str
    demo: bool = False
    our_company: str = ""
    vault: Vault | None = None
    apps: Mapping[str, App] = field(default_factory=dict)
    networks: str = ""

    def open_vault(self) -> Vault:
        """Raises SettingsError where there is none."""
        if self.vault is None:
            raise SettingsError("there is no key to seal a token with")
        return self.vault

    @property
    def library(self) -> Library:
        """The meeting templates in use."""
        return self.shelf.library

    @property
    def template_stages(self) -> Mapping[str, str]:
        """Which buyer stage each meeting template mirrors."""
        return {key: template.stage for key, template in self.library.meetings.items()}

    @property
    def personas(self) -> tuple[Persona, ...]:
        """The personas in use, in their order."""
        return self.persona_shelf.personas

    def persona(self, key: str | None) -> Persona | None:
        return next((one for one in self.personas if one.key == key), None)

    def persona_type(self, key: str | None) -> str | None:
        """What stories and questions for this persona are written for; None where there is no such persona."""
        found = self.persona(key)
        return found.type if found else None

    def persona_called(self, text: str) -> str | None:
        """The key of the persona that goes by this key, name or alias; None where none does."""
        if not text:
            return None
        by_name = (one for one in self.personas if folded(text) in (folded(one.name.en), folded(one.name.fr)))
        found = self.persona(text) or match(self.personas, text) or next(by_name, None)
        return found.key if found else None

    def look(self) -> None:
        """See what was published or changed since. Not within a transaction."""
        self.shelf.look()
        self.persona_shelf.look()
