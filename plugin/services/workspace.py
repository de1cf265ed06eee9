"""What every use case works with: one database, the journeys, one library of meetings, one clock."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from crm_adapters.port import App
from plugin.domain.journey import Journey, Text
from plugin.domain.journeys import Journeys
from plugin.domain.persona import Persona, match
from plugin.domain.segment import folded
from plugin.library.folders import shipped_folder
from plugin.library.plays import plays_of
from plugin.library.templates import Library
from plugin.services.journey_shelf import JourneyShelf
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

    ``journey`` is the one that is looked at, in which ``cohorts`` count; ``journey_shelf`` knows what was published
    since (None: nothing can be).
    ``our_company`` is the seller's own name, for the meeting templates; empty where nobody has said it. ``vault`` seals
    the secrets of connections; ``apps`` are ours at the CRMs, by kind, for OAuth 2. ``networks`` of our own may be
    reached by a connection. ``plays`` say what to do when a buyer goes back or stands still, by signal.
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
    journey_shelf: JourneyShelf | None = None
    plays: Mapping[str, Text] = field(default_factory=lambda: plays_of([shipped_folder()]))

    def open_vault(self) -> Vault:
        """Raises SettingsError where there is none."""
        if self.vault is None:
            raise SettingsError("there is no key to seal a token with")
        return self.vault

    @property
    def journeys(self) -> Journeys:
        """All journeys in use, as of when this workspace was taken."""
        return self.cohorts.journeys

    def now(self) -> Workspace:
        """With the journeys in use as of the last look: for one request, one round of the worker, one command."""
        return self.with_journeys(self.journey_shelf.journeys) if self.journey_shelf else self

    def with_journeys(self, journeys: Journeys) -> Workspace:
        return replace(self, journey=journeys.main, cohorts=self.cohorts.of(journeys, journeys.main.key))

    def of(self, key: str | None) -> Workspace:
        """The same, looking at the journey of this key: that of a deal's pipeline, or of a report's address."""
        journey = self.journeys.named(key)
        if journey is self.journey:
            return self
        return replace(self, journey=journey, cohorts=self.cohorts.of(self.journeys, journey.key))

    def look(self) -> None:
        """See what was published or changed since, at most once a second; not within a transaction (``Shelf.look``)."""
        self.shelf.look()
        self.persona_shelf.look()
        if self.journey_shelf:
            self.journey_shelf.look()

    def look_again(self) -> None:
        """Something was published here and committed, or must not be missed."""
        self.shelf.look_again()
        self.persona_shelf.look_again()
        if self.journey_shelf:
            self.journey_shelf.look_again()

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
