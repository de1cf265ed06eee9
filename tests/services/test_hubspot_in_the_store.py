"""What becomes of our deals when HubSpot's are archived, restored, merged, moved over, renamed or lose their people."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from crm_adapters.hubspot import HubSpot
from crm_adapters.port import ConnectionSettings, CrmStage, StageOutcome
from plugin.services.workspace import Workspace
from plugin.store.recomputing import Recomputing
from plugin.store.tables import Connection, CrmOwner, CrmPipeline, Deal, DealContact, Meeting, StageMoveFact
from plugin.store.tables import CrmStage as StageRow
from plugin.sync.pull import Pull, Pulled
from tests.adapters.hubspot_account import DEALS, MEETINGS, STAGES, FilledHubSpot
from tests.fakes.hubspot import FakeHubSpot
from tests.fakes.hubspot.account import Account


@dataclass
class Hub:
    workspace: Workspace
    filled: FilledHubSpot

    @property
    def account(self) -> Account:
        return self.filled.server.account

    def pull(self, everything: bool = False) -> Pulled:
        self.filled.now += timedelta(minutes=5)
        values = {"token": self.filled.server.token, "host": self.filled.server.address}
        adapter = HubSpot.from_settings(ConnectionSettings("hub", values))
        adapter.transport.pace.sleep = lambda _seconds: None
        space = self.workspace
        recomputing = Recomputing(space.database, space.journeys, space.cohorts.folder, lambda: self.filled.now)
        return Pull(recomputing, 1, adapter, {}, everything=everything).run()

    def of(self, crm_id: str, *columns: Any) -> Any:
        with self.workspace.database.reading() as session:
            return session.execute(select(*columns).where(Deal.crm_id == crm_id)).one()

    def all(self, query: Any) -> list[Any]:
        with self.workspace.database.reading() as session:
            return list(session.scalars(query))


@pytest.fixture
def hub(workspace: Workspace) -> Iterator[Hub]:
    with FakeHubSpot() as server:
        filled = FilledHubSpot(server)
        filled.fill(STAGES, DEALS, MEETINGS)
        with workspace.database.writing.begin() as session:
            session.add(Connection(id=1, name="hub", kind="hubspot", settings={}, created_at=filled.now))
        found = Hub(workspace, filled)
        found.pull()
        yield found


def test_a_second_run_changes_nothing(hub: Hub) -> None:
    again = hub.pull()
    assert (again.deals, again.changed, again.gone) == (0, 0, 0)
    whole = hub.pull(everything=True)
    assert (whole.deals, whole.changed, whole.gone) == (len(DEALS), 0, 0)


def test_an_archived_deal_is_gone_and_back_when_it_is_restored(hub: Hub) -> None:
    hub.account.archive("deals", "102")
    assert hub.pull().gone == 1
    assert hub.of("102", Deal.gone_at)[0] is not None
    hub.account.restore("deals", "102")
    hub.pull()
    assert hub.of("102", Deal.gone_at)[0] is None


def test_of_merged_deals_the_one_that_they_became_is_left(hub: Hub) -> None:
    merged = hub.account.merge_deals("101", "105")
    hub.pull()
    assert hub.of("101", Deal.gone_at)[0] is not None
    assert hub.of("105", Deal.gone_at)[0] is not None
    assert hub.of(merged.id, Deal.gone_at, Deal.name) == (None, "Press line")


def test_an_erased_deal_comes_to_light_when_everything_is_read(hub: Hub) -> None:
    hub.account.forget("deals", "104")
    assert hub.pull().gone == 0
    assert hub.pull(everything=True).gone == 1


def test_a_deal_that_moves_over_to_another_pipeline_keeps_its_history(hub: Hub) -> None:
    hub.account.put("deals", {"pipeline": "old", "dealstage": "renewal"}, "101")
    hub.pull()
    labels = hub.all(select(StageMoveFact.label).join(Deal).where(Deal.crm_id == "101").order_by(StageMoveFact.ordinal))
    assert labels == ["Lead", "Call done", "Renewal"]
    with hub.workspace.database.reading() as session:
        pipeline = session.scalars(select(CrmPipeline.crm_id).join(Deal).where(Deal.crm_id == "101")).one()
    assert pipeline == "old"


def test_a_stage_that_is_renamed_or_removed_keeps_the_label_that_moves_had(hub: Hub) -> None:
    first = STAGES[0]
    kept = tuple(
        replace(one, label="Qualified") if one.id == "lead" else one for one in first.stages if one.id != "call"
    )
    hub.filled.fill((replace(first, stages=kept), STAGES[1]), DEALS, MEETINGS)
    hub.account.put("deals", {"dealname": "Touched"}, "101")
    hub.pull()
    moves = select(StageMoveFact.label).join(Deal).where(Deal.crm_id == "101").order_by(StageMoveFact.ordinal)
    assert hub.all(moves) == ["Lead", "Call done"]
    assert hub.all(select(StageRow.label).where(StageRow.crm_id == "lead")) == ["Qualified"]
    assert hub.all(select(StageRow.removed_at).where(StageRow.crm_id == "call"))[0] is not None


def test_a_new_stage_is_unmapped_and_those_that_were_matched_stay(hub: Hub) -> None:
    with hub.workspace.database.writing.begin() as session:
        session.scalars(select(StageRow).filter_by(crm_id="lead")).one().buyer_stage = "problem"
    more = replace(STAGES[0], stages=(*STAGES[0].stages, CrmStage("legal", "Legal", 9, StageOutcome.OPEN)))
    hub.filled.fill((more, STAGES[1]), DEALS, MEETINGS)
    hub.pull()
    with hub.workspace.database.reading() as session:
        meaning = dict(session.execute(select(StageRow.crm_id, StageRow.buyer_stage)).all())
    assert (meaning["lead"], meaning["legal"]) == ("problem", None)


def test_people_and_firms_that_go_leave_the_deal_with_its_next_reading(hub: Hub) -> None:
    assert hub.of("107", Deal.company)[0] == "Halle & Sons"
    hub.account.archive("contacts", "301")
    hub.account.archive("companies", "401")
    hub.pull(everything=True)
    assert hub.of("107", Deal.company)[0] is None
    assert hub.all(select(DealContact.id)) == []


def test_an_owner_who_left_keeps_their_deals(hub: Hub) -> None:
    hub.account.owners["71"]["archived"] = True
    hub.account.put("deals", {"dealname": "Touched"}, "101")
    hub.pull()
    assert hub.all(select(CrmOwner.name).join(Deal).where(Deal.crm_id == "101")) == ["Ana Roux"]


def test_planned_meetings_come_and_go_with_hubspots(hub: Hub) -> None:

    assert sorted(hub.all(select(Meeting.title))) == ["First talk", "Renewal", "The routes"]
    hub.account.put("meetings", {"hs_meeting_outcome": "CANCELED"}, "502")
    hub.pull()
    assert hub.all(select(Meeting.state).where(Meeting.crm_id == "502")) == ["cancelled"]
    hub.account.archive("meetings", "501")
    hub.pull(everything=True)
    assert hub.all(select(Meeting.removed_at).where(Meeting.crm_id == "501"))[0] is not None
