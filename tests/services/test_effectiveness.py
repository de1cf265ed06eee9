"""Meetings are set against the deals of the same stage that had none; a trial gives its versions out by chance."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from plugin.domain.conversion import Period
from plugin.domain.moves import StageMove
from plugin.domain.trial import arm_of
from plugin.services.accounts import add_user
from plugin.services.effectiveness import Subject, meeting_effects
from plugin.services.shelf import Origin, keep_version
from plugin.services.trials import TrialRefused, begin_trial, stop_trial, template_for, trials
from plugin.services.viewer import Role, Viewer
from plugin.services.workspace import Workspace
from plugin.store.queries.questions import Question
from plugin.store.tables import Deal, Meeting, Trial
from tests.services.conftest import NOW, Fill, told

BEGIN = NOW - timedelta(days=200)
ASKED = Question(Period(), NOW, horizon=30)


def after(days: float) -> datetime:
    return BEGIN + timedelta(days=days)


def hold(workspace: Workspace, key: str, at: datetime, version: str = "v1", story: str | None = None) -> None:
    with workspace.database.writing.begin() as session:
        deal_id = session.scalars(select(Deal.id).filter_by(crm_id=key)).one()
        session.add(
            Meeting(
                public_id=f"{key} {at.timestamp()}",
                deal_id=deal_id,
                template="discovery",
                template_version=version,
                story=story,
                stage="problem",
                state="held",
                starts_at=at,
                minutes=30,
            )
        )


@pytest.fixture
def met(workspace: Workspace, fill: Fill) -> None:
    """Forty deals entered Problem on one day. Twenty were met on day 5: on day 10, 15 of them and 5 others advanced."""
    deals = []
    for n in range(40):
        moves = [StageMove("a", BEGIN, "problem")]
        advances = n < 15 or 20 <= n < 25
        if advances:
            moves.append(StageMove("b", after(10), "search"))
        deals.append(told(f"d{n}", moves))
    fill(deals)
    for n in range(20):
        hold(workspace, f"d{n}", after(5), "v1" if n % 2 else "v2", "peer" if n < 12 else None)
        hold(workspace, f"d{n}", after(30), "v3")


def test_what_followed_is_set_against_those_who_had_none_from_the_same_day_on(workspace: Workspace, met: None) -> None:
    with workspace.database.reading() as session:
        report = meeting_effects(session, workspace, ASKED, "problem")
    found = {one.subject: one.effect for one in report.effects}
    whole = found[Subject("discovery")]
    assert report.entered == 40
    assert (whole.met, whole.observed, whole.expected) == (20, pytest.approx(0.75), pytest.approx(0.25))
    assert whole.shrunk == whole.difference, "no other meeting tells how far meetings lie apart"
    assert found[Subject("discovery", version="v1")].met == 10
    assert found[Subject("discovery", story="peer")].observed == pytest.approx(1.0)
    assert found[Subject("discovery", version="v3")].met == 5, "a meeting after the outcome is no part of it"


def test_a_meeting_before_the_entry_or_that_was_not_held_is_none(workspace: Workspace, met: None) -> None:
    hold(workspace, "d30", BEGIN - timedelta(days=1), "v9")
    with workspace.database.writing.begin() as session:
        deal_id = session.scalars(select(Deal.id).filter_by(crm_id="d31")).one()
        session.add(
            Meeting(
                public_id="planned",
                deal_id=deal_id,
                template="discovery",
                state="planned",
                starts_at=after(3),
                minutes=30,
            )
        )
    with workspace.database.reading() as session:
        found = {one.subject: one.effect for one in meeting_effects(session, workspace, ASKED, "problem").effects}
    assert found[Subject("discovery")].met == 20
    assert found[Subject("discovery", version="v9")].met == 0


def test_curves_by_version_count_from_the_day_of_the_meeting(workspace: Workspace, met: None) -> None:
    with workspace.database.reading() as session:
        found = {one.version: one.curves for one in meeting_effects(session, workspace, ASKED, "problem").versions}
    assert {version: one.entered for version, one in found.items()} == {"v1": 10, "v2": 10, "v3": 5}
    assert found["v1"].advanced[0].day == 5, "day 10 in the stage is day 5 after the meeting"
    assert found["v3"].advanced == (), "five deals say nothing"


@pytest.fixture
def manager(workspace: Workspace) -> Viewer:
    with workspace.database.writing.begin() as session:
        user_id = add_user(session, "mo@seller.example", "Mo", Role.MANAGER, NOW)
    return Viewer(user_id, "Mo", "mo@seller.example", Role.MANAGER)


def two_versions(workspace: Workspace) -> tuple[str, str]:
    """The version in use, and another one that is kept."""
    template = workspace.library.meetings["discovery"]
    with workspace.database.writing.begin() as session:
        keep_version(session, template, Origin.FOLDER, NOW)
    other = workspace.library.meetings["framing"]
    return template.version, other.version


def begin(workspace: Workspace, manager: Viewer, versions: tuple[str, str], difference: float = 0.5) -> None:
    with workspace.database.writing.begin() as session:
        begin_trial(session, workspace, manager, "discovery", versions, 0.3, difference, 30)


def test_a_trial_of_one_version_or_of_an_unknown_one_is_refused(workspace: Workspace, manager: Viewer) -> None:
    version = workspace.library.meetings["discovery"].version
    for versions, reason in (((version, version), "same"), ((version, "nothing"), "unknown")):
        with pytest.raises(TrialRefused) as refused:
            begin(workspace, manager, versions)
        assert refused.value.reason == reason


@pytest.fixture
def trial(workspace: Workspace, manager: Viewer, fill: Fill, monkeypatch: pytest.MonkeyPatch) -> tuple[str, str]:
    """A trial of two versions, the second of which is another template's, begun 100 days ago with 100 deals about."""
    a, b = two_versions(workspace)
    other = workspace.library.meetings["framing"]
    read = workspace.shelf.version
    monkeypatch.setattr(
        workspace.shelf, "version", lambda session, key, version: other if version == b else read(session, key, version)
    )
    fill([told(f"d{n}", [StageMove("a", after(90), "problem")]) for n in range(100)])
    begin(workspace, manager, (a, b))
    with workspace.database.writing.begin() as session:
        row = session.scalars(select(Trial)).one()
        row.started_at, row.seed = after(100), "seed"
    return a, b


def arms(workspace: Workspace) -> dict[str, list[str]]:
    with workspace.database.reading() as session:
        known = session.execute(select(Deal.crm_id, Deal.public_id).order_by(Deal.id)).all()
    return {name: [key for key, public_id in known if arm_of("seed", public_id) == name] for name in ("a", "b")}


def version_of(workspace: Workspace, key: str) -> str:
    with workspace.database.reading() as session:
        deal = session.execute(select(Deal.id, Deal.public_id).filter_by(crm_id=key)).one()
        template = template_for(session, workspace, deal.id, deal.public_id, "discovery")
    assert template
    return template.version


def test_every_deal_gets_the_version_that_chance_gave_it(workspace: Workspace, trial: tuple[str, str]) -> None:
    found = arms(workspace)
    assert min(map(len, found.values())) > 30
    assert {version_of(workspace, key) for key in found["a"]} == {trial[0]}
    assert {version_of(workspace, key) for key in found["b"]} == {trial[1]}


def test_a_second_trial_of_the_same_template_waits_for_the_first(
    workspace: Workspace, manager: Viewer, trial: tuple[str, str]
) -> None:
    with pytest.raises(TrialRefused, match="running"):
        begin(workspace, manager, trial)


def test_a_full_trial_takes_nobody_in_and_is_read_only_when_all_were_watched(
    workspace: Workspace, fill: Fill, trial: tuple[str, str]
) -> None:
    found = arms(workspace)
    for number, (a, b) in enumerate(zip(found["a"], found["b"], strict=False)):
        if number < 25:
            hold(workspace, a, after(101))
            hold(workspace, b, after(101 + (75 if number == 19 else 0)))
    winners = [*found["b"][:15], *found["a"][:5]]
    fill([told(key, [StageMove("a", after(90), "problem"), StageMove("b", after(110), "search")]) for key in winners])
    with workspace.database.reading() as session:
        (early,) = trials(session, workspace)
    assert (early.per_arm, early.enrolled, early.full, early.running) == (20, {"a": 20, "b": 20}, True, False)
    assert version_of(workspace, found["b"][0]) == trial[1], "whoever is in keeps their version"
    assert version_of(workspace, found["b"][30]) == trial[0], "whoever comes later gets the one in use"
    with workspace.database.reading() as session:
        (done,) = trials(session, workspace)
    assert done.result is not None
    assert done.result.a.deals == done.result.b.deals == 20
    assert done.result.difference == pytest.approx(0.5)
    assert done.result.clear


def test_nobody_peeks_before_the_last_deal_was_watched(workspace: Workspace, trial: tuple[str, str]) -> None:
    found = arms(workspace)
    for a, b in list(zip(found["a"], found["b"], strict=False))[:20]:
        hold(workspace, a, NOW - timedelta(days=29))
        hold(workspace, b, NOW - timedelta(days=29))
    with workspace.database.reading() as session:
        (one,) = trials(session, workspace)
    assert (one.full, one.result) == (True, None)
    assert one.readable_on == NOW + timedelta(days=1)


def test_a_deal_that_was_met_before_the_trial_is_no_part_of_it(workspace: Workspace, trial: tuple[str, str]) -> None:
    hold(workspace, "d0", after(95))
    hold(workspace, "d0", after(120))
    with workspace.database.reading() as session:
        assert Counter(trials(session, workspace)[0].enrolled) == Counter()


def test_a_stopped_trial_has_no_result_and_gives_the_version_in_use(
    workspace: Workspace, trial: tuple[str, str]
) -> None:
    with workspace.database.writing.begin() as session:
        public_id = trials(session, workspace)[0].public_id
        assert stop_trial(session, workspace, public_id)
        assert not stop_trial(session, workspace, public_id)
    assert {version_of(workspace, f"d{n}") for n in range(30)} == {trial[0]}
