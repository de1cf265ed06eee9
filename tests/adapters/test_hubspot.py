"""HubSpot under trouble: what the network, the index, the quotas and other people's changes do to a sync."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from flask import Request

from crm_adapters.errors import AccessRefused, OutcomeUnknown, RecordGone, RefusedByRules, TryLater
from crm_adapters.hubspot import HubSpot
from crm_adapters.hubspot.pacing import Pace
from crm_adapters.hubspot.transport import error_of
from crm_adapters.port import ConnectionSettings, Deal, HeldMeeting, MeetingState
from tests.adapters.hubspot_account import DEALS, MEETINGS, STAGES, FilledHubSpot
from tests.fakes.hubspot import FakeHubSpot
from tests.fakes.hubspot.faults import Fault, Limits


@pytest.fixture
def server() -> Iterator[FakeHubSpot]:
    with FakeHubSpot() as running:
        yield running


@pytest.fixture
def filled(server: FakeHubSpot) -> FilledHubSpot:
    account = FilledHubSpot(server)
    account.fill(STAGES, DEALS, MEETINGS)
    return account


def connect(filled: FilledHubSpot, page_size: str = "") -> HubSpot:
    values = {"token": filled.server.token, "host": filled.server.address, "page_size": page_size}
    adapter = HubSpot.from_settings(ConnectionSettings("hubspot", values))
    adapter.transport.pace.sleep = lambda _seconds: None
    return adapter


def many(filled: FilledHubSpot, number: int, at: datetime | None = None) -> None:
    """So many deals more, all changed in one millisecond."""
    for n in range(number):
        filled.server.account.put("deals", {"dealname": f"Many {n}", "dealstage": "lead"}, str(10_000 + n), at)


def read(adapter: HubSpot, cursor: str | None = None) -> tuple[dict[str, Deal], str]:
    """Deals by id, and the cursor behind them."""
    found: dict[str, Deal] = {}
    last = cursor or ""
    for page in adapter.deals(cursor):
        found |= {deal.id: deal for deal in page.deals}
        last = page.cursor
    return found, last


@dataclass
class Store:
    """What somebody who pulls knows: deals by id, without those that are gone."""

    deals: dict[str, Deal] = field(default_factory=dict)
    cursor: str | None = None

    def pull(self, adapter: HubSpot) -> None:
        before = self.cursor
        for page in adapter.deals(before):
            self.deals |= {deal.id: deal for deal in page.deals}
            for removal in page.removals:
                self.deals.pop(removal.deal_id, None)
            self.cursor = page.cursor
        for removal in adapter.removals(before, frozenset) if before else ():
            self.deals.pop(removal.deal_id, None)


def names(filled: FilledHubSpot) -> dict[str, str | None]:
    held = filled.server.account.records["deals"].values()
    return {one.id: one.properties["dealname"] for one in held if one.archived_at is None}


def later(filled: FilledHubSpot, **time: float) -> None:
    filled.now += timedelta(**time)


def test_everything_takes_as_few_requests_as_there_are_pages(filled: FilledHubSpot) -> None:
    many(filled, 194)
    adapter = connect(filled)
    found, _ = read(adapter)
    asked = [path for method, path in filled.server.requests if path.endswith("/objects/2026-09/deals")]
    assert len(found) == 200
    assert len(asked) == 4, "fifty a page, with the history"


def test_nothing_new_takes_one_search(filled: FilledHubSpot) -> None:
    _, cursor = read(connect(filled))
    adapter = connect(filled)
    read(adapter, cursor)
    later(filled, minutes=1)
    filled.server.requests.clear()
    assert read(connect(filled), cursor)[0] == {}
    assert [path.rsplit("/", 1)[1] for _, path in filled.server.requests] == ["details", "search"]


def test_more_than_ten_thousand_changes_of_one_instant_are_all_read(filled: FilledHubSpot) -> None:
    _, cursor = read(connect(filled))
    many(filled, 10_500)
    later(filled, minutes=1)
    found, _ = read(connect(filled), cursor)
    assert len(found) == 10_500


def test_pages_that_hold_fewer_than_they_may_do_not_end_a_search(filled: FilledHubSpot) -> None:
    _, cursor = read(connect(filled))
    many(filled, 1_000)
    later(filled, minutes=1)
    filled.server.underfilled = True
    assert len(read(connect(filled), cursor)[0]) == 1_000


def test_deals_that_change_while_they_are_listed_are_current_after_the_next_run(filled: FilledHubSpot) -> None:
    many(filled, 60)
    store, changed = Store(), iter(range(10_000, 10_060, 7))

    def change(request: Request) -> bool:
        number = next(changed, None) if request.method == "GET" and request.path.endswith("/deals") else None
        if number:
            later(filled, seconds=1)
            filled.server.account.put("deals", {"dealname": f"Changed {number}"}, str(number))
        return False

    filled.server.faults.add(Fault("status", times=10**9, chosen=change))
    store.pull(connect(filled, "5"))
    later(filled, minutes=1)
    store.pull(connect(filled, "5"))
    assert {id_: deal.name for id_, deal in store.deals.items()} == names(filled)


def test_what_the_index_tells_too_late_comes_with_the_second_reading(filled: FilledHubSpot) -> None:
    store = Store()
    store.pull(connect(filled))
    filled.server.account.index_delay = timedelta(minutes=20)
    filled.server.account.put("deals", {"dealname": "Late in the index"}, "102")
    later(filled, minutes=5)
    store.pull(connect(filled))
    assert store.deals["102"].name == "No story yet"
    for _ in range(10):
        later(filled, minutes=10)
        store.pull(connect(filled))
    assert store.deals["102"].name == "Late in the index"


def test_merged_archived_and_restored_deals_leave_no_ghosts(filled: FilledHubSpot) -> None:
    store, account = Store(), filled.server.account
    store.pull(connect(filled))
    merged = account.merge_deals("101", "105")
    account.archive("deals", "102")
    later(filled, minutes=5)
    store.pull(connect(filled))
    assert set(store.deals) == {"103", "104", "107", merged.id}
    account.restore("deals", "102")
    later(filled, minutes=5)
    store.pull(connect(filled))
    assert {id_: deal.name for id_, deal in store.deals.items()} == names(filled)


@pytest.mark.parametrize("what", ["reset", "truncated", "html", "empty", "lost"])
def test_a_bad_answer_is_asked_for_again_and_is_never_the_end_of_a_list(filled: FilledHubSpot, what: str) -> None:
    many(filled, 20)
    filled.server.faults.add(Fault(what, times=3, after=4))
    assert len(read(connect(filled, "5"))[0]) == 26


@pytest.mark.parametrize("status", [423, 429, 500, 502, 503, 504])
def test_trouble_that_passes_is_waited_for(filled: FilledHubSpot, status: int) -> None:
    filled.server.faults.add(Fault("status", times=2, after=2, status=status))
    assert len(read(connect(filled))[0]) == 6


def test_trouble_that_stays_is_told_and_loses_no_page(filled: FilledHubSpot) -> None:
    many(filled, 20)
    store = Store()
    filled.server.faults.add(Fault("status", times=100, after=9))
    with pytest.raises(TryLater, match="HubSpot has trouble"):
        store.pull(connect(filled, "5"))
    filled.server.faults.waiting.clear()
    store.pull(connect(filled, "5"))
    assert len(store.deals) == 26


def test_a_missing_scope_is_named(filled: FilledHubSpot) -> None:
    filled.server.scopes = {"crm.objects.contacts.read"}
    with pytest.raises(AccessRefused, match=r"missing scopes: crm\.objects\.deals\.read"):
        read(connect(filled))


def test_what_a_token_does_not_reach_is_known_before_anything_is_read(filled: FilledHubSpot) -> None:
    assert connect(filled).closed() == ()
    filled.server.scopes = {"crm.objects.deals.read", "crm.objects.owners.read"}
    assert connect(filled).closed() == ("contacts", "companies", "meetings")


def test_the_calls_of_a_day_that_are_used_up_stop_everything_at_once(filled: FilledHubSpot) -> None:
    filled.server.limits = Limits(daily=3)
    with pytest.raises(TryLater, match="today are used up") as refused:
        read(connect(filled, "2"))
    assert (refused.value.retry_after or 0) >= 3600
    assert filled.server.limits.refused == 1, "it is not asked again and again"


def test_the_pace_keeps_under_the_quotas_whatever_is_asked(filled: FilledHubSpot) -> None:
    """On a clock of its own: HubSpot's limits and ours tell the same time."""
    now = 1_000.0

    def sleep(seconds: float) -> None:
        nonlocal now
        now += seconds

    many(filled, 300)
    filled.server.limits = Limits(ten_seconds=100, searches=5, clock=lambda: now)
    adapter = connect(filled, "2")
    adapter.transport.pace = Pace(None, lambda: now, sleep)
    _, cursor = read(adapter)
    many(filled, 50)
    later(filled, minutes=1)
    read(adapter, cursor)
    assert filled.server.limits.refused == 0
    floor = filled.server.limits.used / 100 * 10
    assert now - 1_000 < 1.3 * floor, "and wastes little of them"


def test_two_workers_share_one_pace(tmp_path: object) -> None:
    now = 0.0
    waited: list[float] = []
    file = tmp_path / "pace.json"  # type: ignore[operator]
    workers = [Pace(file, lambda: now, waited.append) for _ in range(2)]
    for _ in range(10):
        for worker in workers:
            worker.wait(searching=False)
    assert max(waited) == pytest.approx(20 * 10 / 90), "twenty requests, one after the other"


def held(key: str = "k1", state: MeetingState = MeetingState.HELD, title: str = "First talk") -> HeldMeeting:
    at = datetime(2026, 1, 5, 9, tzinfo=UTC)
    body = "They <b>count</b> the stops & more.\n\nSecond paragraph"
    return HeldMeeting(key, "107", at, 45, title, body, "71", state, ("301",))


def meetings(filled: FilledHubSpot) -> dict[str, dict[str, str | None]]:
    return {
        id_: one.properties
        for id_, one in filled.server.account.records["meetings"].items()
        if id_ not in "501 502 503"
    }


@pytest.mark.parametrize("own_property", [True, False])
def test_a_meeting_is_written_whole_and_once(filled: FilledHubSpot, own_property: bool) -> None:
    if not own_property:
        kinds = ("deals", "contacts", "companies", "owners")
        filled.server.scopes = {f"crm.objects.{kind}.{way}" for kind in kinds for way in ("read", "write")}
    written = connect(filled).write_meeting(held())
    assert connect(filled).write_meeting(held()) == written
    ((id_, about),) = meetings(filled).items()
    assert id_ == written
    assert about["hs_meeting_outcome"] == "COMPLETED"
    assert (
        about["hs_meeting_body"] == "<p>They &lt;b&gt;count&lt;/b&gt; the stops &amp; more.</p><p>Second paragraph</p>"
    )
    assert (about["hs_meeting_start_time"], about["hs_meeting_end_time"]) == (
        "2026-01-05T09:00:00.000Z",
        "2026-01-05T09:45:00.000Z",
    )
    account = filled.server.account
    assert account.associated("meetings", id_, "deals") == ["107"]
    assert account.associated("meetings", id_, "contacts") == ["301"]
    assert account.associated("meetings", id_, "companies") == ["401"]


@pytest.mark.parametrize("own_property", [True, False])
@pytest.mark.parametrize("what", ["lost", "truncated", "html"])
def test_an_answer_that_is_lost_leaves_one_meeting(filled: FilledHubSpot, what: str, own_property: bool) -> None:
    if not own_property:
        kinds = ("deals", "contacts", "companies", "owners")
        filled.server.scopes = {f"crm.objects.{kind}.{way}" for kind in kinds for way in ("read", "write")}
    creating = Fault(what, chosen=lambda one: one.method == "POST" and one.path.endswith("/objects/2026-09/meetings"))
    filled.server.faults.add(creating)
    with pytest.raises(OutcomeUnknown):
        connect(filled).write_meeting(held())
    connect(filled).write_meeting(held())
    assert len(meetings(filled)) == 1


def test_an_edited_log_changes_the_same_meeting(filled: FilledHubSpot) -> None:
    adapter = connect(filled)
    first = adapter.write_meeting(held())
    assert adapter.write_meeting(held(state=MeetingState.CANCELLED, title="Put off")) == first
    (about,) = meetings(filled).values()
    assert (about["hs_meeting_title"], about["hs_meeting_outcome"]) == ("Put off", "CANCELED")


def test_a_meeting_of_the_calendar_is_logged_and_not_doubled(filled: FilledHubSpot) -> None:
    planned = HeldMeeting(
        "k9", "101", datetime(2026, 1, 20, 9, tzinfo=UTC), 60, "The routes", "Went well", crm_id="502"
    )
    assert connect(filled).write_meeting(planned) == "502"
    assert filled.server.account.records["meetings"]["502"].properties["hs_meeting_outcome"] == "COMPLETED"


def test_a_rule_of_the_account_names_the_field_that_it_wants(filled: FilledHubSpot) -> None:
    filled.server.account.rules["won"] = "closed_won_reason"
    with pytest.raises(RefusedByRules) as refused:
        connect(filled).move_deal("101", "won")
    assert refused.value.fields == ("closed_won_reason",)
    filled.server.account.properties["deals", "closed_won_reason"] = {"label": "Closed won reason"}
    with pytest.raises(RefusedByRules) as named:
        connect(filled).move_deal("101", "won")
    assert named.value.fields == ("Closed won reason",), "as HubSpot's own pages call it"
    assert "required because of a conditional property rule" in refused.value.reason


def test_a_move_whose_answer_is_lost_is_found_and_not_made_twice(filled: FilledHubSpot) -> None:
    filled.server.faults.add(Fault("lost", chosen=lambda one: one.method == "PATCH"))
    with pytest.raises(OutcomeUnknown):
        connect(filled).move_deal("101", "won")
    move = connect(filled).move_deal("101", "won")
    history = filled.server.account.records["deals"]["101"].history["dealstage"]
    assert [one["value"] for one in history] == ["won", "call", "lead"]
    found, _ = read(connect(filled))
    assert found["101"].moves[-1].id == move


def test_a_stage_of_another_pipeline_takes_the_deal_over(filled: FilledHubSpot) -> None:
    connect(filled).move_deal("101", "renewal")
    assert filled.server.account.records["deals"]["101"].properties["pipeline"] == "old"


def test_an_archived_deal_is_gone_and_a_merged_one_names_its_successor(filled: FilledHubSpot) -> None:
    account = filled.server.account
    account.archive("deals", "102")
    with pytest.raises(RecordGone):
        connect(filled).move_deal("102", "won")
    merged = account.merge_deals("101", "105")
    with pytest.raises(RecordGone) as gone:
        connect(filled).move_deal("101", "won")
    assert gone.value.merged_into == merged.id


def test_an_error_never_holds_the_token() -> None:
    for status in (400, 401, 403, 404, 409, 429, 500, 418):
        assert "Bearer" not in str(error_of(status, {"message": "no"}, {}))
