"""The acquisition canvas of a persona: what we believe, beside what its deals have really answered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from plugin.domain.belief import Tally
from plugin.domain.canvas import QUESTIONS, AnswerStatus, CanvasQuestion
from plugin.domain.common_words import commonest
from plugin.services.audit import record
from plugin.services.viewer import Viewer
from plugin.store.queries.canvas import (
    AnswerCount,
    BeliefLine,
    SaidLine,
    beliefs_of,
    count_answers,
    newest_answers,
)
from plugin.store.tables import CanvasBelief

# Of each question; the words are counted in so many of its newest answers.
MOST_READ = 1_000
MOST_WORDS, MOST_QUOTES = 8, 3


@dataclass(frozen=True, slots=True)
class CanvasCell:
    """One question. ``history`` are the beliefs, the newest first; ``since`` counts what was answered after it.

    ``words`` come with the number of deals that said them. ``quotes`` are from deals that the reader may open: first
    those that contradict, then the newest.
    """

    question: CanvasQuestion
    history: tuple[BeliefLine, ...]
    answers: Tally
    since: Tally
    words: tuple[tuple[str, int], ...]
    quotes: tuple[SaidLine, ...]

    @property
    def belief(self) -> BeliefLine | None:
        """What is believed now; None where nobody wrote anything, or took it back."""
        return self.history[0] if self.history and self.history[0].text else None

    @property
    def contradicted(self) -> bool:
        return self.belief is not None and self.since.contradicts


@dataclass(frozen=True, slots=True)
class BeliefClash:
    """Somebody wrote since this form was opened. Nothing was stored; this is theirs."""

    theirs: BeliefLine


def canvas(session: Session, viewer: Viewer, persona: str) -> tuple[CanvasCell, ...]:
    """All ten questions of a persona."""
    beliefs = beliefs_of(session, persona)
    written = {line.question: line.at for line in reversed(beliefs)}
    counts = count_answers(session, persona, written)
    said = newest_answers(session, persona, MOST_READ)
    return tuple(
        _cell(
            viewer,
            question,
            [line for line in beliefs if line.question == question.number],
            [one for one in counts if one.question == question.number],
            [line for line in said if line.question == question.number],
        )
        for question in QUESTIONS
    )


def write_belief(
    session: Session, viewer: Viewer, persona: str, question: int, text: str, before: int, keep: bool, now: datetime
) -> BeliefClash | None:
    """Write what is believed on top of the belief (its id, 0 for none) that the writer had seen.

    The same text again is nothing new, unless it is kept on purpose: then it is tried anew from now on.
    """
    newest = next((line for line in beliefs_of(session, persona) if line.question == question), None)
    if newest and newest.text == text and not keep:
        return None
    if newest and newest.id != before:
        return BeliefClash(newest)
    if newest is None and not text:
        return None
    session.add(CanvasBelief(persona=persona, question=question, text=text, user_id=viewer.user_id, written_at=now))
    record(session, viewer.user_id, "belief written", f"{persona} {question}", now)
    session.flush()
    return None


def _cell(
    viewer: Viewer,
    question: CanvasQuestion,
    history: Sequence[BeliefLine],
    counts: Sequence[AnswerCount],
    said: Sequence[SaidLine],
) -> CanvasCell:
    own = [line for line in said if viewer.only_owner in (None, line.user_id)]
    own.sort(key=lambda line: line.status is not AnswerStatus.CONTRADICTED)
    return CanvasCell(
        question,
        tuple(history),
        _tally(counts),
        _tally([one for one in counts if one.later]),
        commonest((line.text for line in said), MOST_WORDS),
        tuple(own[:MOST_QUOTES]),
    )


def _tally(counts: Sequence[AnswerCount]) -> Tally:
    def deals(status: AnswerStatus) -> int:
        return sum(one.deals for one in counts if one.status is status)

    return Tally(deals(AnswerStatus.HEARD), deals(AnswerStatus.CONFIRMED), deals(AnswerStatus.CONTRADICTED))
