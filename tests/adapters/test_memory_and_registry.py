"""What the adapter in memory does beyond the contract, and how adapters are found."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from crm_adapters.csv_folder import CsvFolder
from crm_adapters.errors import NotSupported, RecordGone
from crm_adapters.memory import MemoryCrm
from crm_adapters.port import ConnectionSettings, Deal
from crm_adapters.registry import adapter_for
from tests.adapters.contract import DEALS, STAGES, held, without_own_ids

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def test_a_merged_deal_names_its_successor() -> None:
    crm = MemoryCrm()
    crm.put(Deal("d1", "Press line", "new", ()))
    crm.remove("d1", merged_into="d2")

    with pytest.raises(RecordGone) as gone:
        crm.write_meeting(held("k1", "d1"))

    assert gone.value.merged_into == "d2"


def test_a_deal_that_comes_back_is_no_longer_gone() -> None:
    crm = MemoryCrm()
    crm.put(DEALS[0])
    crm.remove("d1")
    crm.put(DEALS[0])

    assert list(crm.removals(None, frozenset)) == []


def test_a_meeting_stays_written_when_its_deal_goes() -> None:
    crm = MemoryCrm()
    crm.put(DEALS[0])
    first = crm.write_meeting(held("k1", "d1"))
    crm.remove("d1")

    assert crm.write_meeting(held("k1", "d1")) == first
    assert list(crm.written) == ["k1"]


def test_a_move_is_dated_by_the_clock_and_comes_behind_the_cursor() -> None:
    crm = MemoryCrm(STAGES, clock=lambda: NOW)
    for deal in DEALS:
        crm.put(deal)
    cursor = [page.cursor for page in crm.deals(None)][-1]

    crm.move_deal("d1", "parked")

    (moved,) = [deal for page in crm.deals(cursor) for deal in page.deals]
    assert (moved.moves[-1].stage_id, moved.moves[-1].at) == ("parked", NOW)
    assert without_own_ids([moved])[0].moves[:-1] == without_own_ids(DEALS)[0].moves


def test_an_adapter_is_found_by_the_name_of_its_entry_point() -> None:
    adapter = adapter_for("csv", ConnectionSettings("sales", {"folder": "somewhere"}))

    assert isinstance(adapter, CsvFolder)


def test_an_adapter_that_nobody_installed_is_told_with_those_that_are() -> None:
    with pytest.raises(NotSupported) as refused:
        adapter_for("sugar", ConnectionSettings("sales"))

    assert str(refused.value) == "no adapter for 'sugar' is installed; there is: csv, hubspot, odoo"
