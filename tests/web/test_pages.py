"""What the pages say: the day, the deals, the kit, conversion, connections."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape

import pytest

from plugin.services.viewer import Role
from plugin.services.workspace import Workspace
from plugin.store.tables import BuyerWords
from tests.web.conftest import NOW, Browser, Clock
from tests.web.log_form import filled


def words(page: str) -> str:
    """The page as it is read: no tags, single spaces."""
    body = page.partition("<main")[2]
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())


def test_the_day_shows_what_comes_and_what_waits_to_be_logged(
    ana: Browser, meeting: Callable[..., str], deal: Callable[[str], str]
) -> None:
    meeting("south", NOW + timedelta(hours=5))
    overdue = meeting("west", NOW - timedelta(days=1), "kickoff")
    meeting("south", NOW + timedelta(days=9))
    page = ana.get("/")
    read = words(page.text)
    assert read.index("Yesterday") < read.index("Today 15:00 Company south")
    assert "This meeting has taken place? Log it while you remember." in read
    assert f"/deals/{deal('west')}/log/{overdue}" in page.text
    assert read.count("Company south") == 1 + read.partition("Needs you")[2].count("Company south")


def test_the_day_names_deals_that_went_back_first_with_the_meeting_to_play(
    ana: Browser, deal: Callable[[str], str]
) -> None:
    page = ana.get("/")
    needs = words(page.text).partition("Needs you")[2]
    assert needs.index("Company north") < needs.index("Company south")
    assert "The buyer went back to “Search”." in needs
    assert "Nobody wrote down what changed." in needs
    assert f"/deals/{deal('north')}/prepare/framing" in page.text


def test_the_day_repeats_what_changed_in_the_buyers_words(ana: Browser, deal: Callable[[str], str]) -> None:
    path = f"/deals/{deal('north')}/log/new"
    ana.post(path, filled(ana.get(path).text, {"progress": "back", "back_to": "problem", "what_changed": "New boss."}))
    assert "New boss." in words(ana.get("/").text)


def test_a_day_without_meetings_teaches(ana: Browser) -> None:
    assert "When you log a meeting, say when you meet next" in words(ana.get("/").text)


def test_who_owns_no_deal_is_told_how_to(ana: Browser, give_away: Callable[[], None]) -> None:
    give_away()
    read = words(ana.get("/").text)
    assert "No deal is yours yet" in read
    assert "ana@seller.example" in read


@pytest.mark.parametrize("role", [Role.MANAGER, Role.MARKETER, Role.ADMIN])
def test_those_who_lead_begin_with_the_conversion(signed_in: Callable[[Role], Browser], role: Role) -> None:
    assert signed_in(role).get("/").location == "/conversion"


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("", {"north", "south"}),
        ("?q=SOUTH", {"south"}),
        ("?q=%25", set()),
        ("?stage=search", {"north"}),
        ("?state=won", {"west"}),
        ("?state=all", {"north", "south", "west", "lost", "parked"}),
        ("?state=nonsense&stage=nowhere&page=x", {"north", "south"}),
        ("?page=99", {"north", "south"}),
    ],
)
def test_deals_are_searched_and_filtered(ana: Browser, query: str, shown: set[str]) -> None:
    page = ana.get(f"/deals{query}").text
    assert set(re.findall(r"Company (\w+)</a>", page)) == shown


def test_a_deal_shows_each_return_in_the_list_and_on_the_map(ana: Browser, deal: Callable[[str], str]) -> None:
    page = ana.get(f"/deals/{deal('north')}").text
    read = words(page)
    assert "4 visits so far" in read
    assert read.count("came back") == 1
    assert page.count('<path class="return"') == 2, "one return, drawn lying and standing"
    assert "The buyer stands in “Search”. 1 return so far." in read


def test_a_deal_shows_evidence_given_with_the_words_and_what_is_missing(
    ana: Browser, deal: Callable[[str], str]
) -> None:
    path = f"/deals/{deal('south')}/log/new"
    given = {"evidence_problem_cost-given": "y", "evidence_problem_cost-words": "Forty thousand a year."}
    ana.post(path, filled(ana.get(path).text, given))
    evidence = words(ana.get(f"/deals/{deal('south')}").text).partition("Evidence the buyer gave")[2]
    assert "Forty thousand a year. Bo south · 2 Mar 2026" in evidence
    assert evidence.count("– missing") == 2


def test_a_deal_says_that_moves_lie_outside_the_journey(ana: Browser, deal: Callable[[str], str]) -> None:
    read = words(ana.get(f"/deals/{deal('parked')}").text)
    assert "1 move went into a CRM stage that nobody has matched to the journey" in read


def test_a_kit_is_filled_for_the_deal_in_the_persons_language(ana: Browser, deal: Callable[[str], str]) -> None:
    path = f"/deals/{deal('south')}/meeting/discovery"
    english = words(ana.get(path).text)
    assert "Discovery" in english
    assert "Company south" in english
    assert "{{" not in english
    ana.post("/account/preferences", {"language": "fr", "theme": "auto", "time_zone": "UTC"})
    assert "Découverte" in words(ana.get(path).text)


def test_a_kit_shows_what_the_buyer_said_as_text(
    ana: Browser, deal: Callable[[str], str], workspace: Workspace
) -> None:
    path = f"/deals/{deal('south')}/log/new"
    ana.post(path, filled(ana.get(path).text, {"answer_1-words": "<b>The *planners*</b>"}))
    page = ana.get(f"/deals/{deal('south')}/meeting/discovery").text
    assert "<b>The" not in page
    assert "&lt;b&gt;The *planners*&lt;/b&gt;" in page
    with workspace.database.reading() as session:
        assert session.query(BuyerWords).count() == 1


def test_a_kit_that_nobody_wrote_is_not_found(ana: Browser, deal: Callable[[str], str]) -> None:
    assert ana.get(f"/deals/{deal('south')}/meeting/nonsense").status_code == 404


def test_a_small_company_is_told_that_there_is_not_enough_data(max_: Browser) -> None:
    read = words(max_.get("/conversion").text)
    assert "There is not enough data to say: a stage needs 10 deals, and the fullest one has 4." in read


def test_each_figure_opens_as_many_deals_as_it_says(max_: Browser) -> None:
    page = max_.get("/conversion?from=2026-01-01&to=2026-01-31").text
    links = re.findall(r'href="(/conversion/deals\?[^"]+)">(\d+)<', page)
    assert len(links) > 10
    for address, count in links:
        behind = max_.get(unescape(address)).text
        assert words(behind).partition(" deal")[0].endswith(f" {count}"), address


def test_the_question_stays_in_the_address_and_in_the_form(max_: Browser) -> None:
    page = max_.get("/conversion?from=2026-01-01&to=2026-01-31&horizon=30&owner=nobody").text
    assert "Not a valid choice" in page
    page = max_.get("/conversion?from=2026-01-03&horizon=30&pipeline=new").text
    assert 'value="2026-01-03"' in page
    assert '<option selected value="30">' in page
    assert "from=2026-01-03&amp;horizon=30&amp;pipeline=new&amp;stage=problem" in page


@pytest.mark.parametrize("query", ["from=nonsense", "to=2026-02-31", "horizon=31", "from=2026-02-01&to=2026-01-01"])
def test_a_question_that_makes_no_sense_is_refused_at_its_field(max_: Browser, query: str) -> None:
    response = max_.get(f"/conversion?{query}")
    assert response.status_code == 422
    assert 'aria-invalid="true"' in response.text
    assert "<table" not in response.text


def test_a_report_of_yesterday_does_not_know_today(max_: Browser) -> None:
    page = max_.get("/conversion?as-of=2026-01-04").text
    entered = re.search(r"stage=problem&amp;figure=entered[^>]*>(\d+)<", page)
    assert entered is not None
    assert entered.group(1) == "3"


def test_the_naive_figure_is_explained_deal_by_deal(max_: Browser) -> None:
    read = words(max_.get("/conversion/deals?stage=problem&figure=naive").text)
    assert "failed in the naive figure; not decided yet in the other" in read
    assert "lost in both figures" in read


@pytest.mark.parametrize("query", ["", "stage=problem", "stage=nowhere&figure=lost", "stage=problem&figure=nonsense"])
def test_a_figure_that_there_is_not_is_not_found(max_: Browser, query: str) -> None:
    assert max_.get(f"/conversion/deals?{query}").status_code == 404


def test_an_admin_sees_how_each_source_is(signed_in: Callable[[Role], Browser]) -> None:
    read = words(signed_in(Role.ADMIN).get("/connections").text)
    assert "company csv" in read
    assert "Finished" in read
    assert "new · Parked · 1 deal" in read


def test_looking_around_after_a_long_time_notes_that_the_person_is_there(ana: Browser, clock: Clock) -> None:
    clock.forward(hours=2)
    assert "last seen 2 Mar 2026, 12:00" in words(ana.get("/deals").text + ana.get("/account").text)
