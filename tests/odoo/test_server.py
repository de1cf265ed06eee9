"""The Odoo that the other tests stand on is a real one."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import requests

from tests.odoo_server import OdooServer

LOGINS = ("admin", "manager", "seller")


def leads(odoo: OdooServer) -> list[str]:
    return [lead["name"] for lead in odoo.call("admin", "crm.lead", "search_read", domain=[], fields=["name"])]


def test_it_is_odoo_19(odoo: OdooServer) -> None:
    assert requests.get(f"{odoo.address}/json/version", timeout=10).json()["version"] == "19.0"


@pytest.mark.parametrize("login", LOGINS)
def test_each_key_opens_the_door_for_its_user(odoo: OdooServer, login: str) -> None:
    assert odoo.call(login, "res.users", "context_get")["uid"] == odoo.users[login]


def test_a_key_that_nobody_has_opens_no_door(odoo: OdooServer) -> None:
    headers = {"Authorization": f"bearer {'0' * 40}", "X-Odoo-Database": odoo.database}
    answer = requests.post(f"{odoo.address}/json/2/res.users/context_get", json={}, headers=headers, timeout=10)

    assert answer.status_code == 401


@pytest.mark.parametrize("login", LOGINS)
def test_each_password_opens_the_page(odoo: OdooServer, login: str) -> None:
    about = {"db": odoo.database, "login": login, "password": odoo.passwords[login]}
    answer = requests.post(f"{odoo.address}/web/session/authenticate", json={"params": about}, timeout=30)

    assert answer.json()["result"]["uid"] == odoo.users[login]


@pytest.mark.parametrize(("login", "status"), [("admin", 200), ("manager", 403), ("seller", 403)])
def test_the_history_of_stages_is_for_administrators(odoo: OdooServer, login: str, status: int) -> None:
    answer = odoo.answer(login, "mail.tracking.value", "search_read", domain=[], fields=["id"])

    assert answer.status_code == status


def test_a_seller_sees_their_own_leads_and_a_manager_all(fresh_odoo: OdooServer) -> None:
    ids = [{"name": login, "type": "opportunity", "user_id": fresh_odoo.users[login]} for login in LOGINS]
    fresh_odoo.call("admin", "crm.lead", "create", vals_list=ids)

    seen = {login: fresh_odoo.call(login, "crm.lead", "search_count", domain=[]) for login in LOGINS}

    assert seen == {"admin": 3, "manager": 3, "seller": 1}


def test_it_sells_in_euros_and_speaks_french_too(odoo: OdooServer) -> None:
    french = {"context": {"lang": "fr_FR"}, "domain": [["is_won", "=", True]], "fields": ["name"]}

    assert odoo.call("admin", "crm.stage", "search_read", **french)[0]["name"] == "Gagné"
    assert odoo.sql("SELECT c.name FROM res_company o JOIN res_currency c ON c.id = o.currency_id") == [("EUR",)]


def test_nothing_goes_out_by_itself(odoo: OdooServer) -> None:
    assert odoo.sql("SELECT count(*) FROM ir_cron WHERE active") == [(0,)]
    assert odoo.sql("SELECT count(*) FROM ir_mail_server") == [(0,)]


@pytest.mark.parametrize("end", [OdooServer.stop, OdooServer.kill], ids=["stopped", "killed"])
def test_what_was_saved_is_there_after_a_new_start(fresh_odoo: OdooServer, end: object) -> None:
    fresh_odoo.call("admin", "crm.lead", "create", vals_list=[{"name": "Kept"}])

    end(fresh_odoo)  # type: ignore[operator]
    with pytest.raises(requests.ConnectionError):
        leads(fresh_odoo)
    fresh_odoo.start()

    assert leads(fresh_odoo) == ["Kept"]


def test_a_fresh_one_knows_nothing_of_what_was_done(odoo: OdooServer) -> None:
    for _ in range(2):
        odoo.fresh()
        assert leads(odoo) == []
        # Odoo remembers which record a name stands for: after a fresh start that must be forgotten too.
        given = {"fields": ["id", "name"], "data": [["parcours_test.lead", "Known by name"]]}
        assert odoo.call("admin", "crm.lead", "load", **given)["ids"] == [1]
        assert leads(odoo) == ["Known by name"]


def test_a_model_that_was_changed_is_as_before_in_a_fresh_one(fresh_odoo: OdooServer) -> None:
    model = fresh_odoo.call("admin", "ir.model", "search", domain=[["model", "=", "crm.lead"]])[0]
    field = {"model_id": model, "name": "x_size", "ttype": "integer", "field_description": "Size"}
    fresh_odoo.call("admin", "ir.model.fields", "create", vals_list=[field])
    assert "x_size" in fresh_odoo.call("admin", "crm.lead", "fields_get")

    fresh_odoo.fresh()

    assert "x_size" not in fresh_odoo.call("admin", "crm.lead", "fields_get")


def test_its_shell_runs_code_on_the_same_database(fresh_odoo: OdooServer) -> None:
    code = "print(env['crm.lead'].create({'name': 'By hand'}).name)\nenv.cr.commit()\n"

    assert fresh_odoo.shell(code).strip() == "By hand"
    assert leads(fresh_odoo) == ["By hand"]


def test_several_processes_can_answer() -> None:
    with OdooServer(workers=2) as odoo:
        odoo.call("seller", "crm.lead", "create", vals_list=[{"name": "Mine"}])
        assert leads(odoo) == ["Mine"]


SERVE_AND_WAIT = """
from tests.odoo_server import OdooServer
with OdooServer() as odoo:
    print("ready", odoo.folder, odoo.address, flush=True)
    input()
"""


def test_nothing_is_left_of_it_when_its_owner_is_killed() -> None:
    command = [sys.executable, "-c", SERVE_AND_WAIT]
    root = Path(__file__).parents[2]
    with subprocess.Popen(command, cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as owner:
        assert owner.stdout is not None
        folder, address = next(line.split()[1:] for line in owner.stdout if line.startswith("ready"))
        os.kill(owner.pid, signal.SIGKILL)

    ends = time.monotonic() + 30
    while Path(folder).exists() and time.monotonic() < ends:
        time.sleep(0.1)
    assert not Path(folder).exists()
    with pytest.raises(requests.ConnectionError):
        requests.get(address, timeout=5)
