"""The map's pages: three levels, a stage's page, what people write there, improvements, touchpoints."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select

from plugin.services.viewer import Role
from plugin.services.workspace import Workspace
from plugin.store.tables import AuditEntry, BuyerWords, Deal, Improvement, MapNote, Meeting, Touchpoint, UserAccount
from tests.web.conftest import NOW, PEOPLE, Browser

STAGE = "/journey/search"


@pytest.fixture
def mia(signed_in: Callable[[Role], Browser]) -> Browser:
    return signed_in(Role.MARKETER)


@pytest.fixture
def met(workspace: Workspace) -> None:
    """A buyer said in Search what holds them back, and was doubtful."""
    with workspace.database.writing.begin() as session:
        deal_id = session.scalars(select(Deal.id).filter_by(crm_id="north")).one()
        meeting = Meeting(
            public_id="held", deal_id=deal_id, template="framing", stage="search", state="held",
            starts_at=NOW - timedelta(days=3), minutes=60, felt="doubtful", effect="weakened",
        )  # fmt: skip
        session.add(meeting)
        session.flush()
        session.add(
            BuyerWords(
                deal_id=deal_id,
                meeting_id=meeting.id,
                canvas_question=9,
                status="heard",
                text="The import.",
                said_by="Bo north",
                said_at=NOW - timedelta(days=3),
            )
        )


def user_id(workspace: Workspace, role: Role) -> int:
    with workspace.database.reading() as session:
        return session.scalars(select(UserAccount.id).filter_by(email=PEOPLE[role])).one()


def touchpoint(mia: Browser, name: str = "Fair", where: str = "offline") -> str:
    """Add one; its public id."""
    assert mia.post("/journey/touchpoints", {"name": name, "where": where, "trace": "traceable"}).status_code == 303
    found = re.findall(r"/journey/touchpoints/([0-9a-f]{32})", mia.get("/journey/touchpoints").text)
    return str(found[-1])


def note(browser: Browser, text: str = "They ask a peer", kind: str = "action", **others: str) -> str:
    """Write a line; the address of its correction."""
    fields = {"kind": kind, f"{kind}-text": text, **{f"{kind}-{name}": value for name, value in others.items()}}
    assert browser.post(f"{STAGE}/notes", fields).status_code == 303
    return str(re.findall(rf"{STAGE}/notes/[0-9a-f]{{32}}", browser.get(STAGE).text)[-1])


def decided(browser: Browser, workspace: Workspace, role: Role, days: int, text: str = "Ask sooner") -> str:
    """Decide an improvement; the address of its page."""
    due = (NOW + timedelta(days=days)).date().isoformat()
    fields = {"improve-text": text, "improve-evaluator": str(user_id(workspace, role)), "improve-due_on": due}
    assert browser.post(f"{STAGE}/improvements", fields).status_code == 303
    return str(re.findall(rf"{STAGE}/improvements/[0-9a-f]{{32}}", browser.get(STAGE).text)[-1])


def test_the_figure_8_says_in_words_and_in_a_table_what_it_shows(mia: Browser) -> None:
    page = mia.get("/journey?period=12-months").text
    assert (
        "The largest leak is “Select”: of the 2 deals that entered it, 1 went no further (0 lost, 1 gone back)." in page
    )
    assert page.count('class="crowd ') == 2
    assert 'aria-label="Search: 1 open deal"' in page
    assert page.count("Largest leak") == 3, "on both pictures and in the table"
    assert page.index("</svg>") < page.index("The journey as a table")


@pytest.mark.parametrize("level", ["line", "all", "stages", "nonsense"])
def test_each_level_opens_every_stage(mia: Browser, workspace: Workspace, level: str) -> None:
    page = mia.get(f"/journey?level={level}").text
    for stage in workspace.journey.stages:
        assert f'href="/journey/{stage.key}"' in page


def test_what_was_asked_goes_along_to_the_stage_and_back(mia: Browser) -> None:
    page = mia.get("/journey?persona=director&period=year").text
    assert 'href="/journey/search?period=year&amp;persona=director"' in page
    assert "/conversion/deals?stage=problem&amp;figure=entered&amp;period=year&amp;persona=director" in page
    assert mia.get("/journey?persona=nobody&period=never").status_code == 200


def test_counts_open_the_deals_for_those_who_may_see_reports_only(mia: Browser, ana: Browser) -> None:
    assert "/conversion/deals?stage=problem&amp;figure=entered" in mia.get("/journey").text
    assert "/conversion/" not in ana.get("/journey").text.partition("<main")[2]


def test_a_company_without_deals_is_told_what_to_do_first(mia: Browser, workspace: Workspace) -> None:
    page = mia.get("/journey?persona=finance").text
    assert "Nobody is on the way yet" in page
    assert "Open “Problem”" in page


def test_a_stages_page_quotes_the_logs_and_says_what_it_rests_on(met: None, mia: Browser) -> None:
    page = mia.get(STAGE).text
    assert "What are my routes?" in page
    assert "The counts rest on the one meeting held in this stage in the period." in page
    assert "The import." in page
    assert "Ten meetings with a dated entry are needed" in page
    for figure in ("met", "felt doubtful", "holds_back", "harmed", "template framing"):
        behind = mia.get(f"{STAGE}/deals", query_string={"of": figure})
        assert "Company north" in behind.text, figure
    assert mia.get(f"{STAGE}/deals?of=secrets").status_code == 404
    assert mia.get("/journey/nowhere").status_code == 404


def test_a_salesperson_reads_the_map_and_writes_nothing_on_it(
    met: None, ana: Browser, give_away: Callable[[], None]
) -> None:
    assert "The import." in ana.get(STAGE).text
    assert "Write down what buyers do here" not in ana.get(STAGE).text
    give_away()
    page = ana.get(STAGE).text
    assert "The import." not in page
    assert "The counts rest on the one meeting" in page
    assert "Company north" not in ana.get(f"{STAGE}/deals?of=met").text


def test_a_line_is_written_corrected_and_withdrawn(mia: Browser, workspace: Workspace) -> None:
    fair = touchpoint(mia)
    address = note(mia, persona="finance", touchpoint=fair)
    page = mia.get(STAGE).text
    assert "They ask a peer" in page
    assert "Fair" in page
    assert "They ask a peer" not in mia.get(f"{STAGE}?persona=it").text
    assert "They ask a peer" in mia.get(address).text
    assert mia.post(address, {"text": "They ask two peers", "touchpoint": fair, "persona": ""}).status_code == 303
    assert "They ask two peers" in mia.get(f"{STAGE}?persona=it").text
    assert "1 line of the map" in mia.get("/journey/touchpoints").text
    assert mia.post(f"{address}/withdraw").status_code == 303
    assert "They ask two peers" not in mia.get(STAGE).text
    assert mia.get(address).status_code == 404
    with workspace.database.reading() as session:
        assert session.scalars(select(MapNote)).one().withdrawn_at == NOW
        assert {"map note corrected", "map note withdrawn"} <= set(session.scalars(select(AuditEntry.act)))


def test_a_line_without_words_comes_back_with_what_was_chosen(mia: Browser) -> None:
    page = mia.post(f"{STAGE}/notes", {"kind": "friction", "friction-text": " ", "friction-persona": "it"})
    assert page.status_code == 422
    assert 'href="#friction-text"' in page.text
    assert '<option selected value="it">' in page.text
    page = mia.post(f"{STAGE}/notes", {"kind": "touchpoint", "touchpoint-text": "Somewhere"})
    assert page.status_code == 422
    assert "Choose a touchpoint." in page.text
    assert "Somewhere" in page.text
    assert mia.post(f"{STAGE}/notes", {"kind": "gossip"}).status_code == 404


def test_too_long_a_line_comes_back_whole(mia: Browser) -> None:
    text = "word " * 120
    page = mia.post(f"{STAGE}/notes", {"kind": "how", "how-text": text})
    assert page.status_code == 422
    assert "Shorten this to 500 characters." in page.text
    assert text in page.text


def test_an_improvement_waits_for_its_evaluator_on_their_day_and_on_the_map(
    mia: Browser, ana: Browser, max_: Browser, workspace: Workspace
) -> None:
    address = decided(mia, workspace, Role.SALESPERSON, days=-1)
    assert "An improvement waits for your verdict" in ana.get("/").text
    assert "An improvement waits for your verdict" in ana.get("/journey").text
    assert "An improvement waits for your verdict" not in max_.get("/conversion").text
    assert "to be evaluated since 1 Mar 2026" in mia.get("/journey").text
    assert ana.post(address, {"verdict": "helped", "learned": "They were ready."}).status_code == 303
    assert "An improvement waits" not in ana.get("/").text
    page = max_.get(STAGE).text
    assert "It helped" in page
    assert "They were ready." in page
    with workspace.database.reading() as session:
        assert {"improvement decided", "improvement evaluated"} <= set(session.scalars(select(AuditEntry.act)))


def test_leaders_find_what_they_evaluate_on_their_first_page(mia: Browser, workspace: Workspace) -> None:
    decided(mia, workspace, Role.MARKETER, days=0)
    assert "An improvement waits for your verdict" in mia.get("/conversion").text


def test_only_the_evaluator_and_those_who_write_on_the_map_give_a_verdict(
    mia: Browser, ana: Browser, workspace: Workspace
) -> None:
    address = decided(mia, workspace, Role.MANAGER, days=-1)
    assert "Keep the verdict" not in ana.get(address).text
    assert ana.post(address, {"verdict": "helped"}).status_code == 404
    assert ana.post(f"{address}/change", {"change": "withdraw"}).status_code == 404
    with workspace.database.reading() as session:
        assert session.scalars(select(Improvement.verdict)).one() is None


def test_an_evaluation_is_put_off_or_the_improvement_withdrawn(mia: Browser, workspace: Workspace) -> None:
    address = decided(mia, workspace, Role.MARKETER, days=-1)
    wrong = mia.post(f"{address}/change", {"change": "later", "due_on": "soon"})
    assert (wrong.status_code, "Give a day." in wrong.text) == (422, True)
    assert "Check the year." in mia.post(f"{address}/change", {"change": "later", "due_on": "1026-01-01"}).text
    assert mia.post(f"{address}/change", {"change": "later", "due_on": "2026-04-01"}).status_code == 303
    assert "An improvement waits" not in mia.get("/journey").text
    assert mia.post(f"{address}/change", {"change": "withdraw"}).status_code == 303
    assert mia.get(address).status_code == 404


def test_a_decision_or_verdict_that_lacks_something_comes_back(mia: Browser, workspace: Workspace) -> None:
    page = mia.post(f"{STAGE}/improvements", {"improve-text": "Ask sooner", "improve-due_on": "nonsense"})
    assert page.status_code == 422
    assert "Ask sooner" in page.text
    address = decided(mia, workspace, Role.MARKETER, days=9)
    page = mia.post(address, {"learned": "Much."})
    assert page.status_code == 422
    assert "Much." in page.text


def test_touchpoints_are_added_once_changed_and_taken_off_the_list(mia: Browser, workspace: Workspace) -> None:
    fair = touchpoint(mia)
    again = mia.post("/journey/touchpoints", {"name": "Fair", "where": "online", "trace": "traceable"})
    assert (again.status_code, "Another touchpoint goes by this name." in again.text) == (422, True)
    changed = {f"{fair}-name": "The fair", f"{fair}-where": "offline", f"{fair}-trace": "untraceable"}
    assert mia.post(f"/journey/touchpoints/{fair}", changed).status_code == 303
    assert "The fair" in mia.get("/journey/touchpoints").text
    address = note(mia, "", "touchpoint", touchpoint=fair)
    assert mia.post(f"/journey/touchpoints/{fair}", {"change": "remove"}).status_code == 303
    assert "The fair" not in mia.get("/journey/touchpoints").text
    assert "The fair" in mia.get(STAGE).text, "what hangs on it keeps its name"
    assert "The fair" in mia.get(address).text, "and can be corrected"
    assert mia.post(address, {"text": "Once", "touchpoint": fair, "persona": ""}).status_code == 303
    touchpoint(mia, "The fair")
    with workspace.database.reading() as session:
        assert session.scalars(select(Touchpoint.name)).all() == ["The fair"]


def test_one_click_takes_a_starting_set_in_the_persons_language(mia: Browser, workspace: Workspace) -> None:
    assert "No touchpoint yet" in mia.get("/journey/touchpoints").text
    mia.post("/journey/touchpoints/start")
    assert "13 touchpoints are added." in mia.get("/journey/touchpoints").text
    mia.post("/journey/touchpoints/start")
    assert "0 touchpoints are added." in mia.get("/journey/touchpoints").text
    mia.post("/account/preferences", {"language": "fr", "theme": "auto", "time_zone": "Europe/Paris"})
    mia.post("/journey/touchpoints/start")
    assert "Moteur de recherche" in mia.get("/journey/touchpoints").text


@pytest.mark.parametrize("path", ["/journey", STAGE, "/journey/touchpoints"])
def test_a_removed_or_foreign_address_is_not_found_and_nothing_breaks(mia: Browser, path: str) -> None:
    assert mia.get(path).status_code == 200
    for address in (f"{STAGE}/notes/none", f"{STAGE}/improvements/none", "/journey/nowhere/deals"):
        assert mia.get(address).status_code == 404
    assert mia.post("/journey/touchpoints/none", {"change": "remove"}).status_code == 404


def test_what_was_written_down_is_said_each_time(mia: Browser, workspace: Workspace) -> None:
    note(mia)
    assert mia.get(STAGE).text.count("Written down.") == 0, "said once, on the page that followed"
    for post in (
        lambda: mia.post(f"{STAGE}/notes", {"kind": "action", "action-text": "They call"}),
        lambda: mia.post("/journey/touchpoints", {"name": "Fair", "where": "offline", "trace": "traceable"}),
    ):
        assert "Written down." in mia.get(post().location).text
    due = (NOW + timedelta(days=9)).date().isoformat()
    who = str(user_id(workspace, Role.MARKETER))
    fields = {"improve-text": "Ask sooner", "improve-evaluator": who, "improve-due_on": due}
    assert "Written down." in mia.get(mia.post(f"{STAGE}/improvements", fields).location).text


def test_the_same_touchpoint_twice_is_told_unless_a_sentence_comes_with_it(mia: Browser, workspace: Workspace) -> None:
    fair = touchpoint(mia)
    fields = {"kind": "touchpoint", "touchpoint-touchpoint": fair}
    assert mia.post(f"{STAGE}/notes", fields).status_code == 303
    again = mia.post(f"{STAGE}/notes", fields)
    assert again.status_code == 422
    assert "This touchpoint stands here already" in again.text
    assert mia.post(f"{STAGE}/notes", {**fields, "touchpoint-text": "On our stand"}).status_code == 303
    assert mia.post(f"{STAGE}/notes", {**fields, "touchpoint-persona": "director"}).status_code == 303
    with workspace.database.reading() as session:
        assert len(session.scalars(select(MapNote)).all()) == 3


def test_once_something_is_written_the_empty_map_says_one_line_only(mia: Browser) -> None:
    note(mia)
    page = mia.get("/journey?persona=finance").text
    assert "Nobody is on the way yet" not in page
    assert "No deal stands on the map yet" in page
