"""The acquisition canvas: ten questions on the double diamond, asked of every deal."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from plugin.domain.journey import Text


class AnswerStatus(StrEnum):
    UNKNOWN = "unknown"
    HEARD = "heard"
    CONFIRMED = "confirmed"
    CONTRADICTED = "contradicted"


@dataclass(frozen=True, slots=True)
class CanvasQuestion:
    """``diamond`` is discover, define, develop or deliver; ``feeds`` the buyer stage that the answer serves."""

    number: int
    diamond: str
    feeds: str
    text: Text


QUESTIONS = (
    CanvasQuestion(
        1,
        "discover",
        "problem",
        Text(
            "Who lives the problem, and in what situation?",
            "Qui vit le problème, et dans quelle situation ?",
        ),
    ),
    CanvasQuestion(
        2,
        "discover",
        "problem",
        Text(
            "What event made it visible, and when?",
            "Quel événement l’a rendu visible, et quand ?",
        ),
    ),
    CanvasQuestion(
        3,
        "discover",
        "problem",
        Text(
            "What do they do today instead, and what does it cost?",
            "Que font-ils aujourd’hui à la place, et que leur en coûte-t-il ?",
        ),
    ),
    CanvasQuestion(
        4,
        "define",
        "problem",
        Text(
            "Which problem have they decided to solve, in their words?",
            "Quel problème ont-ils décidé de résoudre, avec leurs mots ?",
        ),
    ),
    CanvasQuestion(
        5,
        "define",
        "search",
        Text(
            "What measurable result, by when, judged by whom?",
            "Quel résultat mesurable, pour quand, jugé par qui ?",
        ),
    ),
    CanvasQuestion(
        6,
        "develop",
        "search",
        Text(
            "Which routes do they weigh: nothing, do it alone, buy?",
            "Quelles voies envisagent-ils : ne rien faire, faire seuls, acheter ?",
        ),
    ),
    CanvasQuestion(
        7,
        "develop",
        "search",
        Text(
            "Where do they look, and whom do they trust, online and off?",
            "Où cherchent-ils, qui croient-ils, en ligne et hors ligne ?",
        ),
    ),
    CanvasQuestion(
        8,
        "develop",
        "select",
        Text(
            "By what criteria will they compare, and who weighs them?",
            "Selon quels critères compareront-ils, et qui les pèse ?",
        ),
    ),
    CanvasQuestion(
        9,
        "deliver",
        "select",
        Text(
            "What holds them back, and what would reassure?",
            "Qu’est-ce qui les retient, et qu’est-ce qui rassurerait ?",
        ),
    ),
    CanvasQuestion(
        10,
        "deliver",
        "buy",
        Text(
            "By what path is it decided and signed, and how will they know they were right?",
            "Par quel chemin décide-t-on et signe-t-on, et à quoi sauront-ils qu’ils ont eu raison ?",
        ),
    ),
)
