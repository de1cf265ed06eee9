"""Moments of truth: counted in the database, grouped three ways, each count opening onto its meetings."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from random import Random
from typing import NamedTuple

import pytest
from sqlalchemy import select

from plugin.domain.conversion import Period
from plugin.domain.finding import Change
from plugin.domain.meeting import Effect, Feeling
from plugin.services.moments import MomentsReport, moments_behind, moments_report
from plugin.services.workspace import Workspace
from plugin.store.queries.moments import MomentFilter
from plugin.store.queries.questions import Question
from plugin.store.tables import Deal, Meeting
from tests.services.conftest import NOW, Fill, told
from tests.services.test_returns import days_ago

PERSONAS = {"d0": "director", "d1": "finance", "d2": None}


class Held(NamedTuple):
    deal: str
    ago: int
    stage: str | None
    template: str | None
    version: str | None
    effect: str | None
    felt: str | None
    state: str = "held"


def some(chance: Random, number: int) -> list[Held]:
    return [
        Held(
            chance.choice(list(PERSONAS)),
            chance.randint(0, 200),
            chance.choice(["problem", "search", None]),
            chance.choice(["discovery", "framing", None]),
            chance.choice(["v1", "v2", None]),
            chance.choice([*Effect, None]),
            chance.choice([*Feeling, None]),
            chance.choice(["held", "held", "held", "no_show"]),
        )
        for _ in range(number)
    ]


def store(workspace: Workspace, held: list[Held]) -> None:
    with workspace.database.writing.begin() as session:
        ids = dict(session.execute(select(Deal.crm_id, Deal.id)).all())
        for number, one in enumerate(held):
            session.add(
                Meeting(
                    public_id=f"m{number}",
                    deal_id=ids[one.deal],
                    stage=one.stage,
                    template=one.template,
                    template_version=one.version,
                    effect=one.effect,
                    felt=one.felt,
                    state=one.state,
                    starts_at=NOW - timedelta(days=one.ago),
                    minutes=30,
                )
            )


@pytest.fixture
def deals(fill: Fill) -> None:
    fill([told(key, days_ago(("problem", 300)), persona) for key, persona in PERSONAS.items()])


def report(workspace: Workspace, question: Question) -> MomentsReport:
    with workspace.database.reading() as session:
        return moments_report(session, workspace, question)


def test_every_group_is_that_of_the_plain_list_and_opens_onto_its_meetings(workspace: Workspace, deals: None) -> None:
    held = some(Random(7), 250)
    store(workspace, held)
    first = (NOW - timedelta(days=120)).date()
    for asked in (
        Question(Period(), NOW),
        Question(Period(first, None), NOW),
        Question(Period(), NOW - timedelta(days=50), persona="director"),
    ):
        found = report(workspace, asked)
        mine = [
            one
            for one in held
            if one.state == "held"
            and (one.effect or one.felt)
            and NOW - timedelta(days=one.ago) <= asked.as_of
            and asked.period.contains(NOW - timedelta(days=one.ago))
            and asked.persona in (None, PERSONAS[one.deal])
        ]
        for groups, key in (
            (found.stages, lambda one: one.stage),
            (found.templates, lambda one: one.template),
            (found.personas, lambda one: PERSONAS[one.deal]),
        ):
            expected = Counter((key(one) or "", one.effect) for one in mine if one.effect)
            assert {
                (one.key, effect): share.part
                for one in groups
                for effect, share in one.shares.effects.items()
                if share.part
            } == expected
            felt = Counter((key(one) or "", one.felt) for one in mine if one.felt)
            assert {(one.key, name): n for one in groups for name, n in one.shares.feelings.items()} == felt
        with workspace.database.reading() as session:
            for one in found.stages:
                for effect, share in one.shares.effects.items():
                    wanted = MomentFilter(stage=one.key, effect=effect.value)
                    lines, total = moments_behind(session, workspace, asked, wanted)
                    assert len(lines) == total == share.part
            for template in found.templates:
                for version in template.versions:
                    wanted = MomentFilter(template=template.key, version=version.key, felt="keen")
                    assert moments_behind(session, workspace, asked, wanted)[1] == version.shares.feelings.get(
                        "keen", 0
                    )


def test_versions_stand_below_their_template_where_there_are_several(workspace: Workspace, deals: None) -> None:
    plain = Held("d0", 5, "problem", "discovery", "v1", "strengthened", None)
    store(workspace, [plain] * 12 + [plain._replace(version=None)] * 3 + [plain._replace(template="framing")])
    found = report(workspace, Question(Period(), NOW))
    discovery, framing = found.templates
    assert [(one.key, one.shares.meetings) for one in discovery.versions] == [("v1", 12), ("", 3)]
    assert discovery.versions[1].shares.effects[Effect.STRENGTHENED].estimate is None, "three are not enough"
    assert (framing.key, framing.versions) == ("framing", ())
    assert [one.key for one in found.stages] == ["problem"]


def test_a_change_is_told_against_the_period_before_only_where_it_is_none_by_chance(
    workspace: Workspace, deals: None
) -> None:
    good = Held("d0", 10, "problem", "discovery", "v1", "strengthened", None)
    bad = good._replace(effect="weakened")
    store(workspace, [good] * 40 + [bad] * 5 + [bad._replace(ago=40)] * 30 + [good._replace(ago=40)] * 10)
    last = NOW.date()
    asked = Question(Period(last - timedelta(days=29), last), NOW)
    found = report(workspace, asked)
    assert found.whole.change is found.stages[0].shares.change is Change.UP
    assert found.whole.before is not None
    assert found.whole.before.estimate == 0.25
    assert report(workspace, replace(asked, period=Period(date(2020, 1, 1), None))).whole.before is None


def test_a_company_that_has_logged_nothing_has_no_group(workspace: Workspace, deals: None) -> None:
    found = report(workspace, Question(Period(), NOW))
    assert (found.stages, found.templates, found.personas, found.whole.meetings) == ((), (), (), 0)
