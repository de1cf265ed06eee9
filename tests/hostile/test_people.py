"""People by hostile names: found, shown, taken away and erased as anybody else, and nobody else with them."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable

import pytest
from sqlalchemy import func, select

from plugin.domain.names import fold
from plugin.services.people import find_people
from plugin.services.viewer import Role
from plugin.services.workspace import Workspace
from plugin.store.tables import DealContact
from tests.hostile.shape import Shape
from tests.hostile.strings import STRINGS
from tests.hostile.test_lists import FORMULA
from tests.web.conftest import Browser

# As many of those that the CRM of the hostile company has.
SOME = 12
ON_ONE_ENGINE = pytest.mark.parametrize("databases", ["sqlite"], indirect=True)


def contacts(workspace: Workspace) -> list[str]:
    with workspace.database.reading() as session:
        names = session.scalars(select(DealContact.name).order_by(DealContact.deal_id)).all()
    # By one letter, however adorned, half of them are found.
    return [name for name in names if len(fold(name)) > 5][-SOME:]


@ON_ONE_ENGINE
def test_whoever_they_are_their_page_says_all_of_it_and_runs_nothing(
    company: Workspace, signed_in: Callable[[Role], Browser]
) -> None:
    admin = signed_in(Role.ADMIN)
    for name in contacts(company):
        path = person(company, name)
        for address in (path, f"{path}/erase"):
            shape = Shape(admin.get(address).text)
            assert shape.lost([name]) == []
            assert shape.unsafe_addresses() == []
        told = json.loads(admin.post(f"{path}/export", {"format": "json"}).text)
        assert told["person"]["names"] + told["person"]["emails"]
        table = admin.post(f"{path}/export", {"format": "csv"}).data.decode("utf-8-sig")
        cells = [cell for row in csv.reader(io.StringIO(table, newline="")) for cell in row]
        assert [cell for cell in cells if FORMULA.match(cell)] == []


def person(workspace: Workspace, name: str) -> str:
    with workspace.database.reading() as session:
        found = find_people(session, workspace, name).people
    (one,) = [one for one in found if name in (*one.names, *one.emails)][:1] or found[:1]
    return f"/privacy/people/{one.key}"


@ON_ONE_ENGINE
def test_erasing_one_takes_nobody_else_along(company: Workspace, signed_in: Callable[[Role], Browser]) -> None:
    admin = signed_in(Role.ADMIN)
    for name in contacts(company)[:SOME]:
        path, before = person(company, name), people(company)
        page = admin.get(f"{path}/erase").text
        deals = re.findall(r'name="deals" value="(\w+)" checked|type="hidden" name="deals" value="(\w+)"', page)
        sent = {"deals": ["".join(one) for one in deals], "others": "", "sure": "y"}
        assert admin.post(f"{path}/erase", sent).status_code == 303
        assert admin.get(path).status_code == 404
        assert people(company) == before - 1


def people(workspace: Workspace) -> int:
    with workspace.database.reading() as session:
        return session.scalar(select(func.count(DealContact.crm_id.distinct()))) or 0


@ON_ONE_ENGINE
def test_what_is_typed_for_other_names_comes_back_and_looks_for_nothing_but_words(
    company: Workspace, signed_in: Callable[[Role], Browser]
) -> None:
    admin = signed_in(Role.ADMIN)
    path = person(company, contacts(company)[0])
    for text in STRINGS[::40]:
        line = " ".join(text.split())[:150]
        answer = admin.post(f"{path}/erase", {"others": line, "again": "1"})
        assert answer.status_code == 200
        assert Shape(answer.text).unsafe_addresses() == []
        assert admin.get("/privacy", query_string={"q": text[:200]}).status_code == 200
