"""The team's page: accounts added, changed, closed and opened by an administrator."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from sqlalchemy import select

from plugin.services.viewer import Role
from plugin.services.workspace import Workspace
from plugin.store.tables import AuditEntry, CrmOwner, UserAccount
from tests.web.conftest import PEOPLE, Browser

NEW = {"email": "Lea@Seller.example", "name": "Léa  Roux", "role": "marketer", "language": "fr"}


@pytest.fixture
def ada(signed_in: Callable[[Role], Browser]) -> Browser:
    return signed_in(Role.ADMIN)


@pytest.fixture
def account(workspace: Workspace) -> Callable[[str], UserAccount]:
    def find(email: str) -> UserAccount:
        with workspace.database.reading() as session:
            return session.scalars(select(UserAccount).filter_by(email=email)).one()

    return find


@pytest.fixture
def acts(workspace: Workspace, account: Callable[[str], UserAccount]) -> Callable[[], list[tuple[str, str]]]:
    """What the administrator did, as it was recorded."""

    def told() -> list[tuple[str, str]]:
        by = account(PEOPLE[Role.ADMIN]).id
        with workspace.database.reading() as session:
            query = select(AuditEntry.act, AuditEntry.about).filter_by(user_id=by).order_by(AuditEntry.id)
            return [(act, about) for act, about in session.execute(query)]

    return told


def shown_password(page: str) -> str:
    found = re.search(r'class="first-password"><code>([^<]+)</code>', page)
    assert found, page
    return found[1]


def sign_in(browser: Browser, email: str, password: str) -> int:
    browser.get("/sign-in")
    return browser.post("/sign-in", {"email": email, "password": password}).status_code


def test_everybody_is_listed_with_what_an_administrator_wants_to_know(ada: Browser) -> None:
    page = ada.get("/team").text
    assert all(email in page for email in PEOPLE.values())
    assert "never signed in" in page
    assert "last seen" in page
    assert "whose owner in the CRM has the same e-mail or the same name" in page


def test_somebody_added_signs_in_with_the_password_that_is_shown_once(
    ada: Browser, anybody: Browser, account: Callable[[str], UserAccount], acts: Callable[[], list[tuple[str, str]]]
) -> None:
    ada.get("/team")
    answer = ada.post("/team", NEW)
    password = shown_password(answer.text)
    assert "Léa Roux may sign in" in answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    lea = account("lea@seller.example")
    assert (lea.name, lea.role, lea.language) == ("Léa Roux", "marketer", "fr")
    assert acts() == [("user added", "lea@seller.example: marketer")]
    assert password not in ada.get("/team").text
    assert sign_in(anybody, "lea@seller.example", password) == 303


def test_a_salesperson_who_is_added_finds_the_deals_of_their_name_in_the_crm(
    workspace: Workspace, ada: Browser, give_away: Callable[[], None], account: Callable[[str], UserAccount]
) -> None:
    give_away()
    with workspace.database.writing.begin() as session:
        for owner in session.scalars(select(CrmOwner)):
            owner.email = NEW["email"].lower()
    ada.post("/team", {**NEW, "role": "salesperson"})
    with workspace.database.reading() as session:
        assert session.scalars(select(CrmOwner.user_id)).all() == [account("lea@seller.example").id]


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"email": "lea"}, "This is no e-mail address"),
        ({"email": ""}, "Fill this in."),
        ({"email": PEOPLE[Role.MANAGER]}, "Somebody has this e-mail here already"),
        ({"name": " "}, "Fill this in."),
        ({"role": "owner"}, "Not a valid choice"),
        ({"language": "xx"}, "Not a valid choice"),
    ],
)
def test_what_cannot_be_is_said_beside_its_field_and_nothing_typed_is_lost(
    ada: Browser, acts: Callable[[], list[tuple[str, str]]], typed: dict[str, str], said: str
) -> None:
    answer = ada.post("/team", {**NEW, **typed})
    assert answer.status_code == 422
    assert said in answer.text
    assert {**NEW, **typed}["email"] in answer.text
    assert acts() == []


def test_another_role_signs_the_person_out(
    ada: Browser,
    max_: Browser,
    account: Callable[[str], UserAccount],
    acts: Callable[[], list[tuple[str, str]]],
) -> None:
    max_id = account(PEOPLE[Role.MANAGER]).id
    assert ada.post("/team/role", {"account": max_id, "role": "marketer"}).status_code == 303
    assert account(PEOPLE[Role.MANAGER]).role == "marketer"
    assert max_.get("/deals").status_code == 303
    assert acts() == [("role changed", f"{PEOPLE[Role.MANAGER]}: marketer")]
    assert ada.post("/team/role", {"account": max_id, "role": "marketer"}).status_code == 303
    assert len(acts()) == 1


@pytest.mark.parametrize(("path", "more"), [("/team/role", {"role": "marketer"}), ("/team/close", {})])
def test_the_last_administrator_keeps_the_role_and_the_account(
    ada: Browser,
    account: Callable[[str], UserAccount],
    acts: Callable[[], list[tuple[str, str]]],
    path: str,
    more: dict[str, str],
) -> None:
    me = account(PEOPLE[Role.ADMIN])
    answer = ada.post(path, {"account": me.id, **more})
    assert answer.status_code == 422
    assert "This is the last administrator" in answer.text
    assert (account(me.email).role, account(me.email).disabled_at) == ("admin", None)
    assert acts() == []
    ada.post("/team/role", {"account": account(PEOPLE[Role.MANAGER]).id, "role": "admin"})
    assert ada.post(path, {"account": me.id, **more}).status_code == 303


def test_a_new_password_replaces_the_lost_one(
    ada: Browser,
    ana: Browser,
    anybody: Browser,
    account: Callable[[str], UserAccount],
    acts: Callable[[], list[tuple[str, str]]],
) -> None:
    email = PEOPLE[Role.SALESPERSON]
    answer = ada.post("/team/password", {"account": account(email).id})
    assert "Ana has a new first password" in answer.text
    assert ana.get("/deals").status_code == 303
    assert sign_in(anybody, email, shown_password(answer.text)) == 303
    assert acts() == [("password made anew", email)]


def test_ones_own_password_is_not_made_here(ada: Browser, account: Callable[[str], UserAccount]) -> None:
    me = account(PEOPLE[Role.ADMIN])
    assert ada.post("/team/password", {"account": me.id}).status_code == 404
    assert account(me.email).password_hash == me.password_hash


def test_a_closed_account_lets_nobody_in_until_it_is_opened_again(
    ada: Browser,
    ana: Browser,
    anybody: Browser,
    account: Callable[[str], UserAccount],
    acts: Callable[[], list[tuple[str, str]]],
) -> None:
    email = PEOPLE[Role.SALESPERSON]
    its = {"account": account(email).id}
    password = shown_password(ada.post("/team/password", its).text)
    assert ada.post("/team/close", its).status_code == 303
    assert "closed since" in ada.get("/team").text
    assert sign_in(anybody, email, password) != 303
    assert ada.post("/team/open", its).status_code == 303
    assert sign_in(anybody, email, password) == 303
    assert acts()[1:] == [("user disabled", email), ("user enabled", email)]


@pytest.mark.parametrize("path", ["/team/role", "/team/password", "/team/close", "/team/open"])
@pytest.mark.parametrize("which", ["", "0", "999999", "x", "1 or 1=1", "9" * 40])
def test_an_account_that_there_is_not_is_not_found(ada: Browser, path: str, which: str) -> None:
    assert ada.post(path, {"account": which, "role": "marketer"}).status_code == 404


def test_what_was_done_is_told_in_words(ada: Browser, account: Callable[[str], UserAccount]) -> None:
    its = {"account": account(PEOPLE[Role.SALESPERSON]).id}
    for path in ("/team/password", "/team/close", "/team/open"):
        ada.post(path, its)
    page = ada.get("/privacy/audit").text
    assert all(
        words in page for words in ("Gave an account a new password", "Closed an account", "Opened an account again")
    )
