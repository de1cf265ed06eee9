"""The add-on in a real Odoo, in a real browser, with our panel in its frame and our worker behind it."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from playwright.sync_api import FrameLocator, Page, expect
from sqlalchemy import select, update

from plugin.app import make_web
from plugin.services.add_on import connect_odoo, set_up_add_on
from plugin.services.connections import sync
from plugin.services.stage_mapping import map_stages
from plugin.services.vault import Vault
from plugin.services.viewer import Role
from plugin.services.worker import work_once
from plugin.services.workspace import Workspace
from plugin.settings import Settings
from plugin.store.tables import CrmEvent, CrmOwner, CrmStage, Deal, UserAccount
from tests.browser import Pages, axe
from tests.odoo_server import OdooServer
from tests.serving import served
from tests.web.conftest import PEOPLE, clock, database, library, workspace

__all__ = ["clock", "database", "library", "workspace"]

pytestmark = pytest.mark.browser

# Of Odoo itself: what Debian leaves out of it, and what a Community edition does not have.
ODOOS_OWN = ("Could not get content for mail", "Failed to load resource")
PICTURES = os.environ.get("PICTURES")
# Odoo's own stages, as an admin would match them.
MEANING = {"New": "problem", "Qualified": "search", "Proposition": "select"}


@dataclass(frozen=True)
class Beside:
    """A real Odoo with our add-on, set up, and us with its one opportunity."""

    odoo: OdooServer
    workspace: Workspace
    address: str
    lead: int

    def synced(self) -> None:
        sync(self.workspace, "crm", lambda _name: lambda _stream, _read, _total: None)


@pytest.fixture
def beside(fresh_odoo: OdooServer, workspace: Workspace) -> Iterator[Beside]:
    space = replace(
        workspace,
        vault=Vault([Fernet.generate_key().decode()]),
        networks="127.0.0.0/8",
        clock=lambda: datetime.now(UTC),
    )
    customer = fresh_odoo.call(
        "admin", "res.partner", "create", vals_list=[{"name": "Ines Martin", "function": "Plant manager"}]
    )
    about = {"name": "Press line 4", "type": "opportunity", "user_id": fresh_odoo.users["seller"]}
    about |= {"partner_id": customer[0], "expected_revenue": 48_000}
    lead = fresh_odoo.call("seller", "crm.lead", "create", vals_list=[about])[0]
    with served(make_web(space, Settings.from_environment())) as address:
        found = Beside(fresh_odoo, space, address, lead)
        values = {
            "address": fresh_odoo.address,
            "database": fresh_odoo.database,
            "login": "admin",
            "moves_deals": "yes",
        }
        connect_odoo(space, "crm", values, fresh_odoo.keys["admin"])
        assert set_up_add_on(space, "crm", address)
        found.synced()
        with space.database.reading() as session:
            stages = dict(session.execute(select(CrmStage.label, CrmStage.id).where(CrmStage.outcome == "open")).all())
        map_stages(space, "crm", {stages[label]: stage for label, stage in MEANING.items()})
        with space.database.writing.begin() as session:
            ana = session.scalars(select(UserAccount.id).filter_by(email=PEOPLE[Role.SALESPERSON])).one()
            sam = CrmOwner.crm_id == str(fresh_odoo.users["seller"])
            session.execute(update(CrmOwner).values(user_id=ana).where(sam))
        yield found


def signed_in(page: Pages, odoo: OdooServer, login: str, width: int = 1680) -> Page:
    opened = page(width=width, height=1000, base_url=odoo.address, tolerated=ODOOS_OWN)
    opened.goto("/web/login")
    opened.fill("input[name=login]", login)
    opened.fill("input[name=password]", odoo.passwords[login])
    opened.click("button[type=submit]")
    opened.wait_for_url("**/odoo*")
    return opened


def panel_of(page: Page) -> FrameLocator:
    return page.frame_locator(".o_parcours_panel iframe")


def picture(page: Page, name: str) -> None:
    """For ``docs/pictures``, where somebody wants them: ``PICTURES=docs/pictures``."""
    if PICTURES:
        page.screenshot(path=Path(PICTURES) / f"{name}.png")


@pytest.mark.parametrize("width", [1680, 1280, 400])
def test_a_salesperson_finds_the_panel_on_their_opportunity_without_another_log_in(
    page: Pages, beside: Beside, width: int
) -> None:
    odoo = signed_in(page, beside.odoo, "seller", width)
    odoo.goto(f"/odoo/crm/{beside.lead}")
    panel = panel_of(odoo)
    expect(panel.get_by_role("heading", name="Press line 4")).to_be_visible()
    expect(panel.get_by_role("button", name="Log a meeting")).to_be_visible()
    section = odoo.locator(".o_parcours_panel")
    assert not [line for line in axe(odoo) if "parcours" in line]
    section.scroll_into_view_if_needed()
    picture(odoo, f"odoo-panel-{width}")


def test_what_is_logged_in_the_panel_stands_in_odoo_as_meeting_and_note(page: Pages, beside: Beside) -> None:
    odoo = signed_in(page, beside.odoo, "seller")
    odoo.goto(f"/odoo/crm/{beside.lead}")
    panel = panel_of(odoo)
    panel.get_by_role("button", name="Log a meeting").click()
    panel.get_by_label("Note for yourself and colleagues").fill("A stop costs 900 an hour; they count them now.")
    panel.get_by_label("States the problem in their own words").check()
    panel.get_by_label("Moved on").check()
    panel.get_by_label("On to").select_option(index=1)
    panel.get_by_role("button", name="Save").click()
    expect(panel.get_by_text("Saved.")).to_be_visible()
    while work_once(beside.workspace, lambda _said: None):
        pass
    odoo.reload()
    expect(odoo.locator(".o-mail-Message").get_by_text("A stop costs 900 an hour")).to_be_visible()
    expect(odoo.get_by_role("button", name=re.compile("1.*Meeting|Meeting"))).to_be_visible()
    expect(panel_of(odoo).get_by_role("heading", name="Press line 4")).to_be_visible()
    picture(odoo, "odoo-opportunity")
    odoo.goto("/odoo/crm")
    expect(odoo.get_by_text("Press line 4")).to_be_visible()
    picture(odoo, "odoo-pipeline")


def test_somebody_whom_parcours_does_not_know_is_told_what_an_administrator_can_do(page: Pages, beside: Beside) -> None:
    odoo = signed_in(page, beside.odoo, "admin")
    odoo.goto(f"/odoo/crm/{beside.lead}")
    expect(panel_of(odoo).get_by_text("Parcours does not know you yet")).to_be_visible()


def test_the_panel_follows_the_record_and_a_new_one_says_what_will_come(page: Pages, beside: Beside) -> None:
    other = beside.odoo.call("seller", "crm.lead", "create", vals_list=[{"name": "Other", "type": "opportunity"}])[0]
    odoo = signed_in(page, beside.odoo, "seller")
    odoo.goto("/odoo/crm?view_type=list")
    odoo.get_by_role("cell", name="Press line 4").click()
    expect(panel_of(odoo).get_by_role("heading", name="Press line 4")).to_be_visible()
    odoo.locator(".o_pager_next").click()
    expect(panel_of(odoo).get_by_role("heading", name="Other")).to_be_visible()
    odoo.locator(".o_form_button_create").click()
    expect(odoo.get_by_text("Save the opportunity, and Parcours opens here.")).to_be_visible()
    assert other


def test_a_deal_that_came_to_odoo_since_the_last_sync_is_read_on_the_spot(page: Pages, beside: Beside) -> None:
    lead = beside.odoo.call("seller", "crm.lead", "create", vals_list=[{"name": "New", "type": "opportunity"}])[0]
    odoo = signed_in(page, beside.odoo, "seller")
    odoo.goto(f"/odoo/crm/{lead}")
    expect(panel_of(odoo).get_by_role("heading", name="New")).to_be_visible()


def test_the_settings_say_in_the_administrators_language_what_is_connected(page: Pages, beside: Beside) -> None:
    beside.odoo.shell(
        "env['res.lang']._activate_lang('fr_FR')\n"
        "env['ir.module.module'].search([('name', '=', 'parcours')])._update_translations(['fr_FR'])\n"
        "env['res.users'].search([('login', '=', 'admin')]).lang = 'fr_FR'\n"
        "env.cr.commit()"
    )
    beside.odoo.restart()
    odoo = signed_in(page, beside.odoo, "admin", 1280)
    odoo.goto("/odoo/settings")
    odoo.get_by_role("tab", name="Parcours").click()
    block = odoo.locator(".app_settings_block[data-key=parcours]")
    expect(block.get_by_text("Connecter avec Parcours")).to_be_visible()
    expect(block.get_by_role("button", name="Prévenir Parcours des changements")).to_be_visible()
    expect(block.get_by_label("Adresse de Parcours")).to_have_value(beside.address)


def test_switched_on_a_change_in_odoo_reaches_us_and_is_read_at_once(page: Pages, beside: Beside) -> None:
    odoo = signed_in(page, beside.odoo, "admin", 1280)
    odoo.goto("/odoo/settings")
    odoo.get_by_role("tab", name="Parcours").click()
    odoo.get_by_role("button", name="Tell Parcours of changes").click()
    expect(odoo.get_by_text("Parcours is told of changes.")).to_be_visible()
    picture(odoo, "odoo-settings")

    beside.odoo.call("seller", "crm.lead", "write", ids=[beside.lead], vals={"name": "Press line 5"})

    with beside.workspace.database.reading() as session:
        told = session.scalars(select(CrmEvent)).all()
    assert {(one.what, one.record) for one in told} == {("deal", str(beside.lead))}
    work_once(beside.workspace, lambda _said: None)
    with beside.workspace.database.reading() as session:
        assert session.scalar(select(Deal.name).filter_by(crm_id=str(beside.lead), name="Press line 5"))


def test_every_text_of_the_add_on_has_its_french(odoo: OdooServer) -> None:
    said = odoo.shell(
        "import io\n"
        "from odoo.tools.translate import trans_export\n"
        "out = io.BytesIO()\n"
        "trans_export(None, ['parcours'], out, 'po', env)\n"
        "print(out.getvalue().decode())"
    )
    folder = Path(__file__).parents[2] / "crm_adapters/odoo/addon/parcours/i18n"
    asked = texts(said)
    assert asked
    assert asked == texts((folder / "parcours.pot").read_text(encoding="utf-8"))
    assert asked == {text for text, french in entries((folder / "fr.po").read_text(encoding="utf-8")) if french}


ENTRY = re.compile(r'^msgid ((?:".*"\n)+)msgstr ((?:".*"(?:\n|\Z))+)', re.MULTILINE)


def entries(text: str) -> list[tuple[str, str]]:
    pairs = [tuple("".join(re.findall(r'"(.*)"', one)) for one in found.groups()) for found in ENTRY.finditer(text)]
    return [(text, french) for text, french in pairs if text]


def texts(text: str) -> set[str]:
    return {one for one, _french in entries(text)}
