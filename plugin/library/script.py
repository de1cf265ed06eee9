"""Conversation scripts: goal, preparation, questions, objections and the next meeting, in one language."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from plugin.library.faults import Fault
from plugin.library.meeting import NextMeeting, Objection, Question
from plugin.library.nodes import Node, parse_yaml
from plugin.library.placeholders import placeholder_faults
from plugin.library.repeats import repeated
from plugin.library.shapes import Key, Shape, Whole, Words, fit
from plugin.library.source import Source

CanvasNumber = Annotated[Whole, Field(ge=1, le=10)]


class FeedsShape(Shape):
    canvas: CanvasNumber | None = None
    evidence: Key | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> FeedsShape:
        if (self.canvas is None) == (self.evidence is None):
            raise ValueError("a question feeds one thing: write either {canvas: 1 to 10} or {evidence: key}")
        return self


class QuestionShape(Shape):
    id: Key
    ask: Words
    listen_for: Words
    feeds: FeedsShape
    personas: list[Key] = Field(default_factory=list)

    @property
    def question(self) -> Question:
        return Question(
            id=self.id,
            ask=self.ask,
            listen_for=self.listen_for,
            feeds_canvas=self.feeds.canvas,
            feeds_evidence=self.feeds.evidence,
            personas=tuple(self.personas),
        )


class ObjectionShape(Shape):
    id: Key
    says: Words
    answer: Words

    @property
    def objection(self) -> Objection:
        return Objection(self.id, self.says, self.answer)


class NextMeetingShape(Shape):
    propose: Words
    agenda: Words

    @property
    def next_meeting(self) -> NextMeeting:
        return NextMeeting(self.propose, self.agenda)


class ScriptShape(Shape):
    title: Words
    goal: Words
    prepare: Annotated[list[Words], Field(min_length=3, max_length=6)]
    questions: Annotated[list[QuestionShape], Field(min_length=8, max_length=15)]
    objections: Annotated[list[ObjectionShape], Field(min_length=5)]
    next_meeting: NextMeetingShape


def read_script(source: Source, faults: list[Fault]) -> tuple[Node, ScriptShape | None]:
    """What is wrong with the script is added to ``faults``. Raises Refused where it is no YAML."""
    root = parse_yaml(source, faults)
    shape = fit(ScriptShape, root, faults)
    for kind in ("questions", "objections"):
        faults.extend(
            repeated([item["id"] for item in root[kind].items], "the id '{}' is taken already: choose another")
        )
    for text in root.scalars:
        faults.extend(placeholder_faults(source, text.start, text.end))
    return root, shape
