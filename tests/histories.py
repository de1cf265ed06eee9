"""Random deals for property tests: moves that skip, return, reopen, repeat, tie, burst and lack a date."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from plugin.domain.journey import BuyerStage, ExitEvidence, Journey, Loop, Text
from plugin.domain.moves import LOST, WON, ActorKind, StageMove

START = datetime(2026, 1, 1, tzinfo=UTC)
KEYS = ("problem", "search", "select", "buy", "onboard", "use")


def small_journey(keys: tuple[str, ...] = KEYS, purchase: int = 4) -> Journey:
    """A journey of these stages; the first ``purchase`` of them are the purchase loop."""
    words = Text("words", "mots")
    stages = tuple(
        BuyerStage(
            key=key,
            name=Text(key.title(), key.title()),
            loop=Loop.PURCHASE if position <= purchase else Loop.USAGE,
            position=position,
            distance=(purchase if position <= purchase else len(keys)) - position,
            question=words,
            objective=words,
            evidence=(ExitEvidence(f"{key}_said", words), ExitEvidence(f"{key}_shown", words)),
            meetings=(f"{key}_meeting",),
        )
        for position, key in enumerate(keys, 1)
    )
    return Journey("small", words, stages)


JOURNEY = small_journey()

# Gaps around the edge of a burst and around midnight are where mistakes live.
GAPS = st.one_of(st.sampled_from([0, 1, 30, 59, 60, 61, 86_399, 86_400, 86_401]), st.integers(0, 40 * 86_400)).map(
    lambda seconds: timedelta(seconds=seconds)
)
TARGETS = st.sampled_from([*KEYS, *KEYS, WON, LOST, None])


@st.composite
def histories(draw: st.DrawFn, most: int = 9) -> list[StageMove]:
    """One deal's moves as a source would list them: by time, the undated ones first."""
    moves: list[StageMove] = []
    at = START + draw(GAPS)
    for number in range(draw(st.integers(0, most))):
        undated = number == 0 and draw(st.integers(0, 4)) == 0
        moves.append(
            StageMove(
                key=f"m{number}",
                at=None if undated else at,
                to=draw(TARGETS),
                actor_kind=draw(st.sampled_from(ActorKind)),
                actor=draw(st.sampled_from([None, None, "ana", "bo"])),
            )
        )
        at += draw(GAPS)
    return moves
