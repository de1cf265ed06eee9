"""Touches in the store: what comes in and goes, who is named, whose credit it is, and which are a passage."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm_adapters import port
from plugin.domain.attribution import Rule
from plugin.domain.conversion import Period
from plugin.domain.moves import LOST, StageMove
from plugin.domain.touch_file import DateOrder, Wrong
from plugin.domain.touch_goals import MatchedBy
from plugin.services.attribution import Asked, passages_behind, touch_report
from plugin.services.conversion import deals_behind
from plugin.services.erasure import erase_contact
from plugin.services.journey_use import By as Decider
from plugin.services.journey_use import follow
from plugin.services.touch_goals import goal_lines, remove_goal, set_goal, try_goal
from plugin.services.touch_imports import Sent, import_touches, preview, undo_import
from plugin.services.touch_story import touch_story
from plugin.services.workspace import Workspace
from plugin.store.erased import Erased
from plugin.store.queries.deals import standing_of
from plugin.store.queries.questions import Question
from plugin.store.queries.touches import By, imports
from plugin.store.tables import Deal, StageMoveFact, Touch, Touchpoint
from plugin.store.touches import claim_touches
from plugin.sync.deals import DealPageWriter
from plugin.sync.stages import StageIds
from tests.histories import START
from tests.services.conftest import NOW, Fill, told
from tests.services.test_journey_use import fill_second, pipeline, published


def day(number: int) -> datetime:
    return START + timedelta(days=number)


def moves(*steps: tuple[int, str]) -> list[StageMove]:
    return [StageMove(f"{at}-{to}", day(at), to) for at, to in steps]


def touched(deal: port.Deal, *touches: port.Touch) -> port.Deal:
    return replace(deal, touches=touches)


def touch(at: int | None, channel: str = "E-mail", kind: str | None = None, **more: str) -> port.Touch:
    return port.Touch(f"{at}-{channel}-{kind}", channel, None if at is None else day(at), kind=kind, **more)  # type: ignore[arg-type]


PASSED = moves((1, "problem"), (9, "search"))


@pytest.fixture
def ask(workspace: Workspace) -> Asked:
    return Asked(Question(Period(), NOW), "problem", By.CHANNEL)


def live(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(Touch).where(Touch.withdrawn_at.is_(None))) or 0


def file(*rows: str, header: str = "deal,date,channel,campaign,kind") -> Sent:
    return Sent("touches.csv", "\n".join([header, *rows]).encode())


def targets(workspace: Workspace, crm_id: str) -> list[str | None]:
    with workspace.database.reading() as session:
        deal_id = session.scalars(select(Deal.id).filter_by(crm_id=crm_id)).one()
        story = touch_story(session, workspace, deal_id)
        assert all(one.at for chapter in story.chapters for one in chapter.touches)
        return [chapter.to for chapter in story.chapters]


def test_touches_come_in_with_their_deal_once_and_go_when_their_source_takes_them_back(
    workspace: Workspace, fill: Fill
) -> None:
    deal = touched(told("a", PASSED), touch(2), touch(None, "Referral"))
    fill([deal])
    fill([replace(deal, name="Renamed")])
    with workspace.database.reading() as session:
        assert live(session) == 2
    fill([touched(deal, touch(2))])
    with workspace.database.reading() as session:
        assert live(session) == 1
        assert session.scalar(select(func.count()).select_from(Touch)) == 2, "nothing is deleted"
    fill([deal])
    with workspace.database.reading() as session:
        assert live(session) == 2


def test_of_a_crm_that_forgets_a_persons_touches_stay_while_the_person_does(workspace: Workspace, fill: Fill) -> None:
    deal = touched(told("a", PASSED), touch(2, contact_id="ca"))
    fill([deal])

    def again(changed: port.Deal) -> int:
        with workspace.database.writing.begin() as session:
            writer = DealPageWriter(1, StageIds.read(session, 1), NOW, forgets_touches=True)
            writer.write(session, port.DealPage((changed,), "end"), 2)
            return live(session)

    assert again(touched(deal, touch(5, contact_id="ca"))) == 2
    assert again(replace(deal, touches=(), contacts=())) == 0


def test_erasing_a_person_takes_their_name_off_a_touch_and_changes_no_count(workspace: Workspace, fill: Fill) -> None:
    deal = touched(told("a", PASSED), touch(2, contact_id="ca"))
    fill([deal])
    with workspace.database.writing.begin() as session:
        erase_contact(session, workspace, 1, "ca", NOW)
    told_again = replace(deal, name="Told again", touches=(*deal.touches, touch(3, contact_id="ca")))
    for changed in (told_again, replace(deal, name="Told no more", touches=(), contacts=())):
        with workspace.database.writing.begin() as session:
            stages, erased = StageIds.read(session, 1), Erased(workspace.secret)
            writer = DealPageWriter(1, stages, NOW, forgets_touches=True, erased=erased)
            writer.write(session, port.DealPage((changed,), "end"), 2)
    with workspace.database.reading() as session:
        assert session.scalars(select(Touch.contact_crm_id)).all() == [None, None]
        assert live(session) == 2


def test_a_touchpoint_that_is_added_later_takes_the_touches_told_under_its_name(
    workspace: Workspace, fill: Fill, ask: Asked
) -> None:
    fill([touched(told("a", PASSED), touch(2, touchpoint="Our STAND"))])
    with workspace.database.writing.begin() as session:
        place = Touchpoint(public_id="p", name="Our stand", online=False, traceable=True, created_at=NOW)
        session.add(place)
        session.flush()
        claim_touches(session, place.id, place.name)
    with workspace.database.reading() as session:
        found = touch_report(session, workspace, replace(ask, by=By.TOUCHPOINT)).attribution
    assert [credit.key for credit in found.credits] == ["Our stand"]


def test_only_dated_touches_at_or_before_the_passage_are_credited(workspace: Workspace, fill: Fill, ask: Asked) -> None:
    fill(
        [
            touched(
                told("a", PASSED), touch(-40, "Fair"), touch(9, "E-mail"), touch(10, "Late"), touch(None, "Some day")
            ),
            touched(told("b", PASSED), touch(12, "Late")),
            touched(told("c", moves((1, "problem"), (5, LOST))), touch(2, "Fair")),
        ]
    )
    with workspace.database.reading() as session:
        found = touch_report(session, workspace, ask)
        back = touch_report(session, workspace, replace(ask, look_back=30))
    assert {credit.key: float(credit.shares[Rule.FIRST]) for credit in found.attribution.credits} == {
        "Fair": 1,
        "E-mail": 0,
    }
    assert (found.passages, found.attribution.untouched, found.undated) == (2, 1, 1)
    assert [credit.key for credit in back.attribution.credits] == ["E-mail"]


@pytest.mark.parametrize("seed", [1, 2])
def test_every_share_opens_onto_the_passages_that_it_counts_and_they_are_the_reports_own(
    workspace: Workspace, fill: Fill, ask: Asked, seed: int
) -> None:
    chance = Random(seed)
    deals = []
    for number in range(40):
        steps = [(chance.randint(0, 30), "problem"), (chance.randint(31, 60), chance.choice(["search", "buy", LOST]))]
        touches = [
            touch(chance.randint(0, 70), chance.choice(["Fair", "E-mail"]), str(n)) for n in range(chance.randint(0, 4))
        ]
        deals.append(touched(told(f"d{number}", moves(*steps)), *touches))
    fill(deals)
    with workspace.database.reading() as session:
        found = touch_report(session, workspace, ask)
        assert found.passages == deals_behind(session, workspace, ask.question, "problem", "advanced").total
        for credit in found.attribution.credits:
            lines, total = passages_behind(session, workspace, ask, credit.key, touched=True, most=None)
            assert len(lines) == total == credit.passages
            assert all(any(one.channel == credit.key for one in line.touches) for line in lines)
            assert all(one.at and one.at <= line.passed_at for line in lines for one in line.touches)
        _, none = passages_behind(session, workspace, ask, None, touched=False, most=None)
        assert none == found.attribution.untouched


def test_a_file_is_looked_at_first_stored_once_and_taken_back(workspace: Workspace, fill: Fill) -> None:
    fill([told("a", PASSED), told("b", PASSED)])
    sent = file("a,2026-01-03,Fair,Spring,", "a,2026-01-03,Fair,Spring,", "Deal b,2026-01-04,E-mail,,news", "x,,Fair,,")
    with workspace.database.reading() as session:
        found = preview(session, sent)
        assert (len(found.new), found.known, found.deals, live(session)) == (3, 0, 2, 0)
    assert [(one.line, one.wrong, one.value) for one in found.faults] == [(5, Wrong.UNKNOWN_DEAL, "x")]
    _, stored = import_touches(workspace, None, sent)
    assert stored
    assert import_touches(workspace, None, sent)[1] is None, "the same file adds nothing"
    _, more = import_touches(workspace, None, file("a,2026-01-03,Fair,Spring,", "b,2026-02-04,Webinar,,"))
    assert more
    assert undo_import(workspace, None, stored) == 3
    assert undo_import(workspace, None, stored) is None
    with workspace.database.reading() as session:
        assert [(one.sent, one.touches) for one in imports(session)] == [(1, 1), (3, 0)]
    again, _ = import_touches(workspace, None, sent)
    assert len(again.new) == 3, "what was taken back may come again"
    with workspace.database.reading() as session:
        assert live(session) == 4


def test_an_email_tells_every_deal_of_its_person_and_a_name_that_several_have_tells_none(
    workspace: Workspace, fill: Fill
) -> None:
    one, two = told("a", PASSED), told("b", PASSED)
    fill([one, replace(two, name=one.name)])
    with workspace.database.reading() as session:
        by_mail = preview(session, file("BO@buyer.example,Fair", header="e-mail,canal"))
        by_name = preview(session, file("Deal a,,Fair,,"))
    assert [found.contact_id for found in by_mail.new] == ["ca", "cb"]
    assert [fault.wrong for fault in by_name.faults] == [Wrong.SEVERAL_DEALS]


def test_a_goal_makes_the_touch_a_passage_and_takes_it_back_with_itself(workspace: Workspace, fill: Fill) -> None:
    fill(
        [
            touched(told("stands", moves((1, "problem"))), touch(5, kind="Newsletter")),
            touched(told("further", moves((1, "select"))), touch(5, kind="newsletter")),
            touched(told("none", moves((1, "problem"))), touch(5, kind="other")),
        ]
    )
    with workspace.database.reading() as session:
        trial = try_goal(session, workspace, MatchedBy.KIND, "NEWSLETTER", "search")
        assert (trial.deals, trial.moved) == (2, 1)
        assert session.scalars(select(StageMoveFact).filter_by(origin="touch")).all() == []
    assert set_goal(workspace, None, MatchedBy.KIND, "newsletter", "search")
    assert not set_goal(workspace, None, MatchedBy.KIND, "NEWSLETTER", "search")
    assert standing(workspace, "stands") == ("search", day(5))
    assert standing(workspace, "further") == ("select", day(1))
    with workspace.database.reading() as session:
        (line,) = goal_lines(session, workspace)
        (fact,) = session.scalars(select(StageMoveFact).filter_by(origin="touch"))
        assert (line.deals, fact.label, fact.actor_kind) == (1, "newsletter (touch)", "automation")
    assert targets(workspace, "stands") == ["search"]
    assert remove_goal(workspace, None, line.public_id)
    assert standing(workspace, "stands") == ("problem", day(1))
    with workspace.database.reading() as session:
        assert live(session) == 3, "the touches stay"
        assert session.scalars(select(StageMoveFact.withdrawn_at).filter_by(origin="touch")).one() is not None
    assert not remove_goal(workspace, None, line.public_id)


def test_a_goals_passage_is_renewed_with_the_facts_it_rests_on(workspace: Workspace, fill: Fill) -> None:
    deal = touched(told("a", moves((1, "problem"))), touch(5, kind="newsletter"))
    fill([deal])
    set_goal(workspace, None, MatchedBy.KIND, "newsletter", "search")
    fill([touched(told("a", moves((1, "problem"), (8, "select"), (9, "problem"))), *deal.touches)])
    assert standing(workspace, "a")[0] == "problem"
    with workspace.database.reading() as session:
        assert session.scalars(select(StageMoveFact.withdrawn_at).filter_by(origin="touch")).all() == [None]
    fill([touched(told("a", moves((1, "problem"), (3, "search"), (8, "problem"))), *deal.touches)])
    with workspace.database.reading() as session:
        (gone,) = session.scalars(select(StageMoveFact.withdrawn_at).filter_by(origin="touch"))
        assert gone is not None, "the deal stood there already"
    fill([touched(told("a", moves((1, "problem"))), *deal.touches)])
    assert standing(workspace, "a") == ("search", day(5))
    fill([touched(told("a", moves((1, "problem"))))])
    assert standing(workspace, "a") == ("problem", day(1)), "without the touch there is no passage"


def test_a_file_moves_the_deals_that_a_goal_says_and_its_undoing_takes_them_back(
    workspace: Workspace, fill: Fill
) -> None:
    fill([told("a", moves((1, "problem")))])
    set_goal(workspace, None, MatchedBy.CHANNEL, "Information request", "select")
    _, stored = import_touches(workspace, None, file("a,2026-01-20,information request,,"))
    assert standing(workspace, "a")[0] == "select"
    undo_import(workspace, None, stored or "")
    assert standing(workspace, "a")[0] == "problem"


def test_a_goal_into_a_stage_that_is_none_is_refused(workspace: Workspace) -> None:
    with pytest.raises(KeyError):
        set_goal(workspace, None, MatchedBy.KIND, "newsletter", "conversion")


def test_a_file_with_dates_of_another_form_tells_so(workspace: Workspace, fill: Fill) -> None:
    fill([told("a", PASSED)])
    sent = file("a,31/01/2026,Fair,,")
    with workspace.database.reading() as session:
        assert [one.wrong for one in preview(session, sent).faults] == [Wrong.NOT_A_DATE]
        found = preview(session, replace(sent, order=DateOrder.DAY_FIRST))
    assert [one.row.at for one in found.new] == [datetime(2026, 1, 31, tzinfo=NOW.tzinfo)]


def standing(workspace: Workspace, crm_id: str) -> tuple[str | None, datetime | None]:
    with workspace.database.reading() as session:
        found, unmapped = standing_of(session, session.scalars(select(Deal.id).filter_by(crm_id=crm_id)).one())
    assert unmapped == 0
    return found.stage, found.since


def test_a_deals_story_tells_each_touch_before_the_passage_it_came_before(workspace: Workspace, fill: Fill) -> None:
    steps = moves((1, "problem"), (9, "search"), (12, "problem"), (20, "select"))
    fill(
        [
            touched(
                told("a", steps), touch(0, "Fair"), touch(10, "E-mail"), touch(30, "Webinar"), touch(None, "Some day")
            )
        ]
    )
    with workspace.database.reading() as session:
        story = touch_story(session, workspace, 1)
    assert [(_channels(one.touches), one.to) for one in story.chapters] == [
        (["Fair"], "problem"),
        (["E-mail"], "select"),
        (["Webinar"], None),
    ]
    assert _channels(story.undated) == ["Some day"]


def _channels(touches: Sequence[object]) -> list[str]:
    return [one.channel for one in touches]  # type: ignore[attr-defined]


def test_a_goal_of_one_journey_moves_no_deal_of_another(workspace: Workspace, fill: Fill) -> None:
    fill([touched(told("a", moves((1, "problem"))), touch(5, kind="newsletter"))])
    fill_second(workspace, range(3))
    now = published(workspace)
    assert follow(now, pipeline(now, "Second"), "other", Decider())
    _, stored = import_touches(now, None, file(*(f"d{n},2026-01-06,Fair,,newsletter" for n in range(3))))
    before = {f"d{n}": standing(now, f"d{n}")[0] for n in range(3)}
    with now.database.reading() as session:
        assert try_goal(session, now, MatchedBy.KIND, "newsletter", "search").deals == 1
        assert try_goal(session, now.of("other"), MatchedBy.KIND, "newsletter", "wish").deals == 3
    set_goal(now, None, MatchedBy.KIND, "newsletter", "search")
    assert standing(now, "a")[0] == "search"
    assert {f"d{n}": standing(now, f"d{n}")[0] for n in range(3)} == before
    undo_import(now, None, stored or "")
    assert {f"d{n}": standing(now, f"d{n}")[0] for n in range(3)} == before
