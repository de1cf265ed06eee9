"""What is believed of a persona, held against what deals have answered since."""

from __future__ import annotations

from dataclasses import dataclass

# Fewer answers are chance.
ENOUGH_ANSWERS = 3
# One answer in so many.
DOUBTFUL_ONE_IN = 3


@dataclass(frozen=True, slots=True)
class Tally:
    """Deals by the status of their newest answer to one question."""

    heard: int = 0
    confirmed: int = 0
    contradicted: int = 0

    @property
    def answered(self) -> int:
        return self.heard + self.confirmed + self.contradicted

    @property
    def contradicts(self) -> bool:
        """Three deals have answered at least, and a third of them at least took back what was understood before."""
        return self.answered >= ENOUGH_ANSWERS and self.contradicted * DOUBTFUL_ONE_IN >= self.answered
