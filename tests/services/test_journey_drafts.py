"""Journeys written here: what a form sends is what a file says; a preview is what the report will be."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from plugin.domain.conversion import Period
from plugin.domain.journey import Loop, Text
from plugin.domain.journeys import Journeys
from plugin.library.journeys import journey_text, load_journey, read_journey_text, shipped_journeys
from plugin.services import journey_preview
from plugin.services.accounts import add_user
from plugin.services.conversion import conversion
from plugin.services.journey_drafts import Clash, Draft, open_draft, publish, save_draft
from plugin.services.journey_form import CHANGES, Fields, fields_of, gaps, new_stage, text_of, typed, with_change
from plugin.services.journey_preview import last_quarter, preview
from plugin.services.journey_shelf import JourneyShelf
from plugin.services.journey_use import By, Origin, follow, put_in_use
from plugin.services.viewer import Role, Viewer
from plugin.services.workspace import Workspace
from plugin.store.queries.questions import Question
from plugin.store.tables import CrmPipeline
from tests.histories import JOURNEY, small_journey
from tests.services.conftest import NOW, Fill
from tests.services.test_conversion_report import company, stored

FIGURE_8 = load_journey(shipped_journeys()["figure8"])
SPRING = datetime(2026, 5, 2, 12, tzinfo=UTC)
OTHER = replace(small_journey(("doubt", "wish", "choice"), purchase=3), key="other")


def as_form(fields: Fields) -> tuple[dict[str, str], Callable[[str], list[str]]]:
    """What a browser sends of a form that was opened on these fields."""
    form = {"stages": str(len(fields["stages"])), **{f"name.{code}": text for code, text in fields["name"].items()}}
    lists: dict[str, list[str]] = {}
    for place, stage in enumerate(fields["stages"]):
        at = f"stages.{place}"
        form |= {f"{at}.{name}": stage[name] for name in ("key", "was", "loop")}
        form |= {f"{at}.formerly": " ".join(stage["formerly"]), f"{at}.items": str(len(stage["evidence"]))}
        for name in ("name", "question", "objective"):
            form |= {f"{at}.{name}.{code}": stage[name][code] for code in ("en", "fr")}
        for number, item in enumerate(stage["evidence"]):
            form |= {f"{at}.evidence.{number}.{name}": text for name, text in item.items()}
        lists[f"{at}.meetings"] = stage["meetings"]
    return form, lambda name: lists.get(name, [])


@pytest.mark.parametrize("key", shipped_journeys())
def test_a_journey_goes_through_form_and_file_and_is_the_same(key: str) -> None:
    journey = load_journey(shipped_journeys()[key])
    fields = typed(*as_form(fields_of(journey)))
    assert fields == fields_of(journey)
    assert read_journey_text(text_of(key, fields)) == journey
    assert read_journey_text(journey_text(journey)) == journey


BUTTONS = st.sampled_from(
    [f"{verb}:{place}:{item}" for verb in CHANGES for place in range(-1, 10) for item in (0, 5)]
    + ["add:usage", "add:purchase", "add:nothing", "", ":::", "up:" + "9" * 50, "remove:٣", "item:²"]
)


@given(st.lists(BUTTONS, max_size=12))
def test_whatever_buttons_are_pressed_the_form_stays_one_that_can_be_sent_and_told_of(buttons: list[str]) -> None:
    fields = fields_of(FIGURE_8)
    for button in buttons:
        fields = with_change(fields, button)
    assert typed(*as_form(fields)) == fields
    loops = [stage["loop"] for stage in fields["stages"]]
    assert loops == sorted(loops, key=lambda loop: loop != Loop.PURCHASE)
    if not list(gaps(fields)):
        journey = read_journey_text(text_of("mine", fields))
        assert [stage.position for stage in journey.stages] == list(range(1, 1 + len(journey.stages)))


def test_a_new_stage_gets_a_key_from_its_name_and_a_changed_key_remembers_the_former_one() -> None:
    fields = fields_of(FIGURE_8)
    words = {"en": "2nd é-Trial!", "fr": "Essai"}
    stage = {**new_stage("purchase"), "name": words, "question": words, "objective": words, "meetings": ["proof"]}
    stage["evidence"] = [{"key": "", "en": "Names who suffers", "fr": "Dit"}]
    fields["stages"][1]["key"] = "looking"
    fields["stages"].insert(2, stage)
    journey = read_journey_text(text_of("figure8", fields))
    assert [one.key for one in journey.stages][:3] == ["problem", "looking", "s_2nd_e_trial"]
    assert journey.stages[1].formerly == ("search",)
    assert journey.now_called["search"] == "looking"
    assert journey.stages[2].evidence[0].key == "names_who_suffers"


def test_a_former_key_is_nobody_elses() -> None:
    text = journey_text(FIGURE_8).replace("- key: search\n", "- key: search\n  formerly: [problem, x, x]\n")
    with pytest.raises(Exception, match="is the key of a stage now") as refused:
        read_journey_text(text)
    assert "was that of one stage only" in str(refused.value)


def test_a_draft_is_published_once_and_by_who_has_read_it(workspace: Workspace) -> None:
    space = workspace.with_journeys(Journeys(FIGURE_8))
    with space.database.writing.begin() as session:
        mia = Viewer(
            add_user(session, "mia@seller.example", "Mia", Role.MARKETER, NOW),
            "Mia",
            "mia@seller.example",
            Role.MARKETER,
        )
        draft = open_draft(session, space, "figure8")
        assert draft is not None
        changed = {**draft.fields, "name": {"en": "Ours", "fr": "Le nôtre"}}
        first = save_draft(session, space, mia, "figure8", changed, 0)
        assert isinstance(first, Draft)
        assert isinstance(save_draft(session, space, mia, "figure8", draft.fields, 0), Clash)
        assert save_draft(session, space, mia, "none", draft.fields, 0) is None
    assert isinstance(publish(space, mia, "figure8", 7, ""), Clash)
    assert publish(space, mia, "figure8", 1, "Ours") is True
    assert publish(space, mia, "figure8", 1, "Ours") is None
    assert space.now().journey.name == Text("Ours", "Le nôtre")


def test_a_preview_is_what_the_report_says_when_it_is_published(workspace: Workspace, fill: Fill) -> None:
    chance = Random(5)
    deals = company(chance)
    stored(workspace, fill, deals)
    workspace = replace(workspace, clock=lambda: SPRING)
    changed = small_journey(("problem", "search", "buy", "onboard", "use"), purchase=3)
    period = last_quarter(SPRING.date())
    asked = Question(period, SPRING)
    with workspace.database.reading() as session:
        found = preview(session, workspace, changed)
        assert found.rows_now == conversion(session, workspace, asked).rows
        assert found.read == found.moved > 0
        assert found.followed
        assert {one.then for one in found.stages} == {*changed.by_key, None}
    put_in_use(workspace, changed, Origin.BROWSER, By())
    with workspace.database.reading() as session:
        assert conversion(session, workspace.now(), asked).rows == found.rows_then


def test_a_preview_of_a_journey_that_nobody_follows_is_what_following_it_gives(
    workspace: Workspace, fill: Fill
) -> None:
    chance = Random(6)
    stored(workspace, fill, company(chance))
    workspace = replace(workspace, clock=lambda: SPRING)
    with workspace.database.reading() as session:
        found = preview(session, workspace, OTHER)
        pipeline = session.scalars(select(CrmPipeline.id)).one()
    assert not found.followed
    put_in_use(workspace, OTHER, Origin.BROWSER, By())
    follow(workspace.now(), pipeline, "other", By())
    with workspace.database.reading() as session:
        asked = Question(last_quarter(SPRING.date()), SPRING)
        assert conversion(session, workspace.now().of("other"), asked).rows == found.rows_then


def test_of_too_many_deals_a_sample_is_read_and_that_is_said(
    workspace: Workspace, fill: Fill, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored(workspace, fill, company(Random(7)))
    workspace = replace(workspace, clock=lambda: SPRING)
    monkeypatch.setattr(journey_preview, "MOST_DEALS", 10)
    with workspace.database.reading() as session:
        found = preview(session, workspace, JOURNEY)
    assert 0 < found.read < found.moved


@given(st.dates(min_value=datetime(1999, 1, 1, tzinfo=UTC).date(), max_value=datetime(2100, 1, 1, tzinfo=UTC).date()))
def test_the_last_quarter_is_three_whole_months_that_are_over(today: datetime) -> None:
    period: Period = last_quarter(today)  # type: ignore[arg-type]
    assert period.first is not None
    assert period.last is not None
    assert period.first.day == 1
    assert (period.last + timedelta(days=1)).day == 1
    assert period.first.month % 3 == 1
    assert timedelta() < today - period.last <= timedelta(days=92)
    assert 89 <= (period.last - period.first).days <= 91


def test_another_process_sees_a_publication_within_a_second(workspace: Workspace) -> None:
    clock = [0.0]
    elsewhere = JourneyShelf(JOURNEY, workspace.database, lambda: clock[0])
    elsewhere.look()
    put_in_use(workspace, OTHER, Origin.BROWSER, By())
    clock[0] = 0.9
    elsewhere.look()
    assert len(list(elsewhere.journeys)) == 1
    clock[0] = 1.0
    elsewhere.look()
    assert [one.key for one in elsewhere.journeys] == ["small", "other"]
