"""The kit of one meeting for one deal: the template's words in the seller's language, filled, chosen, put in order."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import TypeVar

from plugin.domain.canvas import AnswerStatus
from plugin.library.markdown import NO_PICTURES, render
from plugin.library.meeting import MeetingTemplate, MeetingWords, NextMeeting, Objection, Question, Slide
from plugin.library.placeholders import fill, fill_markdown

# A slide's or story's own title is the page's third level of headings; "##" in its text comes right below.
HEADINGS_DEEPER = 2
NOTHING_BY_HAND: Mapping[str, bool] = MappingProxyType({})
_ANSWER = re.compile(r"\{\{\s*answer_(10|[1-9])\s*\}\}")


class Why(StrEnum):
    """Why a slide, story or question is in the kit, or was left out of it."""

    STAGE = "stage"
    THEIR_WORDS = "their_words"
    MISSING_EVIDENCE = "missing_evidence"
    OPEN_QUESTION = "open_question"
    CONTRADICTED = "contradicted"
    FOR_PERSONA = "for_persona"
    ANOTHER_STORY = "another_story"
    OTHER_PERSONA = "other_persona"
    ANSWERED = "answered"


LEFT_OUT = frozenset({Why.ANOTHER_STORY, Why.OTHER_PERSONA, Why.ANSWERED})


@dataclass(frozen=True, slots=True)
class KnownAnswer:
    """What the buyer said last to a canvas question."""

    text: str
    said_by: str
    said_at: datetime
    status: AnswerStatus


@dataclass(frozen=True, slots=True)
class Part:
    """A slide, story or question of a kit.

    ``item`` names it within its template. ``why`` says why we put it in or left it out; ``included`` is what holds, and
    differs from our choice where a person chose otherwise (``by_hand``).
    """

    item: str
    why: Why
    included: bool
    by_hand: bool


@dataclass(frozen=True, slots=True)
class KitSlide(Part):
    """``html`` and ``notes_html`` are safe to show; ``markdown`` is what ``html`` was made from, filled."""

    title: str
    html: str
    notes_html: str
    markdown: str
    notes_markdown: str


@dataclass(frozen=True, slots=True)
class KitStory(Part):
    """``html`` is safe to show."""

    key: str
    title: str
    personas: tuple[str, ...]
    html: str


@dataclass(frozen=True, slots=True)
class KitQuestion(Part):
    """``answer`` is what the buyer said to the canvas question that it feeds; None where that is not known."""

    id: str
    ask: str
    listen_for: str
    feeds_canvas: int | None
    feeds_evidence: str | None
    personas: tuple[str, ...]
    answer: KnownAnswer | None


@dataclass(frozen=True, slots=True)
class Kit:
    """All texts are filled, and plain but for what is called HTML and Markdown.

    Slides stand in the order of the presentation; stories and questions with what is missing first.
    """

    key: str
    stage: str
    language: str
    minutes: int
    version: str
    title: str
    goal: str
    prepare: tuple[str, ...]
    slides: tuple[KitSlide, ...]
    stories: tuple[KitStory, ...]
    questions: tuple[KitQuestion, ...]
    objections: tuple[Objection, ...]
    next_meeting: NextMeeting


P = TypeVar("P", bound=Part)


def included(parts: Collection[P]) -> tuple[P, ...]:
    return tuple(part for part in parts if part.included)


def left_out(parts: Collection[P]) -> tuple[P, ...]:
    return tuple(part for part in parts if not part.included)


def compose(
    template: MeetingTemplate,
    language: str,
    persona_type: str | None,
    missing_evidence: Collection[str],
    answers: Mapping[int, KnownAnswer],
    values: Mapping[str, str],
    by_hand: Mapping[str, bool] = NOTHING_BY_HAND,
    picture_address: Callable[[str], str] | None = None,
) -> Kit:
    """The kit for a deal.

    ``persona_type`` is None where the buyer's persona is not known. ``missing_evidence`` is what the deal still lacks,
    ``answers`` what it has of the canvas. ``values`` fill the placeholders (those of the answers come from
    ``answers``). ``by_hand`` holds the items that a person put in or took out. ``picture_address`` gives the address
    of a picture by its name.
    """
    pictures = {name: picture_address(name) for name in template.pictures} if picture_address else NO_PICTURES
    composer = _Composer(
        template.in_language(language),
        language,
        persona_type,
        frozenset(missing_evidence),
        answers,
        _filled(values, answers),
        by_hand,
        pictures,
    )
    return composer.kit(template)


def first_story(
    template: MeetingTemplate,
    language: str,
    persona_type: str | None,
    missing_evidence: Collection[str],
    answers: Mapping[int, KnownAnswer],
    values: Mapping[str, str],
    by_hand: Mapping[str, bool] = NOTHING_BY_HAND,
) -> KitStory | None:
    """The story that the kit of ``compose`` begins with; None where it has none."""
    composer = _Composer(
        template.in_language(language),
        language,
        persona_type,
        frozenset(missing_evidence),
        answers,
        _filled(values, answers),
        by_hand,
        NO_PICTURES,
    )
    return next(iter(included(composer.stories())), None)


def _filled(values: Mapping[str, str], answers: Mapping[int, KnownAnswer]) -> dict[str, str]:
    return {**values, **{f"answer_{number}": answer.text for number, answer in answers.items()}}


@dataclass(frozen=True)
class _Composer:
    words: MeetingWords
    language: str
    persona_type: str | None
    missing_evidence: frozenset[str]
    answers: Mapping[int, KnownAnswer]
    values: Mapping[str, str]
    by_hand: Mapping[str, bool]
    pictures: Mapping[str, str]

    def kit(self, template: MeetingTemplate) -> Kit:
        return Kit(
            key=template.key,
            stage=template.stage,
            language=self.language,
            minutes=template.minutes,
            version=template.version,
            title=self._plain(self.words.title),
            goal=self._plain(self.words.goal),
            prepare=tuple(self._plain(text) for text in self.words.prepare),
            slides=tuple(self._slide(number, slide) for number, slide in enumerate(self.words.slides, start=1)),
            stories=self.stories(),
            questions=tuple(sorted(map(self._question, self.words.questions), key=_rank)),
            objections=tuple(self._objection(objection) for objection in self.words.objections),
            next_meeting=NextMeeting(
                self._plain(self.words.next_meeting.propose), self._plain(self.words.next_meeting.agenda)
            ),
        )

    def _plain(self, text: str) -> str:
        return fill(text, self.values, self.language)

    def _markdown(self, text: str) -> str:
        return fill_markdown(text, self.values, self.language)

    def _html(self, markdown: str) -> str:
        return render(self._markdown(markdown), HEADINGS_DEEPER, self.pictures)

    def _chosen(self, item: str, why: Why) -> tuple[str, Why, bool, bool]:
        """The columns of Part: a person's choice holds against ours."""
        ours = why not in LEFT_OUT
        held = self.by_hand.get(item, ours)
        return item, why, held, held != ours

    def _slide(self, number: int, slide: Slide) -> KitSlide:
        return KitSlide(
            *self._chosen(f"slide:{number}", self._why_slide(slide)),
            title=self._plain(slide.title),
            html=self._html(slide.body_markdown),
            notes_html=self._html(slide.notes_markdown),
            markdown=self._markdown(slide.body_markdown),
            notes_markdown=self._markdown(slide.notes_markdown),
        )

    def _why_slide(self, slide: Slide) -> Why:
        if not self._is_for(slide.personas):
            return Why.OTHER_PERSONA
        if slide.serves_canvas or slide.serves_evidence:
            return self._why_serving(slide.serves_canvas, slide.serves_evidence)
        if slide.personas and self.persona_type:
            return Why.FOR_PERSONA
        shown = {int(number) for number in _ANSWER.findall(slide.body_markdown)}
        return Why.THEIR_WORDS if shown & self.answers.keys() else Why.STAGE

    def _why_serving(self, canvas: int | None, evidence: str | None) -> Why:
        if evidence:
            return Why.MISSING_EVIDENCE if evidence in self.missing_evidence else Why.ANSWERED
        known = self.answers.get(canvas or 0)
        if known is None:
            return Why.OPEN_QUESTION
        return Why.CONTRADICTED if known.status is AnswerStatus.CONTRADICTED else Why.ANSWERED

    def stories(self) -> tuple[KitStory, ...]:
        """One story for the persona at the table; where we don't know who that is, each has a claim."""
        stories = []
        told = False
        for story in sorted(self.words.stories, key=lambda one: not self._is_for(one.personas)):
            why = Why.FOR_PERSONA if self._is_for(story.personas) else Why.OTHER_PERSONA
            if why is Why.FOR_PERSONA and told and self.persona_type:
                why = Why.ANOTHER_STORY
            told = True
            stories.append(
                KitStory(
                    *self._chosen(f"story:{story.key}", why),
                    key=story.key,
                    title=self._plain(story.title),
                    personas=story.personas,
                    html=self._html(story.body_markdown),
                )
            )
        return tuple(stories)

    def _objection(self, objection: Objection) -> Objection:
        return Objection(objection.id, self._plain(objection.says), self._plain(objection.answer))

    def _question(self, question: Question) -> KitQuestion:
        return KitQuestion(
            *self._chosen(f"question:{question.id}", self._why_question(question)),
            id=question.id,
            ask=self._plain(question.ask),
            listen_for=self._plain(question.listen_for),
            feeds_canvas=question.feeds_canvas,
            feeds_evidence=question.feeds_evidence,
            personas=question.personas,
            answer=self.answers.get(question.feeds_canvas or 0),
        )

    def _why_question(self, question: Question) -> Why:
        why = self._why_serving(question.feeds_canvas, question.feeds_evidence)
        return why if why is Why.ANSWERED or self._is_for(question.personas) else Why.OTHER_PERSONA

    def _is_for(self, personas: tuple[str, ...]) -> bool:
        return not personas or self.persona_type is None or self.persona_type in personas


def _rank(part: Part) -> int:
    """Evidence and canvas questions keep the script's order among themselves: it is a conversation, not a form."""
    return {Why.OTHER_PERSONA: 1, Why.ANSWERED: 2}.get(part.why, 0)
