"""The hour around a meeting in a real Chromium: present without a connection, note once, recap, correct."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from plugin.services.viewer import Role
from plugin.services.workspace import Workspace
from plugin.store.tables import LogDraft
from tests.browser import Pages
from tests.web.test_pages_in_a_browser import address, enter

pytestmark = pytest.mark.browser

__all__ = ["address"]


def shown(page: Page) -> str:
    return page.locator(".deck-slide.is-on h1").inner_text()


@pytest.fixture
def presenter(page: Pages, address: str, deal: Callable[[str], str]) -> Page:
    opened = page(base_url=address)
    enter(opened, Role.SALESPERSON)
    opened.goto(f"/deals/{deal('south')}/present/discovery")
    return opened


def test_slides_follow_keys_and_clicks_and_an_address_keeps_the_place(presenter: Page) -> None:
    titles = presenter.locator(".deck-slide h1").all_text_contents()
    for key, place in [("ArrowRight", 1), ("PageDown", 2), (" ", 3), ("ArrowLeft", 2), ("End", len(titles) - 1)]:
        presenter.keyboard.press(key)
        assert shown(presenter) == titles[place]
    presenter.reload()
    assert shown(presenter) == titles[-1]
    presenter.keyboard.press("Home")
    presenter.mouse.click(900, 300)
    assert shown(presenter) == titles[1]
    presenter.mouse.click(40, 300)
    assert shown(presenter) == titles[0]


def test_a_blank_screen_and_the_overview_come_and_go_with_one_key(presenter: Page) -> None:
    body = presenter.locator("body")
    presenter.keyboard.press("b")
    expect(body).to_have_class(re.compile("is-blank"))
    presenter.keyboard.press("b")
    expect(body).not_to_have_class(re.compile("is-blank"))
    presenter.keyboard.press("o")
    expect(presenter.locator(".deck-slide").nth(3)).to_be_visible()
    presenter.locator(".deck-slide").nth(3).click()
    assert shown(presenter) == presenter.locator(".deck-slide h1").nth(3).inner_text()


def test_the_whole_presentation_survives_a_lost_connection_with_the_speakers_window(presenter: Page) -> None:
    presenter.context.set_offline(True)
    with presenter.expect_popup() as opening:
        presenter.keyboard.press("s")
    talk = opening.value
    slides = presenter.locator(".deck-slide")
    notes = presenter.locator("#speaker").evaluate(
        "one => [...one.content.querySelectorAll('.talk-note')].map(note => note.textContent.trim())"
    )
    for place in range(slides.count()):
        assert shown(presenter) == slides.nth(place).locator("h1").inner_text()
        expect(talk.locator(".talk-now h1")).to_have_text(shown(presenter))
        assert talk.locator(".talk-notes").inner_text().split() == notes[place].split()
        talk.keyboard.press("ArrowRight")
    assert talk.locator(".talk-elapsed").inner_text().startswith("0:")


def test_what_the_speaker_says_is_never_on_the_buyers_screen(presenter: Page) -> None:
    for note in presenter.locator("#speaker").evaluate(
        "one => [...one.content.querySelectorAll('.talk-note p')].map(note => note.textContent)"
    ):
        assert note not in presenter.locator("body").inner_text()


def test_a_finger_turns_the_slides_of_a_phone(page: Pages, address: str, deal: Callable[[str], str]) -> None:
    phone = page(width=360, height=740, base_url=address)
    enter(phone, Role.SALESPERSON)
    phone.goto(f"/deals/{deal('south')}/present/discovery")
    swipe = """([from, to]) => { for (const [type, x] of [['touchstart', from], ['touchend', to]]) {
        const finger = new Touch({identifier: 1, target: document.body, clientX: x, clientY: 300});
        document.dispatchEvent(new TouchEvent(type, {touches: type === 'touchstart' ? [finger] : [],
            changedTouches: [finger], bubbles: true})); } }"""
    first = shown(phone)
    phone.evaluate(swipe, [300, 60])
    second = shown(phone)
    phone.evaluate(swipe, [60, 300])
    assert (second != first, shown(phone)) == (True, first)


def test_without_a_script_the_slides_are_a_page_to_scroll_and_to_print(
    page: Pages, address: str, deal: Callable[[str], str]
) -> None:
    plain = page(base_url=address, javascript=False)
    enter(plain, Role.SALESPERSON)
    plain.goto(f"/deals/{deal('south')}/present/discovery")
    for slide in plain.locator(".deck-slide").all():
        expect(slide).to_be_visible()
    assert plain.pdf(prefer_css_page_size=True, print_background=True).count(b"/Type /Page\n") == 5


def test_what_is_noted_beside_the_slides_is_in_the_log_and_typed_once(
    page: Pages, address: str, deal: Callable[[str], str]
) -> None:
    laptop = page(base_url=address)
    enter(laptop, Role.SALESPERSON)
    laptop.goto(f"/deals/{deal('south')}/converse/discovery")
    laptop.locator(".room > summary").click()
    laptop.get_by_label("Somebody new").first.fill("Karen Holt")
    laptop.locator(".topic > summary").first.click()
    words = laptop.get_by_label("In their words").first
    words.fill("We lose a day every Monday.")
    field = words.get_attribute("id")
    expect(laptop.get_by_role("status").filter(has_text=re.compile(r"^Kept$"))).to_be_visible()
    laptop.get_by_role("button", name="Go on to the log").click()
    expect(laptop.locator(f"#{field}")).to_have_value("We lose a day every Monday.")
    expect(laptop.locator(f"#{field}")).to_be_visible()
    laptop.get_by_role("button", name="Save").click()
    expect(laptop.get_by_text("We lose a day every Monday.").first).to_be_attached()
    laptop.goto(f"/deals/{deal('south')}/prepare/discovery")
    expect(laptop.get_by_text("Karen Holt")).to_be_visible()


def test_what_is_typed_without_a_connection_goes_up_once_it_is_back(
    page: Pages, address: str, deal: Callable[[str], str], workspace: Workspace
) -> None:
    phone = page(width=360, base_url=address, tolerated=("ERR_INTERNET_DISCONNECTED",))
    enter(phone, Role.SALESPERSON)
    phone.goto(f"/deals/{deal('south')}/converse/discovery")
    phone.context.set_offline(True)
    phone.get_by_label("Note for yourself").fill("Said in the lift.")
    expect(phone.get_by_text("kept on this page only")).to_be_visible()
    phone.get_by_role("button", name="Go on to the log").click()
    expect(phone.get_by_label("Note for yourself")).to_have_value("Said in the lift.")
    phone.context.set_offline(False)
    expect(phone.get_by_role("status").filter(has_text=re.compile(r"^Kept$"))).to_be_visible(timeout=10_000)
    with workspace.database.reading() as session:
        assert [draft.fields["note"] for draft in session.scalars(select(LogDraft))] == [["Said in the lift."]]


def test_an_objection_is_found_by_any_of_its_words(page: Pages, address: str, deal: Callable[[str], str]) -> None:
    laptop = page(base_url=address)
    enter(laptop, Role.SALESPERSON)
    laptop.goto(f"/deals/{deal('south')}/converse/discovery")
    objections = laptop.locator(".objection")
    everything = objections.count()
    laptop.get_by_label("They say…").fill(objections.nth(1).locator("p").text_content().split()[0].upper())  # type: ignore[union-attr]
    expect(objections.nth(1)).to_be_visible()
    assert 0 < objections.filter(visible=True).count() <= everything
    laptop.get_by_label("They say…").fill("nobody ever says this")
    expect(laptop.get_by_text("No objection of this script")).to_be_visible()
    assert objections.filter(visible=True).count() == 0
