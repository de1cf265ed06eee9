"""Which meeting comes next, and why: from the stage, the persona, what is missing and what was held already."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from plugin.domain.canvas import QUESTIONS, AnswerStatus
from plugin.domain.journey import BuyerStage, Journey, Loop
from plugin.domain.moves import LOST, WON
from plugin.domain.visits import Standing

SETTLED = frozenset({AnswerStatus.HEARD, AnswerStatus.CONFIRMED})


class Why(StrEnum):
    """Why a meeting was chosen."""

    STAGE = "stage"
    WENT_BACK = "went_back"
    EVIDENCE_COMPLETE = "evidence_complete"
    WON = "won"
    NO_STAGE_YET = "no_stage_yet"
    EVIDENCE_MISSING = "evidence_missing"
    QUESTIONS_OPEN = "questions_open"
    HELD_ALREADY = "held_already"
    PERSONA = "persona"


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason; ``about`` are the keys that it speaks of: a stage, evidence, question numbers, a persona type."""

    why: Why
    about: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TemplateFacts:
    """What a meeting template works on."""

    evidence: tuple[str, ...]
    canvas: tuple[int, ...]
    personas: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class MeetingChoice:
    """The meeting to play, for which stage, and what it must bring."""

    template: str
    stage: str
    reasons: tuple[Reason, ...]
    missing_evidence: tuple[str, ...]
    open_questions: tuple[int, ...]


def next_meeting(
    journey: Journey,
    standing: Standing,
    persona_type: str | None,
    given: Collection[str],
    answers: Mapping[int, AnswerStatus],
    held: Sequence[str],
    templates: Mapping[str, TemplateFacts],
) -> MeetingChoice | None:
    """Choose the next meeting; None where there is none to play (the deal is lost, or the journey is at its end).

    ``given`` are the keys of the evidence given, ``held`` the templates held since the present stay began.
    A template that the library lacks is not chosen.
    """
    target = _target(journey, standing, given)
    if target is None:
        return None
    stage, reason = target
    missing = tuple(item.key for item in stage.evidence if item.key not in given)
    wanted = _open_questions(stage, answers)
    mirrored = [key for key in stage.meetings if key in templates]
    if not mirrored:
        return None
    # Of several meetings that mirror a stage, the one not held yet that works on most of what is missing.
    template = min(mirrored, key=lambda key: (key in held, -_covers(templates[key], missing, wanted, persona_type)))
    return MeetingChoice(
        template=template,
        stage=stage.key,
        reasons=(reason, *_details(missing, wanted, template in held, persona_type, templates[template])),
        missing_evidence=missing,
        open_questions=wanted,
    )


def _target(journey: Journey, standing: Standing, given: Collection[str]) -> tuple[BuyerStage, Reason] | None:
    """The stage whose meeting is due, and the reason that comes first."""
    if standing.state == LOST:
        return None
    if standing.stage is None:
        return journey.stages[0], Reason(Why.NO_STAGE_YET)
    stage = journey.stage(standing.stage)
    if standing.state == WON:
        first_use = next((one for one in journey.stages if one.loop is Loop.USAGE), None)
        return (first_use, Reason(Why.WON)) if first_use and stage.loop is Loop.PURCHASE else None
    if standing.came_back:
        return stage, Reason(Why.WENT_BACK, (stage.key,))
    if all(item.key in given for item in stage.evidence):
        following = journey.after(stage.key)
        return (following or stage), Reason(Why.EVIDENCE_COMPLETE, (stage.key,))
    return stage, Reason(Why.STAGE, (stage.key,))


def _open_questions(stage: BuyerStage, answers: Mapping[int, AnswerStatus]) -> tuple[int, ...]:
    """The canvas questions that feed the stage and have no answer that stands."""
    return tuple(
        question.number
        for question in QUESTIONS
        if question.feeds == stage.key and answers.get(question.number, AnswerStatus.UNKNOWN) not in SETTLED
    )


def _covers(facts: TemplateFacts, missing: Sequence[str], wanted: Sequence[int], persona_type: str | None) -> int:
    fitting = persona_type is not None and persona_type in facts.personas
    return len({*missing} & {*facts.evidence}) + len({*wanted} & {*facts.canvas}) + fitting


def _details(
    missing: Sequence[str],
    wanted: Sequence[int],
    held_already: bool,
    persona_type: str | None,
    facts: TemplateFacts,
) -> list[Reason]:
    found = [
        (bool(missing), Reason(Why.EVIDENCE_MISSING, tuple(missing))),
        (bool(wanted), Reason(Why.QUESTIONS_OPEN, tuple(map(str, wanted)))),
        (held_already, Reason(Why.HELD_ALREADY)),
        (persona_type in facts.personas, Reason(Why.PERSONA, (persona_type or "",))),
    ]
    return [reason for holds, reason in found if holds]
