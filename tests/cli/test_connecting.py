"""A CRM is connected on the command line: the secret never stands in it, and what is not reached is said."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.fakes.hubspot.server import FakeHubSpot
from tests.odoo import recording


@pytest.fixture
def odoo(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setenv("PARCOURS_NETWORKS", "127.0.0.0/8")
    exchanges = json.loads(recording.FILE.read_text(encoding="utf-8"))["runs"]["add-on"]["exchanges"]
    with recording.replayed(exchanges, whole=False) as address:
        yield address


def of_odoo(address: str) -> tuple[str, ...]:
    return ("connect", "odoo", "sales", "--address", address, "--database", "crm", "--login", "admin")


def test_an_odoo_is_connected_with_a_key_from_a_file(run: Run, odoo: str, tmp_path: Path) -> None:
    (tmp_path / "key.txt").write_text(f"{recording.KEY}\n")
    said = run(*of_odoo(odoo), "--key-file", str(tmp_path / "key.txt"))
    assert (said.status, said.err) == (0, "")
    assert said.out.startswith("sales is connected to crm (Odoo 19.0")
    assert said.out.endswith("Next: parcours sync sales\n")


def test_an_odoo_in_our_own_network_is_refused_unless_the_network_is_named(
    run: Run, odoo: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PARCOURS_NETWORKS", "10.0.0.0/8")
    monkeypatch.setenv("PARCOURS_ODOO_KEY", recording.KEY)
    said = run(*of_odoo(odoo.replace("http://", "https://")))
    assert said.status == 1
    assert "PARCOURS_NETWORKS" in said.err
    assert recording.KEY not in said.err


def test_a_hubspot_is_connected_with_a_token_from_the_environment_and_its_missing_scopes_are_named(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    with FakeHubSpot() as hubspot:
        monkeypatch.setenv("PARCOURS_HUBSPOT_HOST", hubspot.address)
        monkeypatch.setenv("PARCOURS_HUBSPOT_TOKEN", hubspot.token)
        hubspot.scopes = {f"crm.objects.{kind}.read" for kind in ("deals", "contacts", "owners")}
        hubspot.scopes |= {"crm.schemas.contacts.write"}
        said = run("connect", "hubspot", "hub")
    assert said.status == 0, said.err
    assert "hub is connected to" in said.out
    assert said.err == "Not reached: companies: deals have no company's name.\n"
    assert hubspot.token not in said.out + said.err
