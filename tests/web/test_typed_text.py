"""What people type is kept as they typed it, without the signs that are none."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import select

from plugin.domain.typed_text import tidy
from plugin.services.workspace import Workspace
from plugin.store.tables import DealContact, MeetingAttendee
from tests.web.conftest import Browser
from tests.web.log_form import filled


@pytest.mark.parametrize(
    "text",
    ["25\u202f000\u00a0€ : « déjà »", "👩‍💻 👨‍👩‍👧‍👦", "می‌خواهم", "\U0001fae8", "a\n\tb", "e\u0301", "\U000f0000"],
)
def test_spaces_that_hold_together_emoji_and_every_writing_are_kept(text: str) -> None:
    assert tidy(text) == text


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("a\x00b\x1b\ud800\ufffec", "abc"),
        ("safe\u202efdp.exe", "safefdp.exe"),
        ("a\r\nb\rc\u2028d\x0be", "a\nb\nc\nd\ne"),
        ("\u200b \u200d\u2060", ""),
        (None, ""),
    ],
)
def test_signs_that_are_none_or_turn_what_stands_behind_them_are_dropped(typed: str | None, kept: str) -> None:
    assert tidy(typed) == kept


def test_a_contact_with_two_spaces_in_the_name_was_there_only_where_somebody_said_so(
    ana: Browser, deal: Callable[[str], str], workspace: Workspace
) -> None:
    with workspace.database.writing.begin() as session:
        for contact in session.scalars(select(DealContact)):
            contact.name = "Jean  Dupont"
    path = f"/deals/{deal('south')}/log/new"

    def came() -> list[str]:
        with workspace.database.reading() as session:
            return list(session.scalars(select(MeetingAttendee.name)))

    assert ana.post(path, filled(ana.get(path).text, {})).status_code == 303
    assert came() == []
    ana.post(path, filled(ana.get(path).text, {"person_0-present": "y"}))
    assert came() == ["Jean  Dupont"]
