"""The panel in a page that stands for a CRM: of another site, in a real browser that gives frames no cookies."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import FrameLocator, Page, expect
from sqlalchemy import select, update

from plugin.embed import create_panel
from plugin.services.workspace import Workspace
from plugin.store.tables import Connection, MeetingLog
from tests.browser import Pages, axe
from tests.embed.launching import NOW, token
from tests.serving import served
from tests.web.conftest import Clock

pytestmark = pytest.mark.browser

FRAME = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>A CRM</title></head>
<body style="margin:0"><main><h1>Deal 350</h1>
<iframe title="Parcours" style="width:100%;height:900px;border:0" src="{address}/odoo#launch={token}{page}">
</iframe></main>
<script>
  window.heard = [];
  addEventListener('message', async (event) => {{
    if (event.origin !== '{address}') return;
    heard.push(event.data.parcours);
    if (event.data.parcours === 'launch') {{
      const token = await (await fetch('/token')).text();
      if (token) document.querySelector('iframe').contentWindow.postMessage({{parcours: 'launch', token}}, '{address}');
    }}
  }});
</script></body></html>"""


@dataclass
class Crm:
    """``answers``: it gives tokens for a frame that asks; ``claims`` are those of its tokens."""

    site: str
    frame: str
    clock: Clock
    workspace: Workspace
    answers: bool = True
    claims: dict[str, Any] = field(default_factory=dict)
    page: str = ""
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    def token(self) -> str:
        moment = int(self.clock().timestamp())
        return token(iat=moment, exp=moment + 60, jti=f"n{next(self._numbers)}", **self.claims)

    def logged(self) -> list[str]:
        with self.workspace.database.reading() as session:
            return list(session.scalars(select(MeetingLog.note)))


@pytest.fixture
def crm(workspace: Workspace, clock: Clock) -> Iterator[Crm]:
    """``localhost`` and ``127.0.0.1`` are two sites to a browser."""
    app = Flask("crm")
    with served(create_panel(workspace, https=False)) as frame, served(app, "localhost") as site:
        found = Crm(site, frame, clock, workspace)
        app.add_url_rule("/", "page", lambda: FRAME.format(address=frame, token=found.token(), page=found.page))
        app.add_url_rule("/token", "token", lambda: found.token() if found.answers else "")
        app.add_url_rule("/favicon.ico", "icon", lambda: ("", 204))
        with workspace.database.writing.begin() as session:
            session.execute(update(Connection).values(settings={"address": site}).where(Connection.name == "odoo"))
        yield found


def panel_of(page: Page) -> FrameLocator:
    return page.frame_locator("iframe")


def opened(pages: Pages, crm: Crm, width: int = 320, **how: Any) -> Page:
    page = pages(width=width, **how)
    page.goto(crm.site)
    expect(panel_of(page).get_by_role("heading", level=1)).to_be_visible()
    return page


def test_open_look_open_the_kit_log_and_the_crm_hears_of_it(page: Pages, crm: Crm) -> None:
    crm_page = opened(page, crm)
    panel = panel_of(crm_page)
    expect(panel.get_by_text("Evidence still missing")).to_be_visible()
    panel.get_by_role("button", name="Script and slides").click()
    expect(panel.get_by_role("heading", name="Ask")).to_be_visible()
    last = panel.locator(".slide").last
    expect(last).not_to_be_in_viewport()
    for _ in range(panel.locator(".slide").count() - 1):
        panel.get_by_role("button", name="Next slide").click()
    expect(last).to_be_in_viewport()
    panel.get_by_role("button", name="Log this meeting").click()
    panel.get_by_label("Note for yourself and colleagues").fill("Three plants, one plan.")
    panel.get_by_role("button", name="Save").click()
    expect(panel.get_by_text("Saved.")).to_be_visible()
    assert crm.logged() == ["Three plants, one plan."]
    assert "changed" in crm_page.evaluate("heard")
    assert crm_page.context.cookies() == []


def test_the_token_is_gone_from_the_address_at_once(page: Pages, crm: Crm) -> None:
    frame = opened(page, crm).frames[1]
    assert frame.url == f"{crm.frame}/odoo"
    assert frame.evaluate("history.length") <= 2


def test_a_token_that_ran_out_is_renewed_without_a_reload_and_nothing_typed_is_lost(page: Pages, crm: Crm) -> None:
    crm_page = opened(page, crm, tolerated=("status of 401",))
    panel = panel_of(crm_page)
    panel.get_by_role("button", name="Log a meeting").click()
    panel.get_by_label("Note for yourself and colleagues").fill("Typed before lunch.")
    crm.clock.forward(hours=2)
    panel.get_by_role("button", name="Save").click()
    expect(panel.get_by_text("Saved.")).to_be_visible()
    assert crm.logged() == ["Typed before lunch."]
    assert "launch" in crm_page.evaluate("heard")


def test_where_the_crm_gives_no_token_any_more_the_text_stays(page: Pages, crm: Crm) -> None:
    panel = panel_of(opened(page, crm, tolerated=("status of 401", "status of 403")))
    panel.get_by_role("button", name="Log a meeting").click()
    note = panel.get_by_label("Note for yourself and colleagues")
    note.fill("Typed before lunch.")
    crm.clock.forward(hours=2)
    crm.claims["sub"] = "somebody.else@seller.example"
    panel.get_by_role("button", name="Save").click()
    expect(panel.get_by_text("Your text stays here: copy it")).to_be_visible()
    expect(note).to_have_value("Typed before lunch.")
    assert crm.logged() == []


def test_without_a_connection_the_text_stays_and_goes_up_later(page: Pages, crm: Crm) -> None:
    crm_page = opened(page, crm, tolerated=("ERR_INTERNET_DISCONNECTED",))
    panel = panel_of(crm_page)
    panel.get_by_role("button", name="Log a meeting").click()
    panel.get_by_label("Note for yourself and colleagues").fill("In the lift.")
    crm_page.context.set_offline(True)
    panel.get_by_role("button", name="Save").click()
    expect(panel.get_by_text("Not saved: no connection")).to_be_visible()
    crm_page.context.set_offline(False)
    panel.get_by_role("button", name="Save").click()
    expect(panel.get_by_text("Saved.")).to_be_visible()
    assert crm.logged() == ["In the lift."]


def test_a_draft_survives_the_panel(page: Pages, crm: Crm) -> None:
    panel = panel_of(opened(page, crm))
    panel.get_by_role("button", name="Log a meeting").click()
    panel.get_by_label("Note for yourself and colleagues").fill("Half a sentence")
    expect(panel.get_by_text("Draft kept")).to_be_visible()
    again = panel_of(opened(page, crm))
    again.get_by_role("button", name="Log a meeting").click()
    expect(again.get_by_label("Note for yourself and colleagues")).to_have_value("Half a sentence")


def test_another_site_can_not_frame_it(page: Pages, crm: Crm) -> None:
    with crm.workspace.database.writing.begin() as session:
        session.execute(update(Connection).values(settings={"address": "https://crm.example"}))
    crm_page = page(width=320, tolerated=("frame-ancestors", "Refused to frame", "Framing"))
    crm_page.goto(crm.site)
    crm_page.wait_for_timeout(300)
    assert "odoo" not in crm_page.frames[1].url
    assert crm_page.evaluate("heard") == []


def test_messages_of_others_and_of_another_shape_change_nothing(page: Pages, crm: Crm) -> None:
    crm_page = opened(page, crm)
    frame = crm_page.frames[1]
    for message in ({"parcours": "launch"}, {"parcours": "launch", "token": 7}, "launch", None, [1]):
        crm_page.evaluate(
            "([said, to]) => document.querySelector('iframe').contentWindow.postMessage(said, to)",
            [message, crm.frame],
        )
    # From itself, where a script of somebody else would have to sit.
    frame.evaluate("window.postMessage({parcours: 'launch', token: 'forged'}, '*')")
    panel_of(crm_page).get_by_role("button", name="Log a meeting").click()
    expect(panel_of(crm_page).get_by_label("Note for yourself and colleagues")).to_be_visible()


FORGED = """(forged) => {
  const crm = document.body.dataset.parent;
  const from = (source, origin, data) => dispatchEvent(new MessageEvent('message', { source, origin, data }));
  from(window, crm, forged);
  from(parent, 'https://evil.example', forged);
  const odd = [null, 'launch', [forged], { parcours: 'launch', token: 7 }, { token: 'forged' }];
  for (const data of odd) from(parent, crm, data);
}"""


def test_while_it_waits_for_a_token_only_the_crms_own_answer_counts(page: Pages, crm: Crm) -> None:
    """A forged one that it took would be refused by the server, and end the waiting."""
    crm_page = opened(page, crm, tolerated=("status of 401",))
    panel = panel_of(crm_page)
    panel.get_by_role("button", name="Log a meeting").click()
    panel.get_by_label("Note for yourself and colleagues").fill("In between.")
    crm.answers = False
    crm.clock.forward(hours=2)
    panel.get_by_role("button", name="Save").click()
    crm_page.wait_for_function("heard.includes('launch')")
    crm_page.frames[1].evaluate(FORGED, {"parcours": "launch", "token": "forged"})
    crm_page.evaluate(
        "([token, to]) => document.querySelector('iframe').contentWindow.postMessage({parcours: 'launch', token}, to)",
        [crm.token(), crm.frame],
    )
    expect(panel.get_by_text("Saved.")).to_be_visible()
    assert crm.logged() == ["In between."]


def test_a_launch_that_is_used_again_is_refused_in_words(page: Pages, crm: Crm) -> None:
    crm.claims["jti"] = "always"
    moment = int(NOW.timestamp())
    crm.token = lambda: token(iat=moment, exp=moment + 60)  # type: ignore[method-assign]
    opened(page, crm)
    second = page(width=320, tolerated=("status of 403",))
    second.goto(crm.site)
    expect(panel_of(second).get_by_text("open the record anew")).to_be_visible()


@pytest.mark.parametrize(("language", "dark"), [("en_US", False), ("fr_FR", True)])
def test_axe_finds_nothing_in_it_and_nothing_overflows(page: Pages, crm: Crm, language: str, dark: bool) -> None:
    crm.claims["lang"] = language
    found = []
    for path in ("", "&page=log", "&page=kit/framing"):
        crm.page = path
        for width in (300, 320, 480):
            one = page(width=width, dark=dark)
            one.goto(crm.site)
            panel = panel_of(one)
            expect(panel.locator("h1").first).to_be_visible()
            over = one.frames[1].evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            found += [f"{path} at {width}: wider by {over}"] if over > 0 else []
            found += [f"{path} at {width}: {line}" for line in axe(one) if "heading-order" not in line]
    assert found == []


def test_it_stores_nothing_in_the_browser(page: Pages, crm: Crm) -> None:
    crm_page = page(width=320)
    crm_page.add_init_script(
        "for (const name of ['localStorage', 'sessionStorage', 'indexedDB']) "
        "Object.defineProperty(window, name, {get() { throw new Error('storage is refused') }})"
    )
    crm_page.goto(crm.site)
    expect(panel_of(crm_page).get_by_text("Evidence still missing")).to_be_visible()
    assert json.loads(json.dumps(crm_page.context.storage_state()["origins"])) == []
