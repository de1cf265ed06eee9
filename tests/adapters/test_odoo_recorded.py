"""The adapter asks what it asked a real Odoo 19, and understands what that answered: with our add-on, by Odoo's own
change log, and in the way in which older ones are asked."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.odoo import recording, scenario
from tests.odoo.ways import WAYS, connecting

RECORDED: dict[str, Any] = json.loads(recording.FILE.read_text(encoding="utf-8"))


def test_the_recording_is_of_this_code() -> None:
    assert RECORDED["code"] == recording.code(), "record it anew: python -m tests.odoo.recording"


@pytest.mark.parametrize("way", WAYS)
def test_what_a_real_odoo_answered_is_understood_as_it_was(way: str) -> None:
    run = RECORDED["runs"][way]
    with recording.replayed(run["exchanges"]) as address:
        values = {"address": address, "database": "crm", "login": "admin", "networks": "127.0.0.0/8", "page_size": "3"}
        said = list(scenario.said(connecting({**values, "key": recording.KEY}, way)))
    assert said == run["said"]


def test_nothing_secret_is_in_it() -> None:
    text = recording.FILE.read_text(encoding="utf-8")
    assert "Traceback" not in text
    assert "bearer" not in text.lower().replace("www-authenticate", "")
