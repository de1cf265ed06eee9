"""The kit of one meeting for one deal: the template's words in the seller's language, filled and put in order."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum

from plugin.library.markdown import render
from plugin.library.meeting import MeetingTemplate, MeetingWords, NextMeeting, Objection, Question, Slide, Story
from plugin.library.placeholders import fill, fill_markdown

# A slide's or story's own title is the page's third level of headings; "##" in its text comes right below.
HEADINGS_DEEPER = 2


class Why(StrEnum):
    """Why a question or a story stands where it stands."""

    MISSING_EVIDENCE = "missing_evidence"
    OPEN_QUESTION = "open_question"
    FOR_PERSONA = "for_persona"
    OTHER_PERSONA = "other_persona"
    ANSWERED = "answered"


@dataclass(frozen=True, slots=True)
class KitSlide:
    """``html`` and ``notes_html`` are safe to show."""

    title: str
    html: str
    notes_html: str


@dataclass(frozen=True, slots=True)
class KitStory:
    """``why`` is FOR_PERSONA or OTHER_PERSONA; ``html`` is safe to show."""

    key: str
    title: str
    personas: tuple[str, ...]
    html: str
    why: Why


@dataclass(frozen=True, slots=True)
class KitQuestion:
    """``answer`` is what the buyer said to the canvas question that it feeds; empty where that is not known.

    ``why`` is MISSING_EVIDENCE, OPEN_QUESTION, OTHER_PERSONA (it feeds what is missing, and is another's to answer) or
    ANSWERED.
    """

    id: str
    ask: str
    listen_for: str
    feeds_canvas: int | None
    feeds_evidence: str | None
    personas: tuple[str, ...]
    answer: str
    why: Why


@dataclass(frozen=True, slots=True)
class Kit:
    """All texts are filled, and plain but for what is called HTML."""

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


def compose(
    template: MeetingTemplate,
    language: str,
    persona_type: str | None,
    missing_evidence: Collection[str],
    open_questions: Collection[int],
    values: Mapping[str, str],
) -> Kit:
    """The kit for a deal.

    ``persona_type`` is None where the buyer's persona is not known. ``missing_evidence`` and ``open_questions`` are
    what the deal still lacks; what the template asks for beyond them counts as answered. ``values`` fill the
    placeholders.
    """
    words = template.in_language(language)
    composer = _Composer(words, language, persona_type, frozenset(missing_evidence), frozenset(open_questions), values)
    return composer.kit(template)


@dataclass(frozen=True)
class _Composer:
    words: MeetingWords
    language: str
    persona_type: str | None
    missing_evidence: frozenset[str]
    open_questions: frozenset[int]
    values: Mapping[str, str]

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
            slides=tuple(self._slide(slide) for slide in self.words.slides),
            stories=tuple(sorted(map(self._story, self.words.stories), key=lambda story: _rank(story.why))),
            questions=tuple(sorted(map(self._question, self.words.questions), key=lambda asked: _rank(asked.why))),
            objections=tuple(self._objection(objection) for objection in self.words.objections),
            next_meeting=NextMeeting(
                self._plain(self.words.next_meeting.propose), self._plain(self.words.next_meeting.agenda)
            ),
        )

    def _plain(self, text: str) -> str:
        return fill(text, self.values, self.language)

    def _html(self, markdown: str) -> str:
        return render(fill_markdown(markdown, self.values, self.language), HEADINGS_DEEPER)

    def _slide(self, slide: Slide) -> KitSlide:
        return KitSlide(self._plain(slide.title), self._html(slide.body_markdown), self._html(slide.notes_markdown))

    def _story(self, story: Story) -> KitStory:
        why = Why.FOR_PERSONA if self._is_for(story.personas) else Why.OTHER_PERSONA
        return KitStory(story.key, self._plain(story.title), story.personas, self._html(story.body_markdown), why)

    def _objection(self, objection: Objection) -> Objection:
        return Objection(objection.id, self._plain(objection.says), self._plain(objection.answer))

    def _question(self, question: Question) -> KitQuestion:
        return KitQuestion(
            id=question.id,
            ask=self._plain(question.ask),
            listen_for=self._plain(question.listen_for),
            feeds_canvas=question.feeds_canvas,
            feeds_evidence=question.feeds_evidence,
            personas=question.personas,
            answer=self.values.get(f"answer_{question.feeds_canvas}", "").strip(),
            why=self._why(question),
        )

    def _why(self, question: Question) -> Why:
        lacking = question.feeds_evidence in self.missing_evidence or question.feeds_canvas in self.open_questions
        if not lacking:
            return Why.ANSWERED
        if not self._is_for(question.personas):
            return Why.OTHER_PERSONA
        return Why.OPEN_QUESTION if question.feeds_evidence is None else Why.MISSING_EVIDENCE

    def _is_for(self, personas: tuple[str, ...]) -> bool:
        return not personas or self.persona_type is None or self.persona_type in personas


def _rank(why: Why) -> int:
    """Evidence and canvas questions keep the script's order among themselves: it is a conversation, not a form."""
    return {Why.OTHER_PERSONA: 1, Why.ANSWERED: 2}.get(why, 0)
