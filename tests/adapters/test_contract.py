"""The adapters that ship here keep the port's contract."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from crm_adapters.memory import CHANGES_ONLY, MemoryCrm
from crm_adapters.port import Abilities, Deal, Meeting, Pipeline
from tests.adapters import hubspot_account
from tests.adapters.contract import AdapterContract, FillableCrm
from tests.adapters.csv_files import FilledFolder
from tests.adapters.hubspot_account import FilledHubSpot
from tests.fakes.hubspot import FakeHubSpot


@dataclass
class FilledMemory:
    """A CRM in memory that the suite fills: a deal that says the same is not put again."""

    abilities: Abilities = CHANGES_ONLY
    crm: MemoryCrm = field(init=False)
    held: dict[str, Deal] = field(default_factory=dict)
    meetings: Sequence[Meeting] = ()

    def __post_init__(self) -> None:
        self.crm = MemoryCrm(abilities=self.abilities, page_size=2)

    def connect(self) -> MemoryCrm:
        return self.crm

    def fill(self, stages: Sequence[Pipeline], deals: Sequence[Deal], meetings: Sequence[Meeting]) -> None:
        self.crm.stages = tuple(stages)
        for gone in self.held.keys() - {deal.id for deal in deals}:
            self.crm.remove(gone)
        for deal in deals:
            if self.held.get(deal.id) != deal:
                self.crm.put(deal)
        for meeting in meetings:
            if meeting not in self.meetings:
                self.crm.put_meeting(meeting)
        self.held, self.meetings = {deal.id: deal for deal in deals}, meetings


class TestMemory(AdapterContract):
    @pytest.fixture
    def crm(self) -> FillableCrm:
        return FilledMemory()


class TestMemoryThatIsOnlyRead(AdapterContract):
    @pytest.fixture
    def crm(self) -> FillableCrm:
        return FilledMemory(Abilities(lists_all=True))


@pytest.mark.parametrize("version", ["2026-09", "v3"], scope="class")
class TestHubSpot(AdapterContract):
    stages, deals, meetings = hubspot_account.STAGES, hubspot_account.DEALS, hubspot_account.MEETINGS
    owners = frozenset({hubspot_account.ANA, hubspot_account.TOM})
    unlisted = None

    @pytest.fixture
    def crm(self, version: str) -> Iterator[FillableCrm]:
        with FakeHubSpot() as server:
            yield FilledHubSpot(server, version)


class TestCsvFolder(AdapterContract):
    @pytest.fixture
    def crm(self, tmp_path: Path) -> FillableCrm:
        return FilledFolder(tmp_path)
