"""People's data in the browser: found, shown, taken away, erased; rules; and the record of who did what."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

import plugin
from plugin.rendering.acts import ACTS
from plugin.services.audit import record
from plugin.services.viewer import Role
from plugin.services.workspace import Workspace
from plugin.store.tables import AuditEntry, BuyerWords, Deal, DealContact, RetentionRule, UserAccount
from tests.web.conftest import NOW, Browser, Clock
from tests.web.log_form import filled

Roles = Callable[[Role], Browser]


@pytest.fixture
def ada(signed_in: Roles) -> Browser:
    return signed_in(Role.ADMIN)


@pytest.fixture
def logged(ana: Browser, deal: Callable[[str], str]) -> str:
    """A meeting of the deal north in which its contact spoke, and somebody whom the CRM does not know."""
    north = deal("north")
    page = ana.get(f"/deals/{north}/log/new").text
    said = {
        "answer_5-words": "One plan a week, by June.",
        "answer_5-said_by": "Bo north",
        "answer_6-words": "Zoë would rather wait.",
        "answer_6-said_by": "Zoë Lepage",
        "note": "Bo north was late. Ask Zoë Lepage. ZOE decides.",
    }
    assert ana.post(f"/deals/{north}/log/new", filled(page, said)).status_code == 303
    return north


def page_of(browser: Browser, name: str) -> str:
    """The address of the first person whom a search finds."""
    found = re.search(r'href="(/privacy/people/\w+)"', browser.get("/privacy", query_string={"q": name}).text)
    assert found, name
    return found[1]


def acts(workspace: Workspace) -> list[tuple[str, str]]:
    with workspace.database.reading() as session:
        rows = session.execute(select(AuditEntry.act, AuditEntry.about).order_by(AuditEntry.id))
        return [(act, about) for act, about in rows]


def test_a_person_is_found_by_a_part_of_name_or_address_whatever_its_case_and_accents(
    max_: Browser, logged: str
) -> None:
    for search in ("NORTH", "bo@north", "zoe lepage", "ZOË"):
        assert "/privacy/people/" in max_.get("/privacy", query_string={"q": search}).text, search
    assert "Nobody goes by “nil”" in max_.get("/privacy?q=nil").text


def test_the_address_of_a_person_tells_nobody_who_they_are(max_: Browser, logged: str) -> None:
    assert re.fullmatch(r"/privacy/people/[0-9a-f]{32}", page_of(max_, "bo@north.example"))


def test_a_persons_page_shows_everything_with_its_source_and_is_recorded(
    max_: Browser, logged: str, workspace: Workspace
) -> None:
    page = max_.get(page_of(max_, "Bo north")).text
    for text in ("One plan a week, by June.", "Bo north was late.", "from the CRM (company)", "typed by Ana"):
        assert text in page, text
    assert ("person shown", "company") in acts(workspace)


def test_a_manager_takes_the_data_away_and_cannot_erase(max_: Browser, logged: str, workspace: Workspace) -> None:
    path = page_of(max_, "Bo north")
    assert "ask Ada" in max_.get(path).text
    told = json.loads(max_.post(f"{path}/export", {"format": "json"}).text)
    assert (told["format"], told["version"], told["person"]["emails"]) == ("parcours.person", 1, ["bo@north.example"])
    assert "One plan a week, by June." in str(told["held"])
    assert "One plan a week" in max_.post(f"{path}/export", {"format": "csv"}).text
    assert max_.post(f"{path}/erase", {"sure": "y"}).status_code == 403
    assert acts(workspace)[-1] == ("person exported", "company")


def test_a_basis_is_noted_with_where_it_was_said_and_the_one_before_stays_listed(
    max_: Browser, logged: str, workspace: Workspace
) -> None:
    path = page_of(max_, "Bo north")
    assert max_.post(f"{path}/basis", {"basis": "consent", "source": ""}).status_code == 422
    for basis, source in (("consent", "Fair of Lyon"), ("contract", "Contract of 3 March")):
        assert max_.post(f"{path}/basis", {"basis": basis, "source": source}).status_code == 303
    page = max_.get(path).text
    assert page.index("Contract of 3 March") < page.index("What held before") < page.index("Fair of Lyon")
    assert ("basis noted", "company") in acts(workspace)


def test_a_connections_basis_holds_for_everybody_of_it(ada: Browser, logged: str) -> None:
    refused = ada.post("/privacy/basis", {"connection": "company", "c0-note": "x" * 2000})
    assert refused.status_code == 422
    assert "x" * 2000 in refused.text
    ada.post("/privacy/basis", {"connection": "company", "c0-basis": "interest", "c0-note": "Weighed in March."})
    for name in ("Bo north", "Zoë"):
        page = ada.get(page_of(ada, name)).text
        assert "Legitimate interests" in page
        assert "Weighed in March." in page


def test_erasing_asks_first_and_needs_a_yes(ada: Browser, logged: str, workspace: Workspace) -> None:
    path = page_of(ada, "Bo north")
    page = ada.get(f"{path}/erase").text
    assert "What goes" in page
    assert "What stays" in page
    assert ada.post(f"{path}/erase", {"deals": logged}).status_code == 422
    assert "Bo north was late." in ada.get(f"/deals/{logged}").text


def test_who_was_erased_is_in_no_page_and_no_export_any_more_and_counts_stay(
    ada: Browser, logged: str, workspace: Workspace
) -> None:
    report = ada.get("/conversion/stages.csv").text
    path = page_of(ada, "Bo north")
    erased = ada.post(f"{path}/erase", {"deals": logged, "sure": "y"}, follow_redirects=True)
    assert "without them" in erased.text
    for address in (f"/deals/{logged}", f"/deals/{logged}/log/new", "/deals?q=bo@north", "/privacy?q=bo@north"):
        page = ada.get(address).text.replace('value="bo@north"', "").replace("“bo@north”", "")
        assert "Bo north" not in page, address
        assert "bo@north" not in page, address
    assert ada.get(path).status_code == 404
    assert "— was late. Ask Zoë Lepage. ZOE decides." in ada.get(f"/deals/{logged}").text
    assert ada.get("/conversion/stages.csv").text == report
    assert acts(workspace)[-1] == ("person erased", "company")


def test_somebody_whom_no_crm_knows_is_erased_by_their_typed_name_in_the_chosen_deals(
    ada: Browser, logged: str, workspace: Workspace
) -> None:
    path = page_of(ada, "zoe")
    shown = ada.get(f"{path}/erase").text
    assert "Colleagues may have written these alone" in shown
    again = ada.post(f"{path}/erase", {"deals": logged, "also": "Zoë", "others": "Z. Le Page", "again": "1"})
    assert again.status_code == 200
    assert "Z. Le Page" in again.text
    ada.post(f"{path}/erase", {"deals": logged, "also": "Zoë", "sure": "y"})
    page = ada.get(f"/deals/{logged}").text
    assert "Zoë" not in page
    assert "ZOE" not in page
    assert "Bo north was late. Ask —. — decides." in page
    with workspace.database.reading() as session:
        said = session.execute(select(BuyerWords.canvas_question, BuyerWords.text).order_by(BuyerWords.id)).all()
    assert [tuple(row) for row in said] == [(5, "One plan a week, by June."), (6, "")]


def test_a_name_that_was_typed_in_several_deals_is_ticked_in_none_before_somebody_does(
    ada: Browser, ana: Browser, logged: str, deal: Callable[[str], str], workspace: Workspace
) -> None:
    south = deal("south")
    page = ana.get(f"/deals/{south}/log/new").text
    said = {"answer_5-words": "Never.", "answer_5-said_by": "Zoë Lepage"}
    assert ana.post(f"/deals/{south}/log/new", filled(page, said)).status_code == 303
    path = page_of(ada, "Zoë")
    assert not re.search(r'name="deals" value="\w+" checked', ada.get(f"{path}/erase").text)
    assert ada.post(f"{path}/erase", {"sure": "y"}).status_code == 422
    assert ada.post(f"{path}/erase", {"deals": south, "sure": "y"}).status_code == 303
    with workspace.database.reading() as session:
        assert set(session.scalars(select(BuyerWords.said_by))) == {"Bo north", "Zoë Lepage", ""}


def test_a_deal_that_is_called_by_the_person_is_renamed_only_where_that_was_said(
    ada: Browser, logged: str, workspace: Workspace
) -> None:
    with workspace.database.writing.begin() as session:
        session.scalars(select(Deal).filter_by(crm_id="north")).one().company = "Bo North & fils"
    path = page_of(ada, "Bo north")
    assert "Bo North &amp; fils" in ada.get(f"{path}/erase").text
    ada.post(f"{path}/erase", {"deals": logged, "titles": "y", "sure": "y"})
    with workspace.database.reading() as session:
        assert session.scalars(select(Deal.company).filter_by(crm_id="north")).one() == "— & fils"


def test_nothing_goes_by_itself_before_an_admin_switches_a_rule_on(
    ada: Browser, logged: str, workspace: Workspace, clock: Clock
) -> None:
    clock.forward(days=4000)
    page = signed_again(ada, workspace).get("/privacy/retention").text
    assert "Proposed; nobody has decided yet." in page
    ada.post("/privacy/retention/run", {"sure": "y"})
    with workspace.database.reading() as session:
        assert session.scalar(select(DealContact.id)) is not None


def signed_again(browser: Browser, workspace: Workspace) -> Browser:
    """After years the session has run out: the account signs in anew."""
    from plugin.services.accounts import open_session
    from plugin.web.edge import TOKEN

    with workspace.database.writing.begin() as session:
        user_id = session.scalars(select(UserAccount.id).filter_by(role="admin")).one()
        token = open_session(session, user_id, "Test", workspace.clock())
    with browser.client.session_transaction() as cookie:
        cookie[TOKEN] = token
    browser.get("/account")
    return browser


RULES = {f"{what}-months": "36" for what in (
    "closed_words", "lost_contacts", "attendees", "recaps", "drafts", "events", "sign_ins", "audit"
)}  # fmt: skip


def test_a_rule_is_saved_dry_and_run_and_leaves_a_line_with_its_counts(
    ada: Browser, logged: str, workspace: Workspace, clock: Clock
) -> None:
    clock.forward(days=1200)
    signed_again(ada, workspace)
    page = ada.get("/privacy/retention").text
    assert "Bo lost" in page, "an example of what would go"
    wrong = ada.post("/privacy/retention", RULES | {"drafts-months": "never"})
    assert wrong.status_code == 422
    assert "Choose from 1 to 240 months." in wrong.text
    assert ada.post("/privacy/retention", RULES | {"lost_contacts-active": "y"}).status_code == 303
    with workspace.database.reading() as session:
        assert "Bo lost" in session.scalars(select(DealContact.name)).all(), "saving lets nothing go"
    assert ada.post("/privacy/retention/run", {}).status_code == 422
    assert "Done: 1 entry went." in ada.post("/privacy/retention/run", {"sure": "y"}, follow_redirects=True).text
    with workspace.database.reading() as session:
        assert "Bo lost" not in session.scalars(select(DealContact.name)).all()
        assert session.scalars(select(RetentionRule.ran_at).filter_by(what="lost_contacts")).one() == clock()
    assert ("retention changed", "lost_contacts: 36") in acts(workspace)
    assert acts(workspace)[-1] == ("retention run", "lost_contacts 1")


def test_rules_say_what_they_erase_and_who_may_change_them(ada: Browser, max_: Browser) -> None:
    page = ada.get("/privacy/retention").text
    assert "Erase after" in page
    assert "0 entries older than" in page
    assert "Erase now" in page
    assert "Only an administrator can change these rules: ask Ada." in max_.get("/privacy/retention").text


def test_who_did_what_is_filtered_paged_and_taken_away(
    max_: Browser, ada: Browser, workspace: Workspace, clock: Clock
) -> None:
    with workspace.database.writing.begin() as session:
        max_id = session.scalars(select(UserAccount.id).filter_by(role="manager")).one()
        for number in range(60):
            record(session, max_id, "journey published", f"figure8 {number}", NOW - timedelta(days=number))
        record(session, None, "comet sighted", "=1+1", NOW)
    page = ada.get("/privacy/audit").text
    assert "Put a version of the journey in use" in page
    assert "Comet sighted" in page, "an act that nobody foresaw is readable"
    assert "Page 1 of 2" in page
    assert "figure8 59" in ada.get("/privacy/audit?page=2").text
    assert "figure8 0" not in ada.get("/privacy/audit?who=0").text
    one_day = ada.get("/privacy/audit?from=2026-02-28&to=2026-02-28").text
    assert "figure8 2<" in one_day
    assert "figure8 3<" not in one_day
    assert ada.get("/privacy/audit?from=2026-02-28&to=2026-02-01").status_code == 422
    csv = ada.get("/privacy/audit/audit.csv?act=comet+sighted").text
    assert '"\'=1+1"' in csv, "no formula"
    assert "figure8" not in csv


def test_every_act_that_is_recorded_has_a_sentence() -> None:
    """Read from the code: a new act needs its line in ``plugin.rendering.acts``."""
    told: set[str] = set()
    for file in Path(plugin.__file__).parent.rglob("*.py"):
        calls = (one for one in ast.walk(ast.parse(file.read_text(encoding="utf-8"))) if isinstance(one, ast.Call))
        of_record = (
            one for one in calls if getattr(one.func, "id", "") in {"record", "note_deed", "note_change", "_settle"}
        )
        texts = (one.value for call in of_record for one in ast.walk(call) if isinstance(one, ast.Constant))
        told |= {text for text in texts if isinstance(text, str) and re.fullmatch("[a-z]+( [a-z]+)+", text)}
    assert len(told) > 20
    assert sorted(told - ACTS.keys()) == []


def test_no_page_of_it_is_shown_to_salespeople_and_marketers(signed_in: Roles) -> None:
    for role in (Role.SALESPERSON, Role.MARKETER):
        browser = signed_in(role)
        for path in ("/privacy", "/privacy/retention", "/privacy/audit"):
            assert browser.get(path).status_code == 403


def test_the_record_names_journeys_personas_and_templates_as_people_know_them(
    ada: Browser, workspace: Workspace
) -> None:
    deeds = [
        ("journey published", workspace.journey.key, workspace.journey.name.en),
        ("journey made main", "gone_by_now", "gone_by_now"),
        ("persona changed", "director", "Director"),
        ("belief written", "director 9", "Director, 9"),
        ("template published", "framing v2", f"{workspace.library.meetings['framing'].in_language('en').title}, v2"),
    ]
    with workspace.database.writing.begin() as session:
        for act, about, _ in deeds:
            record(session, None, act, about, NOW)
    page = ada.get("/privacy/audit").text
    for _, _, told in deeds:
        assert f">{told}</td>" in page
