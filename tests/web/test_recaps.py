"""The recap from both sides: the salesperson sends and follows it, the buyer opens, confirms and corrects."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape

import pytest
from flask import Flask
from sqlalchemy import select

from plugin.services.viewer import Role
from plugin.services.workspace import Workspace
from plugin.store.tables import BuyerWords, Meeting
from tests.web.conftest import Browser, Clock
from tests.web.log_form import filled


@pytest.fixture
def path(ana: Browser, deal: Callable[[str], str], workspace: Workspace) -> str:
    """The salesperson's page of the recap of a meeting that was logged."""
    log = f"/deals/{deal('south')}/log/new"
    words = {"answer_1-words": "The night shift.", "answer_4-words": "Orders get lost.", "next_in": "7"}
    assert ana.post(log, filled(ana.get(log).text, words)).status_code == 303
    with workspace.database.reading() as session:
        held = session.scalars(select(Meeting.public_id).filter_by(state="held")).one()
    return f"/deals/{deal('south')}/meetings/{held}/recap"


@pytest.fixture
def buyer(app: Flask) -> Browser:
    return Browser(app.test_client())


def send(ana: Browser, path: str, **changes: str) -> str:
    """Make the link; returns the buyer's path."""
    page = ana.get(path).text
    kept = {f"keep_{number}": "1" for number in range(page.count('name="keep_'))}
    texts = {name: unescape(text) for name, text in re.findall(r'name="(text_\d+)"[^>]*>([^<]*)<', page)}
    assert ana.post(path, {**kept, **texts, "greeting": "Hello", "language": "fr", **changes}).status_code == 303
    link = re.search(r'value="http://localhost(/recap/\w+)"', ana.get(path).text)
    assert link
    return link[1]


def test_the_buyer_confirms_and_corrects_in_their_language_without_signing_in(
    ana: Browser, buyer: Browser, path: str, workspace: Workspace
) -> None:
    link = send(ana, path)
    page = buyer.get(link)
    assert 'lang="fr"' in page.text
    assert "Ce que nous avons compris" in page.text
    assert "What we understood" in buyer.get(f"{link}?lang=en").text
    answer = {"reply_1": "confirmed", "reply_2": "corrected", "text_2": "They come late.", "name": "Jo Buyer"}
    assert buyer.post(link, answer).status_code == 303
    assert "Merci." in buyer.get(f"{link}?thanks=1").text
    followed = ana.get(path).text
    assert "Opened 2 times" in followed
    assert "They come late." in followed
    with workspace.database.reading() as session:
        said = session.execute(
            select(BuyerWords.text, BuyerWords.status, BuyerWords.said_by).filter_by(source="recap")
        ).all()
    assert [tuple(row) for row in said] == [
        ("The night shift.", "confirmed", "Jo Buyer"),
        ("They come late.", "confirmed", "Jo Buyer"),
    ]


def test_what_the_buyer_takes_back_stands_first_in_the_sellers_day(
    ana: Browser, buyer: Browser, path: str, deal: Callable[[str], str]
) -> None:
    buyer.post(send(ana, path), {"reply_2": "contradicted", "text_2": "It is the price."})
    day = unescape(ana.get("/").text).partition("Needs you")[2]
    assert "The buyer took something back" in day
    assert "It is the price." in day
    page = unescape(ana.get(f"/deals/{deal('south')}").text)
    assert "They contradicted what they had said before." in page
    assert "they took it back: ask again" in unescape(ana.get(f"/deals/{deal('south')}/prepare/discovery").text)


def test_a_correction_without_words_is_asked_for_and_keeps_the_rest(ana: Browser, buyer: Browser, path: str) -> None:
    link = send(ana, path, language="en")
    answer = buyer.post(link, {"reply_1": "corrected", "remark": "See you on Monday.", "name": "Jo"})
    assert answer.status_code == 422
    assert "Write what is right" in unescape(answer.text)
    assert "See you on Monday." in answer.text
    assert 'value="Jo"' in answer.text
    assert buyer.post(link, {}).status_code == 422


def test_the_page_tells_nobody_else_and_leads_nowhere(ana: Browser, buyer: Browser, path: str) -> None:
    page = buyer.get(send(ana, path))
    assert page.headers["X-Robots-Tag"] == "noindex, nofollow, noarchive"
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert page.headers["Cache-Control"] == "no-store"
    assert 'name="robots" content="noindex' in page.text
    assert set(re.findall(r'href="(/[^"?]*)', page.text)) <= {
        *re.findall(r'href="(/recap/[^"?]*)', page.text),
        "/static/icon.svg",
        "/static/parcours.css",
    }
    assert "Deal south" not in page.text
    assert "ana@seller.example" not in page.text


def test_a_link_that_was_closed_expired_or_made_up_opens_nothing(
    ana: Browser, buyer: Browser, path: str, clock: Clock
) -> None:
    first = send(ana, path)
    ana.get(path)
    ana.post(f"{path}/revoke")
    assert (buyer.get(first).status_code, buyer.post(first, {"reply_1": "confirmed"}).status_code) == (404, 404)
    second = send(ana, path)
    assert buyer.get(second).status_code == 200
    assert buyer.get(second[:-1] + ("1" if second.endswith("0") else "0")).status_code == 404
    assert "closed" in buyer.get("/recap/nonsense").text
    clock.now += timedelta(days=31)
    assert buyer.get(second).status_code == 404


def test_who_guesses_links_is_asked_to_wait(buyer: Browser) -> None:
    answers = [buyer.get(f"/recap/{number:064x}").status_code for number in range(22)]
    assert (answers[0], answers[-1]) == (404, 429)


def test_lines_that_are_left_out_or_put_right_reach_the_buyer_so_and_none_can_be_made_up(
    ana: Browser, buyer: Browser, path: str
) -> None:
    page = ana.get(path).text
    assert page.count('name="keep_') == 3
    ana.post(path, {"keep_0": "1", "text_0": "The night shift, put right.", "keep_9": "1", "text_9": "Made up"})
    link = re.search(r'value="http://localhost(/recap/\w+)"', ana.get(path).text)
    assert link
    shown = buyer.get(link[1]).text
    assert "The night shift, put right." in shown
    assert "Orders get lost." not in shown
    assert "Made up" not in shown


def test_a_recap_without_a_line_is_not_sent(ana: Browser, path: str) -> None:
    ana.get(path)
    ana.post(path, {"greeting": "Hello"})
    assert "/recap/" not in ana.get(path).text.replace("/recap/revoke", "").replace(path, "")


def test_a_recap_of_somebody_elses_deal_is_out_of_reach(
    ana: Browser, path: str, give_away: Callable[[], None], signed_in: Callable[[Role], Browser]
) -> None:
    give_away()
    assert ana.get(path).status_code == 404
    assert signed_in(Role.MANAGER).get(path).status_code == 200


def test_a_plan_is_kept_with_its_late_steps_and_bad_days_are_told(ana: Browser, deal: Callable[[str], str]) -> None:
    plan = f"/deals/{deal('south')}/plan"
    ana.get(plan)
    step = {"text": "Read the draft", "side": "them", "who": "Bo", "due_on": "2026-02-20"}
    assert ana.post(plan, step).status_code == 303
    page = ana.get(plan).text
    assert "Read the draft" in page
    assert "late" in page
    assert "is 10 days late" in unescape(ana.get(f"/deals/{deal('south')}").text)
    ana.get(plan)
    wrong = ana.post(plan, {"text": "", "side": "them", "due_on": "2062-02-20"})
    assert wrong.status_code == 422
    assert "Check the year." in wrong.text
    (ref,) = set(re.findall(rf"{plan}/([0-9a-f]{{32}})", page))
    assert ana.post(f"{plan}/{ref}", {"change": "later", "due_on": "2026-04-01"}).status_code == 303
    assert "days late" not in ana.get(f"/deals/{deal('south')}").text
    for change in ("done", "undone", "remove"):
        assert ana.post(f"{plan}/{ref}", {"change": change}).status_code == 303
    assert ana.post(f"{plan}/{ref}", {"change": "done"}).status_code == 404
    assert ana.post(f"{plan}/{ref}", {"change": "nonsense"}).status_code == 404


def test_a_proposal_is_decided_from_the_deals_page(ana: Browser, deal: Callable[[str], str]) -> None:
    log = f"/deals/{deal('south')}/log/new"
    keys = ("problem_stated", "problem_cost", "sufferer_named")
    ana.post(log, filled(ana.get(log).text, {f"evidence_{key}-given": "y" for key in keys}))
    page = ana.get(f"/deals/{deal('south')}")
    assert "Has the buyer passed on to “Search”?" in unescape(page.text)
    where = re.search(r'action="(/deals/\w+/follow-ups/\w+)"', page.text)
    assert where
    assert ana.post(where[1], {"decision": "take"}).status_code == 303
    assert "Done." in ana.get(f"/deals/{deal('south')}").text
    ana.post(where[1], {"decision": "refuse", "word": "late"})
    assert "Somebody decided this already" in ana.get(f"/deals/{deal('south')}").text
