"""The map's figures: those of the figure 8 are those of the histories, those of a stage are those of its logs."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date, datetime, timedelta
from random import Random

import pytest
from sqlalchemy import select

from plugin.domain.conversion import Period, in_cohort
from plugin.domain.moves import LOST, StageMove
from plugin.domain.stage_map import NoteKind
from plugin.domain.visits import replay
from plugin.library.folders import shipped_folder
from plugin.library.personas import load_personas
from plugin.services.accounts import add_user
from plugin.services.erasure import erase_contact
from plugin.services.figure8 import figure8
from plugin.services.improvements import Decision, decide_improvement
from plugin.services.map_notes import Note, add_note
from plugin.services.stage_logs import StageLogs, behind, stage_logs
from plugin.services.stage_map import stage_column, whole_map
from plugin.services.viewer import Role, Viewer
from plugin.services.workspace import Workspace
from plugin.store.queries.questions import Question
from plugin.store.tables import BuyerWords, Connection, CrmOwner, Deal, Meeting, MeetingLog
from tests.histories import JOURNEY
from tests.services.conftest import NOW, Fill, told
from tests.services.test_conversion_report import company, stored

ASKED = Question(Period(date(2026, 1, 1), date(2026, 9, 1)), NOW)
BEGIN = NOW - timedelta(days=120)
LEADER = Viewer(0, "Mia", "mia@seller.example", Role.MARKETER)


@pytest.fixture
def space(workspace: Workspace) -> Workspace:
    return replace(workspace, personas=load_personas(shipped_folder() / "personas.yaml"))


def meet(
    space: Workspace,
    key: str,
    days: float,
    felt: str | None = None,
    effect: str | None = None,
    words: dict[str | int, str] | None = None,
    changed: str = "",
    stage: str = "problem",
) -> None:
    """A held and logged meeting; ``words`` by evidence or canvas question."""
    with space.database.writing.begin() as session:
        deal_id = session.scalars(select(Deal.id).filter_by(crm_id=key)).one()
        at = BEGIN + timedelta(days=days)
        row = Meeting(
            public_id=f"{key} {days}", deal_id=deal_id, template="discovery", stage=stage, state="held",
            starts_at=at, minutes=30, felt=felt, effect=effect,
        )  # fmt: skip
        session.add(row)
        session.flush()
        for about, text in (words or {}).items():
            said = BuyerWords(deal_id=deal_id, meeting_id=row.id, status="heard", text=text, said_by="Bo Buyer")
            said.said_at = at
            said.canvas_question = about if isinstance(about, int) else None
            said.evidence = None if isinstance(about, int) else about
            session.add(said)
        if changed:
            session.add(MeetingLog(key=row.public_id, meeting_id=row.id, note="", what_changed=changed, logged_at=at))


def logs_of(space: Workspace, viewer: Viewer = LEADER, persona: str | None = None, most: int = 1_000) -> StageLogs:
    with space.database.reading() as session:
        return stage_logs(session, space, viewer, "problem", ASKED, persona, most)


@pytest.fixture
def deals(space: Workspace, fill: Fill) -> Workspace:
    """Twelve deals that entered Problem on one day, of two personas and two owners."""
    moves = [StageMove("a", BEGIN, "problem")]
    names = ("chief executive", "CFO")
    fill([told(f"d{n}", moves, names[n % 2], "Ana" if n < 6 else "Bob") for n in range(12)])
    return space


@pytest.mark.parametrize("persona", [None, "finance", "it"])
def test_the_figure_8_counts_what_the_plain_histories_say(space: Workspace, fill: Fill, persona: str | None) -> None:
    deals = company(Random(11))
    stored(space, fill, deals)
    wanted = {None: {"director", "finance", None}, "finance": {"finance"}, "it": set()}[persona]
    with space.database.reading() as session:
        found = figure8(session, space, ASKED, persona)
    for crowd in found.crowds:
        expected: Counter[str | None] = Counter()
        standing = 0
        for named, gone_at, moves in deals.values():
            if named not in wanted:
                continue
            history = replay(moves, JOURNEY, NOW)
            standing += gone_at is None and (history.standing.state, history.standing.stage) == ("open", crowd.stage)
            for passage in history.passages:
                if passage.stage == crowd.stage and in_cohort(passage, ASKED.period, NOW):
                    expected[passage.left_to] += 1
        assert crowd.deals == standing == crowd.forward + crowd.still + crowd.gone_back
        assert (crowd.led.entered, crowd.led.lost, crowd.led.staying) == (
            expected.total(),
            expected[LOST],
            expected[None],
        )
    assert (found.leak is None) is (persona == "it")


def test_feelings_evidence_and_harm_are_counted_with_the_meetings_they_rest_on(deals: Workspace) -> None:
    meet(deals, "d0", 3, "worried", "weakened", {"problem_said": "It costs us Mondays."})
    meet(deals, "d0", 5, "keen", "strengthened", {"problem_said": "Still Mondays.", 9: "The import."})
    meet(deals, "d1", 4, "worried", "broke", changed="The audit is off.")
    meet(deals, "d2", 4, stage="search", felt="keen")
    found = logs_of(deals)
    assert (found.meetings, found.deals) == (3, 2)
    assert found.felt == {"worried": 2, "keen": 1}
    assert (found.evidence("problem_said").meetings, found.evidence("problem_said").deals) == (2, 1)
    assert [said.text for said in found.evidence("problem_said").quotes] == ["Still Mondays.", "It costs us Mondays."]
    assert (found.harmed.meetings, found.harmed.deals) == (2, 2)
    assert [said.text for said in found.holds_back.quotes] == ["The import."]
    assert [said.text for said in found.went_back.quotes] == ["The audit is off."]


def test_words_that_the_buyer_took_back_hold_nobody_back(deals: Workspace) -> None:
    meet(deals, "d0", 3, words={9: "The price."})
    with deals.database.writing.begin() as session:
        session.scalars(select(BuyerWords)).one().status = "contradicted"
    assert logs_of(deals).holds_back.meetings == 0


def test_erased_words_still_count_and_never_appear(deals: Workspace) -> None:
    meet(deals, "d0", 3, words={9: "My boss would hate it."}, changed="Bo Buyer was overruled.")
    with deals.database.writing.begin() as session:
        connection = session.scalars(select(Connection.id)).one()
        erase_contact(session, connection, "cd0", NOW)
    found = logs_of(deals)
    assert (found.holds_back.meetings, found.holds_back.quotes) == (1, ())
    with deals.database.reading() as session:
        lines = behind(session, found, "holds_back")
    assert [one.words for one in lines] == [()]
    assert "Bo Buyer" not in found.went_back.quotes[0].text


def test_a_persona_reads_the_logs_of_its_own_deals(deals: Workspace) -> None:
    meet(deals, "d0", 3, "worried")
    meet(deals, "d1", 3, "keen")
    assert logs_of(deals, persona="director").felt == {"worried": 1}
    assert logs_of(deals, persona="finance").felt == {"keen": 1}
    assert logs_of(deals, persona="operations").meetings == 0


def test_a_salesperson_reads_the_words_of_their_own_deals_and_the_counts_of_all(deals: Workspace) -> None:
    with deals.database.writing.begin() as session:
        ana = add_user(session, "ana@seller.example", "Ana", Role.SALESPERSON, NOW)
        for owner in session.scalars(select(CrmOwner)):
            owner.user_id = ana if owner.name == "Ana" else None
    meet(deals, "d0", 3, words={9: "Mine."})
    meet(deals, "d8", 4, words={9: "Bob’s."})
    found = logs_of(deals, Viewer(ana, "Ana", "ana@seller.example", Role.SALESPERSON))
    assert found.holds_back.meetings == 2
    assert [said.text for said in found.holds_back.quotes] == ["Mine."]
    with deals.database.reading() as session:
        assert [one.deal.name for one in behind(session, found, "holds_back")] == ["Deal d0"]


def test_only_the_newest_meetings_are_read_and_the_page_can_say_so(deals: Workspace) -> None:
    for n in range(4):
        meet(deals, f"d{n}", n, "keen" if n else "worried")
    found = logs_of(deals, most=3)
    assert (found.meetings, found.cut, found.felt) == (3, True, {"keen": 3})
    assert not logs_of(deals, most=4).cut


def test_meetings_outside_of_the_period_or_after_the_instant_are_not_read(deals: Workspace) -> None:
    meet(deals, "d0", -400, "worried")
    meet(deals, "d1", 500, "worried")
    assert logs_of(deals).meetings == 0


def test_the_usual_days_are_counted_from_the_entry_into_the_stage(deals: Workspace) -> None:
    for n in range(12):
        meet(deals, f"d{n}", n + 0.5)
    days = logs_of(deals).days
    assert days is not None
    assert (days.first, days.middle, days.last, days.meetings) == (2, 5, 8, 12)


def test_a_figure_that_the_page_does_not_have_opens_nothing(deals: Workspace) -> None:
    with deals.database.reading() as session, pytest.raises(KeyError):
        behind(session, logs_of(deals), "secrets")


def test_what_is_written_for_everybody_holds_for_each_persona_and_stays_in_its_journey(deals: Workspace) -> None:
    with deals.database.writing.begin() as session:
        mia = Viewer(add_user(session, "m@x.example", "Mia", Role.MARKETER, NOW), "Mia", "m@x.example", Role.MARKETER)
        for text, persona in (("All do", None), ("Finance does", "finance"), ("IT does", "it")):
            add_note(session, deals, mia, "problem", Note(NoteKind.ACTION, text, persona, None))
        decide_improvement(session, deals, mia, "problem", Decision("Ask sooner", "it", mia.user_id, date(2026, 9, 9)))
    other = replace(deals, journey=replace(JOURNEY, key="other"))
    with deals.database.reading() as session:
        mine = stage_column(session, deals, mia, "problem", ASKED, "finance")
        whole = whole_map(session, deals, mia, ASKED, None)
        elsewhere = stage_column(session, other, mia, "problem", ASKED, None)
    assert [note.text for note in mine.notes[NoteKind.ACTION]] == ["All do", "Finance does"]
    assert mine.improvements == ()
    assert [one.text for one in whole[0].improvements] == ["Ask sooner"]
    assert [column.stage.key for column in whole] == [stage.key for stage in JOURNEY.stages]
    assert elsewhere.notes[NoteKind.ACTION] == ()


def test_the_instant_is_that_of_the_question(deals: Workspace) -> None:
    meet(deals, "d0", 3, "keen")
    early: datetime = BEGIN + timedelta(days=1)
    with deals.database.reading() as session:
        found = stage_logs(session, deals, LEADER, "problem", replace(ASKED, as_of=early), None)
    assert found.meetings == 0
