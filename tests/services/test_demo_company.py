"""The demo's company: the same each time, as large as promised, and as untidy as a real CRM."""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

import pytest

from plugin.services.demo_company import write_demo_company
from plugin.services.demo_company.content import load_content

PARIS = ZoneInfo("Europe/Paris")
MONDAY_MORNING = datetime(2026, 3, 30, 8, 10, tzinfo=UTC)
PURCHASE = ["problem", "search", "select", "buy"]
JOURNEY = [*PURCHASE, "onboard", "use", "sustain", "recommend"]
FILES = {"stages.csv", "deals.csv", "stage_moves.csv", "touches.csv", "meetings.csv", "words.csv"}
Way = list[tuple[str, datetime | None]]


class Step(NamedTuple):
    """From one place of a buyer to the next; None is an unknown start."""

    deal: str
    here: str
    there: str
    entered: datetime | None
    left: datetime | None


@dataclass
class Demo:
    """The written folder, read back as plainly as possible."""

    folder: Path
    now: datetime

    def rows(self, name: str) -> list[dict[str, str]]:
        with (self.folder / f"{name}.csv").open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    @cached_property
    def deals(self) -> dict[str, dict[str, str]]:
        return {row["id"]: row for row in self.rows("deals")}

    @cached_property
    def stages(self) -> dict[str, dict[str, str]]:
        return {row["stage"]: row for row in self.rows("stages")}

    @cached_property
    def meetings(self) -> dict[str, dict[str, str]]:
        return {row["id"]: row for row in self.rows("meetings")}

    @cached_property
    def moves(self) -> dict[str, list[dict[str, str]]]:
        moves: dict[str, list[dict[str, str]]] = defaultdict(list)
        for row in self.rows("stage_moves"):
            moves[row["deal"]].append(row)
        return moves

    def place(self, stage: str) -> str:
        """The buyer stage of a CRM stage, or ``won``, ``lost``; empty where unmapped."""
        row = self.stages[stage]
        return row["outcome"] if row["outcome"] != "open" else row["buyer_stage"]

    @cached_property
    def ways(self) -> dict[str, Way]:
        """Buyer stages and outcomes of each deal in order, without unmapped ones and repetitions."""
        return {deal: list(self._way(moves)) for deal, moves in self.moves.items()}

    @cached_property
    def steps(self) -> list[Step]:
        return [
            Step(deal, here, there, entered, left)
            for deal, way in self.ways.items()
            for (here, entered), (there, left) in pairwise(way)
        ]

    def _way(self, moves: list[dict[str, str]]) -> Iterator[tuple[str, datetime | None]]:
        held = ""
        for move in moves:
            place = self.place(move["stage"])
            if place and place != held:
                held = place
                yield place, instant(move["at"]) if move["at"] else None


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


def write(folder: Path, now: datetime = MONDAY_MORNING, **options: int) -> Demo:
    write_demo_company(folder, now, **options)
    return Demo(folder, now)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    return write(tmp_path_factory.mktemp("demo"))


def contents(demo: Demo) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in demo.folder.iterdir()}


def test_the_same_seed_writes_the_same_bytes(demo: Demo, tmp_path: Path) -> None:
    assert contents(write(tmp_path)) == contents(demo)


def test_another_seed_makes_other_deals(demo: Demo, tmp_path: Path) -> None:
    assert contents(write(tmp_path, seed=9))["deals.csv"] != contents(demo)["deals.csv"]


def test_the_folder_holds_five_files_and_nothing_else(demo: Demo) -> None:
    assert set(contents(demo)) == FILES


@pytest.mark.parametrize("count", [0, 4, 150])
def test_as_many_deals_as_asked_for_are_made(tmp_path: Path, count: int) -> None:
    assert len(write(tmp_path, deals=count).deals) == count


def test_the_company_is_as_large_as_promised(demo: Demo) -> None:
    def kinds(column: str) -> int:
        return len({deal[column] for deal in demo.deals.values()})

    assert len(demo.deals) == 1200
    assert {column: kinds(column) for column in ("pipeline", "owner", "owner_email", "source")} == {
        "pipeline": 2,
        "owner": 12,
        "owner_email": 12,
        "source": 8,
    }
    assert kinds("persona") > 20
    assert {deal["currency"] for deal in demo.deals.values()} == {"EUR", "GBP", "CHF"}
    assert 380 <= kinds("company") <= 420


def test_the_history_covers_two_years_and_ends_today(demo: Demo) -> None:
    dated = sorted(instant(move["at"]) for moves in demo.moves.values() for move in moves if move["at"])
    assert timedelta(0) <= demo.now - dated[-1] < timedelta(days=4)
    assert timedelta(days=715) < demo.now - dated[0] < timedelta(days=735)


def test_every_deal_has_moves_in_order_within_its_own_pipeline(demo: Demo) -> None:
    assert set(demo.moves) == set(demo.deals)
    for deal, moves in demo.moves.items():
        dated = [instant(move["at"]) for move in moves if move["at"]]
        assert dated == sorted(dated)
        assert {demo.stages[move["stage"]]["pipeline"] for move in moves} == {demo.deals[deal]["pipeline"]}


def test_an_unknown_start_is_the_first_move_and_comes_from_an_import(demo: Demo) -> None:
    undated = [(moves.index(move), move) for moves in demo.moves.values() for move in moves if not move["at"]]
    assert len(undated) > 30
    assert {(place, move["actor_kind"]) for place, move in undated} == {(0, "import")}


def test_people_automations_and_imports_all_move_deals(demo: Demo) -> None:
    kinds = Counter(move["actor_kind"] for moves in demo.moves.values() for move in moves)
    assert set(kinds) == {"person", "automation", "import"}
    assert kinds["person"] > kinds["automation"] > kinds["import"] > 0


def test_people_work_on_working_days_in_office_hours(demo: Demo) -> None:
    times = [instant(move["at"]) for moves in demo.moves.values() for move in moves if move["at"]]
    times += [instant(meeting["starts_at"]) for meeting in demo.meetings.values()]
    assert all(at.utcoffset() == at.astimezone(PARIS).utcoffset() for at in times)
    assert all(at.weekday() < 5 and 8 <= at.hour <= 18 for at in times)
    assert {at.utcoffset() for at in times} == {timedelta(hours=1), timedelta(hours=2)}


def test_some_buyers_skip_a_stage(demo: Demo) -> None:
    assert Counter((step.here, step.there) for step in demo.steps)["problem", "select"] > 20


def test_some_buyers_go_back(demo: Demo) -> None:
    assert sum(is_return(step.here, step.there) for step in demo.steps) > 80


def is_return(here: str, there: str) -> bool:
    return here in JOURNEY and there in JOURNEY and JOURNEY.index(there) < JOURNEY.index(here)


def test_some_lost_deals_are_opened_again_and_some_wins_are_taken_back(demo: Demo) -> None:
    assert sum(step.here == "lost" for step in demo.steps) > 20
    assert sum((step.here, step.there) == ("won", "buy") for step in demo.steps) > 0


def test_some_won_deals_go_on_into_use_and_some_customers_come_back_with_a_new_need(demo: Demo) -> None:
    steps = Counter((step.here, step.there) for step in demo.steps)
    assert steps["won", "onboard"] > 20
    assert steps["recommend", "problem"] > 3


def test_deals_are_lost_and_still_open_at_every_stage(demo: Demo) -> None:
    assert {step.here for step in demo.steps if step.there == "lost"} >= set(JOURNEY)
    assert {way[-1][0] for way in demo.ways.values()} >= set(JOURNEY)


def test_some_stages_are_typed_in_within_seconds_of_each_other(demo: Demo) -> None:
    gaps = [step.left - step.entered for step in demo.steps if step.entered and step.left]
    assert sum(gap <= timedelta(seconds=60) for gap in gaps) > 60


def test_a_stage_of_each_pipeline_is_unmapped_and_passed_by_a_few_deals(demo: Demo) -> None:
    passed = Counter(move["stage"] for moves in demo.moves.values() for move in moves if not demo.place(move["stage"]))
    assert set(passed) == {"parked", "on_hold"}
    assert 10 < sum(passed.values()) < 150


def test_some_stages_of_the_crm_share_one_buyer_stage(demo: Demo) -> None:
    shared = Counter((row["pipeline"], row["buyer_stage"]) for row in demo.stages.values() if row["buyer_stage"])
    assert [shared["New business", stage] for stage in PURCHASE] == [2, 1, 2, 2]


def test_every_meeting_belongs_to_a_deal_and_all_words_to_a_held_meeting(demo: Demo) -> None:
    assert {meeting["deal"] for meeting in demo.meetings.values()} <= set(demo.deals)
    assert {demo.meetings[words["meeting"]]["state"] for words in demo.rows("words")} == {"held"}


@pytest.mark.parametrize(
    "now",
    [
        MONDAY_MORNING,
        datetime(2026, 10, 23, 14, 59, tzinfo=UTC),
        datetime(2026, 10, 24, 22, 30, tzinfo=UTC),
        datetime(2028, 2, 29, 23, 59, tzinfo=UTC),
        datetime(2027, 1, 3, 0, 0, tzinfo=UTC),
    ],
    ids=["a monday morning", "a friday afternoon", "the night of the clock change", "a leap night", "a sunday"],
)
def test_whatever_the_day_held_meetings_are_past_and_planned_ones_ahead(tmp_path: Path, now: datetime) -> None:
    demo = write(tmp_path, now)
    meetings = [(meeting["state"], instant(meeting["starts_at"])) for meeting in demo.meetings.values()]
    assert {state for state, _ in meetings} == {"planned", "held", "no_show", "cancelled"}
    assert all((at > now) == (state == "planned") for state, at in meetings)
    assert all(instant(move["at"]) <= now for moves in demo.moves.values() for move in moves if move["at"])
    assert all(instant(deal["created_at"]) <= now for deal in demo.deals.values())


def test_a_planned_meeting_mirrors_the_stage_where_the_deal_stands(demo: Demo) -> None:
    mirrors = {stage: habit.meeting for stage, habit in load_content().habits.items()}
    planned = [meeting for meeting in demo.meetings.values() if meeting["state"] == "planned"]
    assert len(planned) > 60
    assert all(meeting["template"] == mirrors[demo.ways[meeting["deal"]][-1][0]] for meeting in planned)


def test_a_held_meeting_lies_within_a_stay_in_the_stage_that_it_mirrors(demo: Demo) -> None:
    mirrored = {habit.meeting: stage for stage, habit in load_content().habits.items()}
    for meeting in demo.meetings.values():
        if meeting["state"] == "held":
            assert place_at(demo.ways[meeting["deal"]], instant(meeting["starts_at"])) == mirrored[meeting["template"]]


def place_at(way: Way, moment: datetime) -> str:
    return [place for place, at in way if at is None or at <= moment][-1]


@pytest.mark.parametrize("hour", [6, 10, 13, 14, 20])
def test_nobody_has_planned_two_meetings_at_once(tmp_path: Path, hour: int) -> None:
    demo = write(tmp_path, MONDAY_MORNING.replace(hour=hour, minute=50), deals=300)
    planned: dict[str, list[datetime]] = defaultdict(list)
    for meeting in demo.meetings.values():
        if meeting["state"] == "planned":
            planned[demo.deals[meeting["deal"]]["owner"]].append(instant(meeting["starts_at"]))
    for starts in map(sorted, planned.values()):
        assert all(b - a >= timedelta(hours=1) for a, b in pairwise(starts))


def test_words_answer_a_canvas_question_or_are_exit_evidence_never_both(demo: Demo) -> None:
    words = demo.rows("words")
    assert all(bool(row["canvas"]) != bool(row["evidence"]) for row in words)
    assert {row["canvas"] for row in words if row["canvas"]} == {str(number) for number in range(1, 11)}
    kits = load_content().kits.values()
    assert {row["evidence"] for row in words if row["evidence"]} == {key for kit in kits for key in kit.evidence}


def test_no_quote_keeps_an_unfilled_slot(demo: Demo) -> None:
    assert not [row["text"] for row in demo.rows("words") if "{" in row["text"] or "}" in row["text"]]


def test_french_words_are_elided(demo: Demo) -> None:
    assert not [row["text"] for row in demo.rows("words") if " de avril" in row["text"] or " de août" in row["text"]]


@pytest.mark.parametrize(("group", "least"), [("canvas", 15), ("evidence", 6)])
def test_there_are_enough_different_quotes_half_of_them_french(group: str, least: int) -> None:
    french, english = (load_content().quotes[language][group] for language in ("fr", "en"))
    assert french.keys() == english.keys()
    for about in french:
        assert len(set(french[about])) == len(set(english[about]))
        assert len({*french[about], *english[about]}) >= least


def test_addresses_can_not_exist(demo: Demo) -> None:
    addresses = [deal[column] for deal in demo.deals.values() for column in ("email", "owner_email")]
    assert all(address.isascii() and address.endswith(".example") for address in addresses)


def test_claire_has_a_lively_book(demo: Demo) -> None:
    hers = {key for key, deal in demo.deals.items() if deal["owner_email"] == "claire@alidade.example"}
    ways = {deal: demo.ways[deal] for deal in hers}
    soon = [
        meeting
        for meeting in demo.meetings.values()
        if meeting["deal"] in hers
        and meeting["state"] == "planned"
        and instant(meeting["starts_at"]) - demo.now < timedelta(days=5)
    ]
    assert len(soon) >= 3
    assert sum(went_back_lately(way, demo.now) for way in ways.values()) >= 2
    assert sum(stands_still(way, demo.now) for way in ways.values()) >= 2


def went_back_lately(way: Way, now: datetime) -> bool:
    if len(way) < 2:
        return False
    (here, _), (there, at) = way[-2:]
    return is_return(here, there) and at is not None and now - at < timedelta(days=10)


def stands_still(way: Way, now: datetime) -> bool:
    stage, at = way[-1]
    return stage in PURCHASE and at is not None and now - at > timedelta(days=120)


def advanced(demo: Demo, stage: str, deals: set[str]) -> float:
    """The share of the decided ones among ``deals`` that advanced from their first entry into ``stage``."""
    ends = Counter(end for deal in deals if (end := outcome(demo.ways[deal], stage)))
    return ends["advanced"] / ends.total()


def outcome(way: Way, stage: str) -> str:
    places = [place for place, _ in way]
    if stage not in places:
        return ""
    for place in places[places.index(stage) + 1 :]:
        if place == "lost":
            return "lost"
        if place == "won" or JOURNEY.index(place) > JOURNEY.index(stage):
            return "advanced"
    return ""


def test_select_is_the_weakest_stage_of_the_purchase(demo: Demo) -> None:
    shares = {stage: advanced(demo, stage, set(demo.deals)) for stage in PURCHASE}
    assert min(shares, key=lambda stage: shares[stage]) == "select"
    assert all(0.3 < share < 0.9 for share in shares.values())


def test_a_proof_meeting_helps(demo: Demo) -> None:
    proven = {meeting["deal"] for meeting in demo.meetings.values() if meeting["template"] == "proof"}
    assert advanced(demo, "select", proven) > advanced(demo, "select", set(demo.deals) - proven) + 0.1


def test_finance_is_slower_than_the_director(demo: Demo) -> None:
    titles = load_content().titles

    def days(persona: str) -> float:
        spent = sorted(
            (step.left - step.entered).days
            for step in demo.steps
            if demo.deals[step.deal]["persona"] in {*titles[persona]["en"], *titles[persona]["fr"]}
            and step.here in PURCHASE
            and step.entered
            and step.left
        )
        return spent[len(spent) // 2]

    assert days("finance") > 1.3 * days("director")


def test_buyers_who_felt_confident_went_on_more_often(demo: Demo) -> None:
    def after(felt: set[str]) -> float:
        deals = {row["deal"] for row in demo.meetings.values() if row["template"] == "proof" and row["felt"] in felt}
        return advanced(demo, "select", deals)

    assert after({"confident", "keen"}) > after({"worried", "doubtful"}) + 0.2
