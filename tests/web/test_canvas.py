"""The canvas page: written by marketers and managers, read by all, nothing typed lost."""

from __future__ import annotations

import re
from collections.abc import Callable

from sqlalchemy import select, update

from plugin.services.viewer import Role
from plugin.services.workspace import Workspace
from plugin.store.tables import BuyerWords, Deal
from tests.web.conftest import NOW, Browser, Clock

WRITE = "/journey/canvas/director/1"


def answer(workspace: Workspace, text: str, status: str = "heard") -> None:
    with workspace.database.writing.begin() as session:
        for deal_id in session.scalars(select(Deal.id)):
            said = BuyerWords(deal_id=deal_id, canvas_question=1, status=status, text=text, said_by="Bo Buyer")
            said.said_at = NOW
            session.add(said)


def test_a_belief_stands_beside_what_deals_answered(max_: Browser, workspace: Workspace) -> None:
    assert max_.post(WRITE, {"belief": "The night shift", "before": "0"}).status_code == 303
    answer(workspace, "Our planner, on Mondays")
    page = max_.get("/journey/canvas?persona=director").text
    assert "The night shift" in page
    assert "Our planner, on Mondays" in page
    assert "planner <span" in page
    assert page.count("/deals/") == 3


def test_a_belief_that_deals_contradict_is_flagged(max_: Browser, workspace: Workspace, clock: Clock) -> None:
    clock.forward(days=-1)
    max_.post(WRITE, {"belief": "The night shift", "before": "0"})
    clock.forward(days=1)
    answer(workspace, "No, the planner", "contradicted")
    page = max_.get("/journey/canvas?persona=director").text
    assert "Deals contradict it: 5 of 5 since then" in page
    assert '<a href="#question-1">Question 1</a>' in page


def test_the_first_persona_is_shown_where_none_is_named(ana: Browser) -> None:
    assert "Director</span></h1>" in ana.get("/journey/canvas").text
    assert "Finance</span></h1>" in ana.get("/journey/canvas?persona=daf").text
    assert "Director</span></h1>" in ana.get("/journey/canvas?persona=nobody").text


def test_the_canvas_opens_where_something_was_written_last_else_where_deals_are(
    max_: Browser, workspace: Workspace
) -> None:
    with workspace.database.writing.begin() as session:
        session.execute(update(Deal).values(persona_key="finance"))
    assert "Finance</span></h1>" in max_.get("/journey/canvas").text
    max_.post(WRITE, {"belief": "The night shift", "before": "0"})
    assert "Director</span></h1>" in max_.get("/journey/canvas").text


def test_an_empty_belief_is_said_to_be_taken_back(max_: Browser) -> None:
    page = max_.get(max_.post(WRITE, {"belief": " ", "before": "0"}).location).text
    assert "Nothing is saved: the field was empty." in page
    page = max_.get(max_.post(WRITE, {"belief": "The night shift", "before": "0"}).location).text
    assert "Written down." in page
    before = re.findall(r'name="before" value="([1-9][0-9]*)"', page)[0]
    page = max_.get(max_.post(WRITE, {"belief": "", "before": before}).location).text
    assert "Taken back: nothing is believed here any more." in page
    assert "Written down." not in page


def test_a_salesperson_reads_and_does_not_write(ana: Browser) -> None:
    assert "Write what you believe" not in ana.get("/journey/canvas").text
    assert ana.post(WRITE, {"belief": "Mine"}).status_code == 403


def test_too_long_a_belief_comes_back_whole(max_: Browser) -> None:
    long = "so long " * 200
    answer = max_.post(WRITE, {"belief": long, "before": "0"})
    assert answer.status_code == 422
    assert long.strip() in answer.text
    assert "Shorten this to 1,000 characters." in answer.text


def test_the_second_of_two_writers_sees_both(max_: Browser, signed_in: Callable[[Role], Browser]) -> None:
    mia = signed_in(Role.MARKETER)
    max_.post(WRITE, {"belief": "The night shift", "before": "0"})
    answer = mia.post(WRITE, {"belief": "The planner", "before": "0"})
    assert answer.status_code == 409
    assert "Max saved meanwhile" in answer.text
    assert "The night shift" in answer.text
    assert ">\nThe planner</textarea>" in answer.text


def test_what_is_no_question_of_no_persona_is_not_found(max_: Browser) -> None:
    for path in ("/journey/canvas/director/11", "/journey/canvas/director/0", "/journey/canvas/nobody/1"):
        assert max_.post(path, {"belief": "x"}).status_code == 404
