"""What must come in from a real Odoo, whatever it leaves out of its own account of changes."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from crm_adapters.errors import AccessRefused, CrmError, NotSupported
from crm_adapters.odoo import Odoo
from crm_adapters.port import Deal, StageOutcome
from tests.adapters.contract import all_deals, all_meetings, last_cursor
from tests.odoo.filled import CALL, LEAD, PARKED, STAGES, WON, FilledOdoo, settings
from tests.odoo_server import OdooServer

SINCE_EVER = "UPDATE crm_lead SET write_date = write_date - interval '1 day'"


@pytest.fixture(params=["add-on", "JSON-2"])
def crm(odoo: OdooServer, request: pytest.FixtureRequest) -> FilledOdoo:
    """An Odoo with the contract's stages, and no leads."""
    filled = FilledOdoo(odoo, way=request.param)
    filled.fill(STAGES, (), ())
    return filled


@pytest.fixture
def lead(crm: FilledOdoo) -> Callable[..., int]:
    """Makes a lead that is older than any overlap."""

    def make(name: str = "Press line", **values: object) -> int:
        about = {"name": name, "type": "opportunity", "stage_id": int(LEAD), "user_id": False, **values}
        (made,) = crm.odoo.call("admin", "crm.lead", "create", vals_list=[about])
        crm.odoo.sql(f"{SINCE_EVER} WHERE id = %s", made)
        return int(made)

    return make


def write(crm: FilledOdoo, ids: list[int], **values: object) -> None:
    crm.odoo.call("admin", "crm.lead", "write", ids=ids, vals=values)


def changed(adapter: Odoo, cursor: str) -> dict[str, Deal]:
    return {deal.id: deal for deal in all_deals(adapter, cursor)}


def stages(deal: Deal) -> list[str]:
    return [move.stage_id for move in deal.moves]


def test_leads_that_change_in_one_instant_all_come_however_small_the_pages(
    crm: FilledOdoo, lead: Callable[..., int]
) -> None:
    ids = [lead(f"Deal {number}") for number in range(7)]
    cursor = last_cursor(crm.connect())
    write(crm, ids[::-1], name="Changed")
    # The later the row, the earlier in its second: who pages by the date, then by the id, loses some.
    for place, id_ in enumerate(ids):
        shift = f"date_trunc('second', now() at time zone 'UTC') - interval '{place} ms'"
        crm.odoo.sql(f"UPDATE crm_lead SET write_date = {shift} WHERE id = %s", id_)
    assert changed(crm.connect(), cursor).keys() == set(map(str, ids))


def test_a_change_that_is_dated_by_when_its_long_transaction_began_comes(
    crm: FilledOdoo, lead: Callable[..., int]
) -> None:
    id_ = lead()
    cursor = last_cursor(crm.connect())
    crm.odoo.sql("UPDATE crm_lead SET name = 'Late', write_date = now() at time zone 'UTC' - interval '10 minutes'")
    assert changed(crm.connect(), cursor)[str(id_)].name == "Late"


def test_what_changes_while_a_pass_is_read_comes_in_it_or_in_the_next(
    crm: FilledOdoo, lead: Callable[..., int]
) -> None:
    ids = [lead(f"Deal {number}") for number in range(6)]
    adapter, cursor = crm.connect(), ""
    for number, page in enumerate(adapter.deals(None)):
        write(crm, [ids[number]], name="Changed meanwhile")
        cursor = page.cursor
    names = {deal.id: deal.name for deal in all_deals(crm.connect(), cursor)}
    for id_ in ids[: number + 1]:
        assert names[str(id_)] == "Changed meanwhile"


def test_a_customer_a_company_and_a_salesperson_who_are_renamed_come_with_their_leads(
    crm: FilledOdoo, lead: Callable[..., int]
) -> None:
    call, users = crm.odoo.call, crm.odoo.users
    (firm,) = call("admin", "res.partner", "create", vals_list=[{"name": "Halle", "is_company": True}])
    (bo,) = call("admin", "res.partner", "create", vals_list=[{"name": "Bo", "parent_id": firm}])
    seller = call("admin", "res.users", "read", ids=[users["seller"]], fields=["partner_id"])[0]["partner_id"][0]
    one, other = str(lead(partner_id=bo)), str(lead(user_id=users["seller"]))
    crm.odoo.sql("UPDATE res_partner SET write_date = write_date - interval '1 day'")
    cursor = last_cursor(crm.connect())

    def rename(partner: int, name: str) -> dict[str, Deal]:
        call("admin", "res.partner", "write", ids=[partner], vals={"name": name})
        return changed(crm.connect(), cursor)

    assert rename(bo, "Bo Halle")[one].contacts[0].name == "Bo Halle"
    assert rename(firm, "Halle & Sons")[one].company == "Halle & Sons"
    owner = rename(seller, "Sam the Seller")[other].owner
    assert owner is not None
    assert owner.name == "Sam the Seller"
    call("admin", "res.partner", "write", ids=[seller], vals={"name": "Sam Seller"})


def test_a_lost_lead_comes_with_its_reason_and_again_when_it_is_restored(
    crm: FilledOdoo, lead: Callable[..., int]
) -> None:
    id_ = lead()
    cursor = last_cursor(crm.connect())
    crm.odoo.call("admin", "crm.lead", "action_set_lost", ids=[id_], lost_reason_id=1)
    assert stages(changed(crm.connect(), cursor)[str(id_)]) == [LEAD, "lost-1"]
    names = {stage.id: stage for one in crm.connect().pipelines() for stage in one.stages}
    assert (names["lost-1"].label, names["lost-1"].outcome) == ("Lost: Too expensive", StageOutcome.LOST)
    crm.odoo.call("admin", "crm.lead", "action_unarchive", ids=[id_])
    assert stages(changed(crm.connect(), cursor)[str(id_)]) == [LEAD, "lost-1", LEAD]


def test_a_move_that_was_not_tracked_leaves_a_hole(crm: FilledOdoo, lead: Callable[..., int]) -> None:
    id_ = lead()
    hidden = {"context": {"tracking_disable": True}}
    crm.odoo.call("admin", "crm.lead", "write", ids=[id_], vals={"stage_id": int(CALL)}, **hidden)
    write(crm, [id_], stage_id=int(PARKED))
    (deal,) = all_deals(crm.connect())
    assert stages(deal) == [CALL, PARKED], "Odoo says what was left, not where the lead had been before it"
    crm.odoo.call("admin", "crm.lead", "write", ids=[id_], vals={"stage_id": int(WON)}, **hidden)
    (deal,) = all_deals(crm.connect())
    assert stages(deal) == [CALL, PARKED, WON]
    assert deal.moves[-1].at is not None


def test_a_deleted_lead_and_one_that_was_merged_into_another_are_gone(
    crm: FilledOdoo, lead: Callable[..., int]
) -> None:
    kept, deleted, merged, into = (lead(name) for name in ("Kept", "Deleted", "Merged", "Into"))
    cursor = last_cursor(crm.connect())
    known = frozenset(map(str, (kept, deleted, merged, into)))
    crm.odoo.call("admin", "crm.lead", "unlink", ids=[deleted])
    crm.odoo.call("admin", "crm.lead", "merge_opportunity", ids=[into, merged])
    left = {deal.id for deal in all_deals(crm.connect())}
    gone = {one.deal_id for one in crm.connect().removals(cursor, lambda: known)}
    assert str(deleted) in gone
    assert gone == known - left
    assert len(gone) == 2


def test_a_lead_that_is_only_hidden_from_us_is_not_gone(crm: FilledOdoo, lead: Callable[..., int]) -> None:
    seller = crm.odoo.users["seller"]
    mine, theirs, deleted = lead(user_id=seller), lead(user_id=seller), lead(user_id=seller)
    crm.login = "seller"
    known = frozenset(map(str, (mine, theirs, deleted)))
    cursor = last_cursor(crm.connect())
    write(crm, [theirs], user_id=crm.odoo.users["manager"])
    crm.odoo.call("admin", "crm.lead", "unlink", ids=[deleted])
    assert [one.deal_id for one in crm.connect().removals(cursor, lambda: known)] == [str(deleted)]
    assert {deal.id for deal in all_deals(crm.connect())} == {str(mine)}


def test_a_stage_that_was_deleted_keeps_the_name_that_it_had(crm: FilledOdoo, lead: Callable[..., int]) -> None:
    (gone,) = crm.odoo.call("admin", "crm.stage", "create", vals_list=[{"name": "On hold", "sequence": 9}])
    id_ = lead()
    write(crm, [id_], stage_id=gone)
    write(crm, [id_], stage_id=int(CALL))
    crm.odoo.call("admin", "crm.stage", "unlink", ids=[gone])
    adapter = crm.connect()
    labels = {stage.id: stage.label for one in adapter.pipelines() for stage in one.stages}
    (deal,) = all_deals(adapter)
    assert [labels[stage] for stage in stages(deal)] == ["Lead", "On hold", "Call done"]


def test_events_that_change_move_or_go_come_and_others_than_the_opportunities_do_not(
    crm: FilledOdoo, lead: Callable[..., int]
) -> None:
    times = {"start": "2026-12-01 10:00:00", "stop": "2026-12-01 10:45:00"}
    make = {"vals_list": [{"name": "Ours", "opportunity_id": lead(), **times}, {"name": "Private", **times}]}
    ours, _ = crm.odoo.call("admin", "calendar.event", "create", **make)
    (meeting,) = all_meetings(crm.connect())
    assert (meeting.id, meeting.minutes, meeting.starts_at.hour) == (str(ours), 45, 10)


def test_an_unchanged_odoo_costs_few_calls(crm: FilledOdoo, lead: Callable[..., int]) -> None:
    lead()
    cursor = last_cursor(crm.connect())
    adapter = crm.connect()
    adapter.pipelines()
    assert all_deals(adapter, cursor) == []
    list(adapter.removals(cursor, frozenset))
    assert all_meetings(adapter, cursor) == []
    assert adapter.client.requests < 10


@pytest.mark.parametrize(
    ("given", "refusal", "words"),
    [
        ({"key": "0" * 40}, AccessRefused, "does not accept the key"),
        ({"database": "nowhere"}, AccessRefused, "no such database"),
        ({"networks": ""}, AccessRefused, "PARCOURS_NETWORKS"),
        ({"address": "http://127.0.0.1:9"}, CrmError, "can't be reached"),
    ],
)
def test_a_connection_that_cannot_be_made_says_what_is_wrong(
    odoo: OdooServer, given: dict[str, str], refusal: type[CrmError], words: str
) -> None:
    adapter = Odoo.from_settings(settings(odoo, "admin", **given))
    adapter.client.sleep = lambda _seconds: None
    with pytest.raises(refusal, match=words) as told:
        adapter.whoami()
    assert "Traceback" not in str(told.value)


def test_an_odoo_that_is_too_old_is_told_so(odoo: OdooServer) -> None:
    adapter = Odoo.from_settings(settings(odoo, "admin"))
    adapter.client.__dict__["_ask_version"] = lambda: (15, 0)
    with pytest.raises(NotSupported, match="Odoo 16 and later"):
        adapter.whoami()


def test_what_a_salesperson_does_not_reach_is_told(odoo: OdooServer) -> None:
    assert "others_deals" in Odoo.from_settings(settings(odoo, "seller")).closed()
    assert "others_deals" not in Odoo.from_settings(settings(odoo, "manager")).closed()
    assert Odoo.from_settings(settings(odoo, "admin")).closed() == ()
