"""The journeys' pages: a marketer changes stages, sees last quarter, publishes, goes back; nothing typed is lost."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from werkzeug.datastructures import MultiDict

from plugin.services.viewer import Role
from plugin.services.workspace import Workspace
from tests.web.conftest import Browser
from tests.web.log_form import filled
from tests.web.test_template_editor import fields as template_fields

INPUT = re.compile(r'<input type="(?:hidden|text)"[^>]*?name="([^"]+)"[^>]*?value="([^"]*)"')
CHECKED = re.compile(r'<input type="checkbox"[^>]*name="([^"]+)" value="([^"]+)" checked')
SELECT = re.compile(r'<select[^>]*name="([^"]+)"[^>]*>(.*?)</select>', re.DOTALL)


@pytest.fixture
def mia(signed_in: Callable[[Role], Browser]) -> Browser:
    browser = signed_in(Role.MARKETER)
    browser.get("/journey/versions")
    return browser


def fields(page: str) -> MultiDict[str, str]:
    """What a browser would send of the journey's form."""
    form = page.partition('<form class="template-form journey-form"')[2].partition("</form>")[0]
    found: MultiDict[str, str] = MultiDict((name, unescape(value)) for name, value in INPUT.findall(form))
    for name, value in CHECKED.findall(form):
        found.add(name, value)
    for name, options in SELECT.findall(form):
        chosen = re.search(r'value="([^"]*)" selected', options)
        found[name] = chosen[1] if chosen else ""
    return found


def save(browser: Browser, key: str = "figure8", **changes: str) -> Any:
    typed = fields(browser.get(f"/journey/versions/{key}").text)
    for name, value in changes.items():
        typed[name.replace("__", ".")] = value
    return browser.post(f"/journey/versions/{key}", typed.to_dict(flat=False))


def test_saving_without_a_change_changes_nothing(mia: Browser) -> None:
    assert save(mia).status_code == 303
    page = mia.get("/journey/versions/figure8").text
    assert 'id="faults"' not in page
    assert "Not a word is different." in mia.get("/journey/versions/figure8/compare").text


def test_words_are_changed_published_and_taken_back(mia: Browser, ana: Browser) -> None:
    assert save(mia, stages__0__name__en="Trouble").status_code == 303
    assert "<ins>    en: Trouble</ins>" in mia.get("/journey/versions/figure8/compare").text
    assert mia.get("/journey/versions/figure8/preview").status_code == 200
    assert "Trouble" not in ana.get("/deals").text
    mia.get("/journey/versions/figure8")
    assert mia.post("/journey/versions/figure8/publish", {"revision": "1", "note": "Plainer"}).status_code == 303
    assert "Trouble" in ana.get("/deals").text
    page = mia.get("/journey/versions/figure8").text
    assert "Plainer" in page
    (before,) = re.findall(r'name="version" value="([0-9a-f]{12})"', page)
    assert mia.post("/journey/versions/figure8/use", {"version": before}).status_code == 303
    assert "Trouble" not in ana.get("/deals").text


@pytest.mark.parametrize(
    ("change", "first"),
    [
        ("add:usage", ["problem", "search"]),
        ("down:0", ["search", "problem"]),
        ("up:1", ["search", "problem"]),
        ("remove:0", ["search", "select"]),
        ("item:0", ["problem", "search"]),
        ("unitem:0:0", ["problem", "search"]),
        ("up:4", ["problem", "search"]),
        ("nonsense:x:y", ["problem", "search"]),
    ],
)
def test_stages_are_added_moved_and_taken_away_without_a_script(mia: Browser, change: str, first: list[str]) -> None:
    assert save(mia, change=change).status_code == 303
    typed = fields(mia.get("/journey/versions/figure8").text)
    assert [typed["stages.0.key"], typed["stages.1.key"]] == first


def test_what_is_missing_is_told_and_keeps_what_was_typed(mia: Browser) -> None:
    save(mia, change="add:purchase")
    save(mia, stages__4__name__en="Trial")
    page = mia.get("/journey/versions/figure8").text
    assert "the French text is missing" in page
    assert "Choose at least one meeting." in page
    assert 'value="Trial"' in page
    assert mia.get("/journey/versions/figure8/preview").status_code == 422
    assert mia.post("/journey/versions/figure8/publish", {"revision": "2"}).status_code == 422


def test_two_people_at_once_are_told(mia: Browser, max_: Browser) -> None:
    mine = fields(mia.get("/journey/versions/figure8").text)
    save(max_, stages__0__question__en="His question?")
    mine["stages.0.question.en"] = "Her question?"
    answer = mia.post("/journey/versions/figure8", mine.to_dict(flat=False))
    assert answer.status_code == 409
    assert "Max saved meanwhile" in answer.text
    assert "His question?" in answer.text
    assert 'value="Her question?"' in answer.text
    again = fields(answer.text)
    assert mia.post("/journey/versions/figure8", again.to_dict(flat=False)).status_code == 303
    assert "Her question?" in mia.get("/journey/versions/figure8").text


def test_a_key_that_is_changed_is_remembered_as_a_former_one(mia: Browser) -> None:
    save(mia, stages__1__key="looking")
    text = mia.get("/journey/versions/figure8/export.yaml?draft=1").text
    assert "key: looking\n  formerly:\n  - search" in text
    mia.get("/journey/versions/figure8")
    assert mia.post("/journey/versions/figure8/publish", {"revision": "1"}).status_code == 303
    report = mia.get("/conversion").text
    assert "looking" in report
    typed = fields(mia.get("/journey/versions/figure8").text)
    assert (typed["stages.1.was"], typed["stages.1.formerly"]) == ("looking", "search")


def test_one_click_puts_aida_beside_and_pipelines_choose(
    mia: Browser, deal: Callable[[str], str], ana: Browser
) -> None:
    assert mia.post("/journey/versions/start", {"journey": "aida", "publish": "beside"}).status_code == 303
    page = mia.get("/journey/versions").text
    assert "No pipeline follows it yet" in page
    (pipeline,) = re.findall(r'action="/journey/versions/pipelines/(\d+)"', page)
    assert mia.post(f"/journey/versions/pipelines/{pipeline}", {"journey": "aida"}).status_code == 303
    report = mia.get("/conversion?journey=aida").text
    assert "Attention" in report
    assert '<option value="aida" selected' in report or 'selected value="aida"' in report
    page = ana.get(f"/deals/{deal('south')}").text
    assert "Attention" in page
    assert ana.get(f"/deals/{deal('north')}/log/new").status_code == 200
    mia.get("/journey/versions")
    assert mia.post(f"/journey/versions/pipelines/{pipeline}", {"journey": "figure8"}).status_code == 303
    assert "Attention" not in ana.get(f"/deals/{deal('south')}").text
    assert mia.post("/journey/versions/aida/out").status_code == 303
    assert mia.get("/conversion?journey=aida").status_code == 200


def test_the_report_of_another_journey_keeps_its_stage_choice_working(mia: Browser) -> None:
    mia.post("/journey/versions/start", {"journey": "aida", "publish": "beside"})
    assert mia.get("/conversion/months?journey=aida&stage=problem").status_code == 200
    assert mia.get("/conversion/months?journey=aida&stage=nonsense").status_code == 404
    assert mia.get("/conversion?journey=nonsense").status_code == 422


def test_looking_at_one_that_ships_with_us_changes_nothing(mia: Browser, workspace: Workspace) -> None:
    assert 'href="/journey/versions/awareness/preview"' in mia.get("/journey/versions").text
    page = mia.get("/journey/versions/awareness/preview").text
    assert "No pipeline follows this journey yet" in page
    assert "Awareness" in page
    assert "This is how it ships with us." in mia.get("/journey/versions/awareness").text
    assert "Drafts that are not in use yet" not in mia.get("/journey/versions").text
    assert len(list(workspace.now().journeys)) == 1
    answer = mia.post("/journey/versions/awareness/publish", {"revision": "0", "publish": "beside"})
    assert answer.status_code == 303
    workspace.look_again()
    assert [one.key for one in workspace.now().journeys] == ["figure8", "awareness"]


def test_a_file_goes_out_and_comes_back_the_same(mia: Browser) -> None:
    text = mia.get("/journey/versions/figure8/export.yaml").text
    sent = {"file": (io.BytesIO(text.encode()), "figure8.yaml")}
    assert mia.post("/journey/versions/import", sent, content_type="multipart/form-data").status_code == 303
    assert "Not a word is different." in mia.get("/journey/versions/figure8/compare").text


def test_a_broken_file_is_refused_with_every_fault_and_its_place(mia: Browser) -> None:
    text = mia.get("/journey/versions/figure8/export.yaml").text.replace("position: 2", "position: 7")
    mia.get("/journey/versions")
    sent = {"file": (io.BytesIO(text.replace("fr: Problème", "fr: ''").encode()), "mine.yaml")}
    answer = mia.post("/journey/versions/import", sent, content_type="multipart/form-data")
    assert answer.status_code == 422
    assert "position 7 stands in place 2" in answer.text
    assert "mine.yaml:" in answer.text
    nothing = {"file": (io.BytesIO(b"\xff\xfe"), "x.yaml")}
    assert mia.post("/journey/versions/import", nothing, content_type="multipart/form-data").status_code == 422


def test_a_copy_is_another_journey_with_a_name_of_its_own(mia: Browser) -> None:
    answer = mia.post("/journey/versions", {"name": "Renewals & more", "begins_as": "figure8"})
    assert answer.location.endswith("/journey/versions/renewals_more")
    mia.get(answer.location)
    assert mia.post("/journey/versions/renewals_more/publish", {"revision": "1"}).status_code == 303
    assert "Renewals &amp; more" in mia.get("/journey/versions").text
    assert mia.post("/journey/versions/renewals_more/main").status_code == 303
    assert mia.post("/journey/versions", {"name": " ", "begins_as": "figure8"}).status_code == 422


def test_a_new_journey_may_begin_empty(mia: Browser) -> None:
    answer = mia.post("/journey/versions", {"name": "Renewals", "begins_as": ""})
    page = mia.get(answer.location).text
    assert fields(page)["stages"] == "1"
    assert "What the buyer gives before this stage is left" in page
    assert mia.get("/journey/versions/renewals/preview").status_code == 422
    assert mia.post("/journey/versions", {"name": "Renewals", "begins_as": "none"}).status_code == 404


def test_publishing_takes_what_was_typed_just_now(mia: Browser, ana: Browser) -> None:
    typed = fields(mia.get("/journey/versions/figure8").text)
    typed["stages.0.name.en"] = "Trouble"
    sent = {**typed.to_dict(flat=False), "note": "Plainer", "publish": "1"}
    assert mia.post("/journey/versions/figure8", sent).status_code == 303
    assert "“The figure 8” is published." in mia.get("/journey/versions").text
    assert "Trouble" in ana.get("/deals").text
    assert "Plainer" in mia.get("/journey/versions/figure8").text


def test_what_cannot_be_published_is_told_and_kept_with_its_note(mia: Browser, ana: Browser) -> None:
    typed = fields(mia.get("/journey/versions/figure8").text)
    typed["stages.0.name.en"], typed["stages.0.name.fr"] = "Trouble", ""
    sent = {**typed.to_dict(flat=False), "note": "Plainer", "publish": "1"}
    answer = mia.post("/journey/versions/figure8", sent)
    assert answer.status_code == 422
    for page in (answer.text, mia.get("/journey/versions/figure8").text):
        assert "the French text is missing" in page
        assert 'value="Trouble"' in page
        assert "Plainer</textarea>" in page
    assert "Trouble" not in ana.get("/deals").text


def test_one_click_puts_aida_in_place_of_the_main_journey(mia: Browser, workspace: Workspace) -> None:
    assert mia.post("/journey/versions/start", {"journey": "aida", "publish": "main"}).status_code == 303
    page = mia.get("/journey/versions").text
    assert "“AIDA” is the main journey now" in page
    workspace.look_again()
    assert workspace.now().journey.key == "aida"
    assert "figure8" in workspace.now().journeys


def test_a_draft_that_is_not_in_use_is_published_beside_or_in_place(mia: Browser, workspace: Workspace) -> None:
    for name, key, choice in (("Renewals", "renewals", "beside"), ("Pilots", "pilots", "main")):
        mia.post("/journey/versions", {"name": name, "begins_as": "figure8"})
        page = mia.get(f"/journey/versions/{key}").text
        assert "In place of the main journey" in page
        sent = {**fields(page).to_dict(flat=False), "publish": choice}
        assert mia.post(f"/journey/versions/{key}", sent).status_code == 303
        assert f"“{name}” is" in mia.get("/journey/versions").text
    workspace.look_again()
    assert [one.key for one in workspace.now().journeys] == ["pilots", "figure8", "renewals"]


def test_without_a_pipeline_nobody_is_sent_to_choose_one(mia: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("plugin.web.journeys", "plugin.services.journey_drafts"):
        monkeypatch.setattr(f"{module}.pipelines_with_journeys", lambda _session: [])
    mia.post("/journey/versions/start", {"journey": "aida", "publish": "beside"})
    page = mia.get("/journey/versions").text
    assert page.count("No pipeline follows it yet: you choose them once the CRM is connected.") == 2
    assert page.count("It takes every pipeline that follows no other.") == 1
    assert "choose one below" not in page


def test_versions_have_numbers_and_days_and_are_compared_in_words(mia: Browser) -> None:
    typed = fields(mia.get("/journey/versions/figure8").text)
    typed["stages.2.name.en"] = "Compare offers"
    mia.post("/journey/versions/figure8", {**typed.to_dict(flat=False)})
    page = mia.get("/journey/versions/figure8").text
    assert "name: the French still says “" in re.sub("Name:", "name:", page)
    assert "Compare offers" in mia.get("/journey/versions/figure8/preview").text.partition("What is different")[2]
    mia.post("/journey/versions/figure8/publish", {"revision": "1"})
    page = mia.get("/journey/versions/figure8").text
    versions = re.findall(r'<span title="([0-9a-f]{12})">Version (\d)</span>', page)
    assert [number for _, number in versions] == ["2", "1"]
    first = versions[1][0]
    words = mia.get(f"/journey/versions/figure8/compare?version={first}&with={versions[0][0]}").text
    assert '<span class="said" lang="en">Compare offers</span>' in words
    assert first not in re.sub('title="[^"]*"', "", words)
    mia.post("/journey/versions/figure8/use", {"version": first})
    assert "Version 1 is in use again." in mia.get("/journey/versions/figure8").text


def test_pages_of_journeys_that_there_are_not(mia: Browser) -> None:
    for path in ("/journey/versions/none", "/journey/versions/none/preview", "/journey/versions/none/compare"):
        assert mia.get(path).status_code == 404
    for path in ("none/publish", "none/use", "none/main", "figure8/out", "pipelines/999"):
        assert mia.post(f"/journey/versions/{path}", {"journey": "x", "name": "x"}).status_code == 404
    assert mia.get("/journey/versions/figure8/compare?version=000000000000").status_code == 404


def test_an_admin_sees_each_pipelines_journey_where_stages_are_matched(
    mia: Browser, signed_in: Callable[[Role], Browser]
) -> None:
    ada = signed_in(Role.ADMIN)
    assert "Which journey each pipeline follows" not in ada.get("/connections/company/stages").text
    mia.post("/journey/versions/start", {"journey": "aida", "publish": "beside"})
    page = ada.get("/connections/company/stages").text
    (pipeline,) = re.findall(r'action="/connections/company/journeys/(\d+)"', page)
    answer = ada.post(f"/connections/company/journeys/{pipeline}", {"journey": "aida"})
    assert answer.location == "/connections/company/stages"
    page = ada.get("/connections/company/stages").text
    names = set(re.findall(r'<select id="stage-\d+" name="(stage-\d+)"', page))
    chosen = {name: re.search(rf'name="{name}".*?value="([^"]+)" selected', page) for name in names}
    meant = {name: found[1] if found else "-" for name, found in chosen.items()}
    assert {"attention", "interest", "desire"} <= set(meant.values())
    assert "Attention <strong>" in page
    assert ada.post("/connections/company/stages", {**meant, next(iter(meant)): "problem"}).status_code == 422
    ada.get("/connections/company/stages")
    assert ada.post("/connections/company/stages", meant).status_code == 303
    assert ada.post("/connections/company/journeys/999", {"journey": "aida"}).status_code == 404


def test_a_log_of_a_deal_speaks_of_the_journey_of_its_pipeline(
    mia: Browser, ana: Browser, deal: Callable[[str], str]
) -> None:
    mia.post("/journey/versions/start", {"journey": "aida", "publish": "beside"})
    (pipeline,) = re.findall(r'action="/journey/versions/pipelines/(\d+)"', mia.get("/journey/versions").text)
    mia.post(f"/journey/versions/pipelines/{pipeline}", {"journey": "aida"})
    north = f"/deals/{deal('north')}"
    page = ana.get(f"{north}/log/new").text
    assert "Desire" in page
    assert "Onboard" not in page
    typed = filled(page, {"progress": "forward", "forward_to": "action", "target": "action"})
    answer = ana.post(f"{north}/log/new", typed)
    assert answer.status_code == 303, answer.text
    assert "Action" in ana.get(north).text
    assert "Attention" in ana.get("/").text or "Desire" in ana.get("/").text
    mia.get("/journey/versions")
    mia.post(f"/journey/versions/pipelines/{pipeline}", {"journey": "figure8"})
    page = ana.get(north).text
    assert "1 move went into a CRM stage that nobody has matched" in page


def test_a_meeting_may_mirror_a_stage_that_was_made_here(mia: Browser) -> None:
    save(mia, stages__0__key="trouble", stages__0__name__en="Trouble")
    mia.get("/journey/versions/figure8")
    assert mia.post("/journey/versions/figure8/publish", {"revision": "1"}).status_code == 303
    typed = template_fields(mia.get("/templates/discovery").text)
    assert mia.post("/templates/discovery", {**typed, "stage": "trouble"}).status_code == 303
    page = mia.get("/templates/discovery").text
    assert 'id="faults"' not in page
    assert '<option value="trouble" selected>Trouble' in page
    assert mia.post("/templates/discovery/publish", {"revision": "1"}).status_code == 303
    assert "Trouble" in mia.get("/templates").text
