"""The sync: what a source says becomes facts, once, and what is derived from them is always whole."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from crm_adapters.errors import CrmError
from plugin.store.database import Database
from plugin.store.derived import history_of
from plugin.store.tables import CrmStage, Deal, DealStanding, Meeting, StageMoveFact, SyncRun
from plugin.sync.pull import Pulled
from tests.companies import STAGES, day, write_company
from tests.histories import JOURNEY
from tests.sync.conftest import NOW

PullFolder = Callable[..., Pulled]


def everything_derived(database: Database) -> list[tuple[object, ...]]:
    """Standings and passages by the CRM's id of their deal, without the numbers that a database gives out."""
    columns = [column for column in DealStanding.__table__.c if column.name != "deal_id"]
    with database.reading() as session:
        rows = session.execute(select(Deal.crm_id, *columns).join(Deal, Deal.id == DealStanding.deal_id))
        return sorted((tuple(row) for row in rows), key=repr)


def count(database: Database, table: type) -> int:
    with database.reading() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def test_deals_and_their_moves_become_visits(database: Database, pull: PullFolder, tmp_path: Path) -> None:
    pulled = pull(write_company(tmp_path, {"d1": [("lead", day(1)), ("call", day(5))]}))
    assert (pulled.deals, pulled.changed, pulled.gone, pulled.faults) == (1, 1, 0, [])
    with database.reading() as session:
        visits = history_of(session, JOURNEY, session.scalars(select(Deal.id)).one()).visits
        standing = session.execute(select(DealStanding.stage, DealStanding.state)).one()
    assert [(visit.stage, visit.left_to) for visit in visits] == [("problem", "search"), ("search", None)]
    assert tuple(standing) == ("search", "open")


def test_a_second_sync_changes_nothing(database: Database, pull: PullFolder, tmp_path: Path) -> None:
    folder = write_company(tmp_path, {f"d{n}": [("lead", day(n)), ("call", day(n + 2))] for n in range(1, 20)})
    pull(folder)
    before = everything_derived(database)
    facts = count(database, StageMoveFact)
    again = pull(folder)
    assert (again.deals, again.changed, again.gone) == (19, 0, 0)
    assert everything_derived(database) == before
    assert count(database, StageMoveFact) == facts


def test_a_deal_that_the_source_no_longer_has_is_marked_and_comes_back_unmarked(
    database: Database, pull: PullFolder, tmp_path: Path
) -> None:
    both = {"d1": [("lead", day(1))], "d2": [("lead", day(2))]}
    pull(write_company(tmp_path, both))
    assert pull(write_company(tmp_path, {"d1": both["d1"]})).gone == 1
    with database.reading() as session:
        gone = dict(session.execute(select(Deal.crm_id, Deal.gone_at)).all())
    assert gone == {"d1": None, "d2": NOW}
    assert count(database, StageMoveFact) == 2
    pull(write_company(tmp_path, both))
    with database.reading() as session:
        assert session.scalars(select(Deal.gone_at)).all() == [None, None]


def test_a_deal_whose_row_is_broken_is_not_gone(database: Database, pull: PullFolder, tmp_path: Path) -> None:
    folder = write_company(tmp_path, {"d1": [("lead", day(1))], "d2": [("lead", day(2))]})
    pull(folder)
    deals = (folder / "deals.csv").read_text(encoding="utf-8")
    (folder / "deals.csv").write_text(deals.replace("1000.50,EUR", "a lot,EUR", 1), encoding="utf-8")
    pulled = pull(folder)
    assert pulled.gone == 0
    assert len(pulled.faults) == 1
    with database.reading() as session:
        assert session.scalars(select(Deal.gone_at)).all() == [None, None]


def test_a_move_that_the_source_takes_back_is_kept_as_a_fact_but_no_longer_counts(
    database: Database, pull: PullFolder, tmp_path: Path
) -> None:
    pull(write_company(tmp_path, {"d1": [("lead", day(1)), ("offer", day(3))]}))
    pull(write_company(tmp_path, {"d1": [("lead", day(1)), ("call", day(3))]}))
    with database.reading() as session:
        withdrawn = dict(session.execute(select(StageMoveFact.label, StageMoveFact.withdrawn_at)).all())
        assert session.scalar(select(DealStanding.stage)) == "search"
    assert withdrawn == {"Lead": None, "Offer sent": NOW, "Call done": None}


def test_a_stage_without_a_buyer_stage_leaves_the_buyer_where_they_were_and_is_counted(
    database: Database, pull: PullFolder, tmp_path: Path
) -> None:
    pull(write_company(tmp_path, {"d1": [("lead", day(1)), ("parked", day(3))]}))
    with database.reading() as session:
        assert session.execute(select(DealStanding.stage, DealStanding.unmapped)).one() == ("problem", 1)


def test_a_stage_that_no_file_lists_is_taken_in_as_unmapped(
    database: Database, pull: PullFolder, tmp_path: Path
) -> None:
    pull(write_company(tmp_path, {"d1": [("lead", day(1)), ("brand_new", day(3))]}))
    with database.reading() as session:
        stage = session.scalars(select(CrmStage).filter_by(crm_id="brand_new")).one()
        assert (stage.outcome, stage.buyer_stage) == ("open", None)
        assert session.scalar(select(DealStanding.unmapped)) == 1


def test_a_changed_meaning_of_a_stage_is_read_into_all_history(
    database: Database, pull: PullFolder, tmp_path: Path
) -> None:
    moves = {"d1": [("lead", day(1)), ("parked", day(3))]}
    pull(write_company(tmp_path, moves))
    pull(write_company(tmp_path, moves, STAGES.replace("Parked,8,open,", "Parked,8,open,search")))
    with database.reading() as session:
        assert session.execute(select(DealStanding.stage, DealStanding.unmapped)).one() == ("search", 0)


def test_a_source_that_cannot_be_read_marks_nothing_gone_and_is_noted(
    database: Database, pull: PullFolder, tmp_path: Path
) -> None:
    folder = write_company(tmp_path, {"d1": [("lead", day(1))]})
    pull(folder)
    (folder / "deals.csv").unlink()
    with pytest.raises(CrmError, match=r"deals\.csv"):
        pull(folder, NOW + timedelta(days=1))
    with database.reading() as session:
        assert session.scalar(select(Deal.gone_at)) is None
        run = session.scalars(select(SyncRun).order_by(SyncRun.id.desc())).first()
    assert run is not None
    assert run.state == "failed"
    assert "deals.csv" in run.message


def test_an_owner_of_the_same_address_is_linked_to_the_account(
    database: Database, pull: PullFolder, tmp_path: Path
) -> None:
    from plugin.store.tables import CrmOwner, UserAccount

    with database.writing.begin() as session:
        session.add(UserAccount(email="ana@seller.example", name="Ana", role="salesperson", created_at=NOW))
    pull(write_company(tmp_path, {"d1": [("lead", day(1))]}))
    with database.reading() as session:
        assert session.scalar(select(CrmOwner.user_id)) == session.scalar(select(UserAccount.id))


def test_a_meeting_of_the_calendar_is_the_one_that_was_planned_or_logged_here(
    database: Database, pull: PullFolder, tmp_path: Path
) -> None:
    """Who plans the next meeting in a log puts it into the calendar too: it comes back as that one, with its kit."""
    folder = write_company(tmp_path, {"d1": [("lead", day(1))]})
    pull(folder)
    with database.writing.begin() as session:
        deal_id = session.scalars(select(Deal.id)).one()
        for name, state, revision, at in [("plan", "planned", 0, day(20)), ("log", "held", 1, day(10))]:
            session.add(
                Meeting(
                    public_id=name,
                    deal_id=deal_id,
                    template="framing",
                    state=state,
                    starts_at=datetime.fromisoformat(at),
                    minutes=45,
                    revision=revision,
                    felt="keen" if revision else None,
                )
            )
    header = "id,deal,starts_at,minutes,state,title,template,felt,effect\n"
    rows = [
        f"m1,d1,{day(20, 10)},60,planned,Framing with Bo,,,",
        f"m2,d1,{day(10, 8)},60,held,A call,,doubtful,",
        f"m3,d1,{day(25)},60,planned,Another one,,,",
    ]
    (folder / "meetings.csv").write_text(header + "\n".join(rows) + "\n", encoding="utf-8")
    for _ in range(2):
        pull(folder)
        with database.reading() as session:
            columns = Meeting.crm_id, Meeting.public_id, Meeting.template, Meeting.minutes, Meeting.felt
            found = {row[0]: tuple(row[1:]) for row in session.execute(select(*columns))}
        assert found.pop("m3")[1] is None
        assert found == {"m1": ("plan", "framing", 60, None), "m2": ("log", "framing", 45, "keen")}
