"""The fake HubSpot answers as HubSpot's own clients expect: two of them, which nobody here wrote, drive it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import hubspot
import hubspot_sdk
import pytest
from hubspot.crm.deals import ApiException, BatchReadInputSimplePublicObjectId, SimplePublicObjectInput
from hubspot.crm.deals import SimplePublicObjectInputForCreate as NewDeal

from tests.adapters.hubspot_account import DEALS, MEETINGS, STAGES, FilledHubSpot
from tests.fakes.hubspot import FakeHubSpot


@pytest.fixture
def server() -> Iterator[FakeHubSpot]:
    with FakeHubSpot() as running:
        FilledHubSpot(running).fill(STAGES, DEALS, MEETINGS)
        yield running


@pytest.fixture
def old(server: FakeHubSpot) -> hubspot.HubSpot:
    """HubSpot's older client, of the paths of v3."""
    return hubspot.HubSpot(access_token=server.token, host=server.address, base_url=server.address)


@pytest.fixture
def new(server: FakeHubSpot) -> hubspot_sdk.HubSpot:
    """HubSpot's newer client, of the dated paths; it refuses whatever is not of the declared shape."""
    return hubspot_sdk.HubSpot(
        access_token=server.token, base_url=server.address, max_retries=0, _strict_response_validation=True
    )


def test_the_newer_client_lists_deals_with_their_history(new: hubspot_sdk.HubSpot) -> None:
    page = new.crm.objects.deals.list(limit=3, properties=["dealname"], properties_with_history=["dealstage"])
    first = page.results[0]
    assert first.properties["dealname"] == "Press line"
    assert first.properties_with_history is not None
    assert [one.value for one in first.properties_with_history["dealstage"]] == ["call", "lead"], "the newest first"
    assert [one.id for one in new.crm.objects.deals.list(limit=2)] == [deal.id for deal in DEALS], "page after page"


def test_the_newer_client_searches_writes_and_reads_back(new: hubspot_sdk.HubSpot) -> None:
    made = new.crm.objects.deals.create(properties={"dealname": "From outside", "dealstage": "lead"}, associations=[])
    found = new.crm.objects.deals.search(
        after="0",
        filter_groups=[{"filters": [{"property_name": "dealname", "operator": "EQ", "value": "From outside"}]}],
        limit=10,
        properties=["dealname"],
        sorts=[],
    )
    assert [one.id for one in found.results] == [made.id]
    new.crm.objects.deals.update(made.id, properties={"dealstage": "won"})
    read = new.crm.objects.deals.get(made.id, properties_with_history=["dealstage"])
    assert read.properties_with_history is not None
    assert [one.value for one in read.properties_with_history["dealstage"]] == ["won", "lead"]


def test_the_newer_client_is_refused_what_is_not_there(new: hubspot_sdk.HubSpot) -> None:
    with pytest.raises(hubspot_sdk.NotFoundError):
        new.crm.objects.deals.get("999999")


def test_the_older_client_reads_everything_and_writes(old: hubspot.HubSpot) -> None:
    assert [one.id for one in old.crm.deals.get_all()] == [deal.id for deal in DEALS]
    assert [one.id for one in old.crm.deals.get_all(properties_with_history=["dealstage"])] == [one.id for one in DEALS]
    made = old.crm.deals.basic_api.create(NewDeal(properties={"dealname": "From outside"}, associations=[]))
    changed = SimplePublicObjectInput(properties={"dealstage": "lead"})
    assert old.crm.deals.basic_api.update(made.id, changed).properties["dealstage"] == "lead"


def test_the_older_client_gets_a_batch_in_part_and_limits_are_kept(old: hubspot.HubSpot) -> None:
    asked = BatchReadInputSimplePublicObjectId(
        inputs=[{"id": "101"}, {"id": "999"}], properties=["dealname"], properties_with_history=[]
    )
    answer = old.crm.deals.batch_api.read(asked)
    assert ([one.id for one in answer.results], answer.num_errors) == (["101"], 1)
    with pytest.raises(ApiException) as refused:
        old.crm.deals.basic_api.get_page(limit=51, properties_with_history=["dealstage"])
    assert refused.value.status == 400


def test_both_clients_read_pipelines_and_owners(old: hubspot.HubSpot, new: hubspot_sdk.HubSpot) -> None:
    names = [pipeline.label for pipeline in old.crm.pipelines.pipelines_api.get_all("deals").results]
    assert names == [pipeline.label for pipeline in new.crm.pipelines.list("deals").results] == ["new", "old"]
    emails = [owner.email for owner in old.crm.owners.get_all()]
    assert emails == [owner.email for owner in new.crm.owners.list()] == ["ana@seller.example", None]


def test_a_wrong_token_is_refused(server: FakeHubSpot) -> None:
    client = hubspot.HubSpot(access_token="wrong", host=server.address, base_url=server.address)
    with pytest.raises(ApiException) as refused:
        client.crm.deals.basic_api.get_page()
    assert refused.value.status == 401


def test_a_search_knows_a_change_only_when_the_index_does(server: FakeHubSpot, new: hubspot_sdk.HubSpot) -> None:
    account = server.account
    now = datetime(2026, 3, 1, tzinfo=UTC)
    account.clock = lambda: now
    account.index_delay = timedelta(seconds=10)
    account.put("deals", {"dealname": "Fresh"}, "900")

    def total() -> int:
        return new.crm.objects.deals.search(
            after="0",
            filter_groups=[{"filters": [{"property_name": "dealname", "operator": "EQ", "value": "Fresh"}]}],
            limit=10,
            properties=[],
            sorts=[],
        ).total

    assert total() == 0
    now += timedelta(seconds=11)
    assert total() == 1
