"""A workspace on an empty database of each engine, and a way to fill it with deals told as records of the port."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from crm_adapters import port
from plugin.domain.journey import Text
from plugin.domain.journeys import Journeys
from plugin.domain.moves import LOST, WON, StageMove
from plugin.domain.persona import Persona
from plugin.library.folders import shipped_folder
from plugin.library.templates import Library
from plugin.services.journey_shelf import JourneyShelf
from plugin.services.persona_shelf import PersonaShelf
from plugin.services.shelf import Shelf
from plugin.services.workspace import Workspace
from plugin.store.cohorts.view import Cohorts
from plugin.store.database import Database
from plugin.store.derived import derive
from plugin.store.tables import Connection
from plugin.sync.deals import DealPageWriter
from plugin.sync.stages import StageIds, store_pipelines
from tests.histories import JOURNEY, KEYS

NOW = datetime(2026, 9, 1, 12, tzinfo=UTC)
UNMAPPED = "parked"
STAGES = (
    *(port.CrmStage(key, key, n, port.StageOutcome.OPEN, key) for n, key in enumerate(KEYS)),
    port.CrmStage(WON, "Won", 20, port.StageOutcome.WON),
    port.CrmStage(LOST, "Lost", 21, port.StageOutcome.LOST),
    port.CrmStage(UNMAPPED, "Parked", 22, port.StageOutcome.OPEN),
)
PERSONAS = tuple(Persona(key, "decider", Text(key.title(), key.title())) for key in ("director", "finance", "chef"))

Fill = Callable[[Sequence[port.Deal]], None]


@pytest.fixture(scope="session")
def library() -> Library:
    return Library.of([shipped_folder()])


@pytest.fixture
def workspace(database_url: str, library: Library, tmp_path: Path) -> Iterator[Workspace]:
    database = Database.at(database_url)
    personas = PersonaShelf(PERSONAS, database)
    personas.follow_file(NOW)
    cohorts = Cohorts(Journeys(JOURNEY), tmp_path / "cohorts")
    shelf = Shelf(library, database)
    journeys = JourneyShelf(JOURNEY, database)
    yield Workspace(database, JOURNEY, cohorts, shelf, personas, lambda: NOW, "x" * 40, journey_shelf=journeys)
    database.close()


@pytest.fixture
def fill(workspace: Workspace) -> Fill:
    """Stores deals, or more of their moves, as the sync would."""

    def store(deals: Sequence[port.Deal]) -> None:
        with workspace.database.writing.begin() as session:
            connection = session.scalar(select(Connection))
            if connection is None:
                connection = Connection(name="crm", kind="memory", settings={}, created_at=NOW)
                session.add(connection)
                session.flush()
            store_pipelines(session, connection.id, [port.Pipeline("new", "New", STAGES)], NOW)
            writer = DealPageWriter(connection.id, StageIds.read(session, connection.id), NOW)
            written = writer.write(session, port.DealPage(tuple(deals), "end"), 1)
            derive(session, JOURNEY, written.deal_ids, written.added)

    return store


def told(key: str, moves: Sequence[StageMove], persona: str | None = None, owner: str = "Ana") -> port.Deal:
    """A deal of the port whose history is these moves."""
    return port.Deal(
        id=key,
        name=f"Deal {key}",
        pipeline_id="new",
        moves=tuple(
            port.StageChange(one.key, one.to or UNMAPPED, one.at, port.ActorKind(one.actor_kind.value), one.actor)
            for one in moves
        ),
        owner=port.Owner(owner, owner, f"{owner.lower()}@seller.example"),
        company=f"Company {key}",
        contacts=(port.Contact(f"c{key}", "Bo Buyer", "bo@buyer.example"),),
        persona=persona,
    )
