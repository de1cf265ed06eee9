"""Personas in the browser: written by one person at a time, tried before they are saved; a deal's own put right."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

from sqlalchemy import select
from werkzeug.datastructures import MultiDict

from plugin.services.connections import sync
from plugin.services.viewer import Role
from plugin.services.workspace import Workspace
from plugin.store.tables import AuditEntry, Deal
from tests.web.conftest import Browser

OPERATIONS = {
    "name_en": "Operations",
    "name_fr": "Opérations",
    "type": "user",
    "aliases": "ops",
    "of": "any",
    "conditions-0-field": "company",
    "conditions-0-how": "contains",
    "conditions-0-words": "NORTH\nsouth",
    "revision": "0",
}


def personas_of_deals(workspace: Workspace) -> dict[str, str | None]:
    with workspace.database.reading() as session:
        return dict(session.execute(select(Deal.crm_id, Deal.persona_key)).all())


def acts(workspace: Workspace) -> list[tuple[str, str]]:
    with workspace.database.reading() as session:
        entries = session.scalars(select(AuditEntry).where(AuditEntry.act.like("persona%")).order_by(AuditEntry.id))
        return [(one.act, one.about) for one in entries]


def operations(**changes: str) -> dict[str, Any]:
    return {**OPERATIONS, **changes}


def without_names(workspace: Workspace) -> None:
    """What the CRM calls the buyers is the name of no persona."""
    with workspace.database.writing.begin() as session:
        for deal in session.scalars(select(Deal)):
            deal.persona = "Head of things"


def test_each_persona_is_shown_with_its_deals(max_: Browser) -> None:
    page = max_.get("/journey/personas").text
    assert page.index("Director") < page.index("Finance") < page.index("Operations")
    assert "5 deals" in page


def test_a_rule_that_is_saved_takes_its_deals_at_once(max_: Browser, workspace: Workspace) -> None:
    without_names(workspace)
    assert max_.post("/journey/personas/operations", operations()).status_code == 303
    found = personas_of_deals(workspace)
    assert (found["north"], found["south"], found["west"]) == ("operations", "operations", None)
    assert acts(workspace) == [("persona changed", "operations")]
    assert [one.key for one in workspace.personas] == ["director", "finance", "operations", "it"]


def test_a_preview_counts_and_stores_nothing(max_: Browser, workspace: Workspace) -> None:
    without_names(workspace)
    page = max_.post("/journey/personas/operations", operations(wish="preview")).text
    assert ">2</strong> of 5 deals would be theirs" in page
    assert "Company south" in page
    assert personas_of_deals(workspace)["north"] == "director"
    assert workspace.persona("operations").rule.conditions == ()  # type: ignore[union-attr]


def test_one_more_condition_keeps_what_was_typed(max_: Browser) -> None:
    page = max_.post("/journey/personas/operations", operations(wish="condition", goals_en="Sleep at night")).text
    assert "conditions-1-field" in page
    assert "NORTH\nsouth" in page
    assert "Sleep at night" in page


def test_a_name_of_another_persona_is_refused_and_nothing_typed_is_lost(max_: Browser) -> None:
    answer = max_.post("/journey/personas/operations", operations(aliases="ops\ncfo", challenges_fr="Trop d’arrêts"))
    assert answer.status_code == 422
    assert "“cfo” is a name of “Finance” already" in answer.text
    assert "Trop d’arrêts" in answer.text


def test_an_amount_that_is_none_is_told(max_: Browser) -> None:
    wrong = operations(**{"conditions-0-field": "amount", "conditions-0-least": "a lot"})
    answer = max_.post("/journey/personas/operations", wrong)
    assert answer.status_code == 422
    assert "Write an amount in figures" in answer.text
    upside_down = operations(
        **{"conditions-0-field": "amount", "conditions-0-least": "10 000", "conditions-0-most": "9,999.50"}
    )
    assert "less than the least amount" in max_.post("/journey/personas/operations", upside_down).text


def test_the_second_of_two_editors_is_told_and_loses_nothing(
    max_: Browser, signed_in: Callable[[Role], Browser], workspace: Workspace
) -> None:
    mia = signed_in(Role.MARKETER)
    max_.post("/journey/personas/operations", operations(goals_en="No stop at night"))
    answer = mia.post("/journey/personas/operations", operations(goals_en="Fewer phone calls"))
    assert answer.status_code == 409
    assert "Max saved meanwhile" in answer.text
    assert "No stop at night" in answer.text
    assert "Fewer phone calls" in answer.text
    again = mia.post("/journey/personas/operations", operations(goals_en="Fewer phone calls", revision="1"))
    assert again.status_code == 303
    assert workspace.persona("operations").goals.en == "Fewer phone calls"  # type: ignore[union-attr]


def test_a_persona_is_added_in_one_language_and_taken_away_again(max_: Browser, workspace: Workspace) -> None:
    answer = max_.post("/journey/persona", {"name_fr": "Équipe de nuit", "type": "user", "of": "any"})
    assert answer.status_code == 303
    added = workspace.persona("equipe_de_nuit")
    assert added is not None
    assert added.name.en == added.name.fr == "Équipe de nuit"
    assert max_.post("/journey/personas/equipe_de_nuit/remove").status_code == 303
    assert workspace.persona("equipe_de_nuit") is None
    assert max_.get("/journey/personas/equipe_de_nuit").status_code == 404


def test_a_persona_without_any_name_is_refused(max_: Browser) -> None:
    answer = max_.post("/journey/persona", {"name_en": " ", "type": "user", "goals_en": "kept"})
    assert answer.status_code == 422
    assert "kept" in answer.text


def test_the_order_decides_between_two_rules(max_: Browser, workspace: Workspace) -> None:
    without_names(workspace)
    max_.post("/journey/personas/operations", operations())
    max_.post("/journey/personas/it", {**operations(name_en="IT", name_fr="Informatique"), "aliases": "dsi"})
    assert personas_of_deals(workspace)["north"] == "operations"
    assert max_.post("/journey/personas/it/up").status_code == 303
    assert personas_of_deals(workspace)["north"] == "it"
    assert max_.post("/journey/personas/director/up").status_code == 404


def test_personas_go_out_as_a_file_and_come_in_again(max_: Browser, workspace: Workspace) -> None:
    max_.post("/journey/personas/operations", operations(habits_fr="Essaie d’abord"))
    file = max_.get("/journey/personas.yaml")
    assert "attachment" in file.headers["Content-Disposition"]
    before = workspace.personas
    max_.post("/journey/personas/operations/remove")
    sent = MultiDict([("csrf_token", max_.token), ("file", (io.BytesIO(file.data), "personas.yaml"))])
    assert max_.client.post("/journey/personas", data=sent).status_code == 303
    assert workspace.personas == before


def test_a_broken_file_is_told_with_its_places_and_changes_nothing(max_: Browser, workspace: Workspace) -> None:
    before = workspace.personas
    for content, told in ((b"personas:\n  - key: X\n", "2:10"), (b"\xff\xfe", "UTF-8"), (b"", "empty")):
        sent = MultiDict([("csrf_token", max_.token), ("file", (io.BytesIO(content), "personas.yaml"))])
        answer = max_.client.post("/journey/personas", data=sent)
        assert answer.status_code == 422
        assert told in answer.text
    assert max_.post("/journey/personas").status_code == 422
    assert workspace.personas == before


def test_what_a_person_chose_for_a_deal_outlives_rules_and_syncs(
    ana: Browser, max_: Browser, deal: Callable[[str], str], workspace: Workspace
) -> None:
    north = deal("north")
    assert ana.post(f"/deals/{north}/persona", {"persona": "finance"}).status_code == 303
    page = ana.get(f"/deals/{north}").text
    assert "Chosen by Ana" in page
    assert ("persona chosen", north) in acts(workspace)
    max_.post("/journey/personas/operations", operations())
    with workspace.database.writing.begin() as session:
        for one in session.scalars(select(Deal)):
            one.content_hash = "read again"
    sync(workspace, None, lambda _name: lambda _stream, _read, _total: None)
    assert personas_of_deals(workspace)["north"] == "finance"
    ana.post(f"/deals/{north}/persona", {"persona": ""})
    assert personas_of_deals(workspace)["north"] == "director"
    assert ana.post(f"/deals/{north}/persona", {"persona": "nobody"}).status_code == 404


def test_a_salesperson_puts_right_their_own_deals_only(
    ana: Browser, deal: Callable[[str], str], give_away: Callable[[], None]
) -> None:
    north = deal("north")
    give_away()
    assert ana.post(f"/deals/{north}/persona", {"persona": "finance"}).status_code == 404


def test_deals_and_reports_are_narrowed_by_persona_and_by_the_names_of_before(max_: Browser) -> None:
    assert "Company north" in max_.get("/deals?persona=director").text
    assert "No deal matches" in max_.get("/deals?persona=finance").text
    for asked in ("director", "Managing Director", "directrice"):
        page = max_.get(f"/conversion?persona={asked}")
        assert page.status_code == 200
        assert '<option selected value="director">Director</option>' in page.text


def test_the_kit_is_for_the_persona_that_the_deal_is_read_for(max_: Browser, deal: Callable[[str], str]) -> None:
    north = deal("north")
    max_.post(f"/deals/{north}/persona", {"persona": "it"})
    assert "Persona: IT" in max_.get(f"/deals/{north}/prepare/framing").text
    assert "for who is at the table" in max_.get(f"/deals/{north}/meeting/framing").text


def test_a_form_shows_the_readers_language_first_and_the_other_in_a_fold(max_: Browser) -> None:
    page = max_.get("/journey/persona").text
    assert page.index('name="habits_en"') < page.index("Also in French") < page.index('name="name_fr"')
    assert '<details class="fold other-language">' in page
    assert '<details class="fold other-language" open>' in max_.post("/journey/persona", {"name_fr": "Nuit"}).text


def test_a_french_reader_has_french_first_and_is_told_there_that_a_name_is_missing(max_: Browser) -> None:
    max_.post("/account/preferences", {"language": "fr", "theme": "auto", "time_zone": "Europe/Paris"})
    page = max_.post("/journey/persona", {"type": "user", "of": "any"}).text
    assert page.index('name="habits_fr"') < page.index("Aussi en anglais") < page.index('name="name_en"')
    assert 'href="#name_fr"' in page
    assert "Nom (en anglais)" in page


def test_what_said_the_same_in_both_languages_changes_in_both(max_: Browser, workspace: Workspace) -> None:
    max_.post("/journey/persona", {"name_en": "Night shift", "type": "user", "of": "any"})
    assert 'name="name_fr" type="text" value=""' in max_.get("/journey/personas/night_shift").text
    max_.post(
        "/journey/personas/night_shift",
        {"name_en": "Nights", "name_fr": "", "type": "user", "of": "any", "revision": "0"},
    )
    found = workspace.persona("night_shift")
    assert found is not None
    assert found.name.fr == "Nights"


def test_a_new_persona_stands_before_the_others(max_: Browser, workspace: Workspace) -> None:
    max_.post("/journey/persona", {"name_en": "Night shift", "type": "user", "of": "any"})
    assert workspace.personas[0].key == "night_shift"
    assert "The first one whose rule holds takes the deal" in max_.get("/journey/personas").text
