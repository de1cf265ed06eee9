"""A meeting template: what one meeting of the journey needs, in both languages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

LANGUAGES = ("en", "fr")


@dataclass(frozen=True, slots=True)
class Question:
    """A question of the script. It feeds one canvas question (1 to 10) or one item of evidence.

    ``personas`` are the persona types it is meant for; empty means for everybody.
    """

    id: str
    ask: str
    listen_for: str
    feeds_canvas: int | None = None
    feeds_evidence: str | None = None
    personas: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Objection:
    """What a buyer may say against it, and an answer."""

    id: str
    says: str
    answer: str


@dataclass(frozen=True, slots=True)
class NextMeeting:
    """How to propose the next meeting, in spoken words, and an agenda that the buyer could accept."""

    propose: str
    agenda: str


@dataclass(frozen=True, slots=True)
class Slide:
    """``title`` is plain text; the notes are the speaker's own and never shown to the buyer.

    ``personas`` are the persona types it is meant for (empty: everybody). It may serve one canvas question or one item
    of evidence: once that is settled, there is no need to show it.
    """

    title: str
    body_markdown: str
    notes_markdown: str
    personas: tuple[str, ...] = ()
    serves_canvas: int | None = None
    serves_evidence: str | None = None


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture of a template; ``digest`` is the SHA-256 of its bytes, in hexadecimal."""

    name: str
    media_type: str
    data: bytes = field(repr=False)
    digest: str


@dataclass(frozen=True, slots=True)
class Story:
    """A client like this one, and what happened. ``personas`` are the persona types it speaks to."""

    key: str
    title: str
    personas: tuple[str, ...]
    body_markdown: str


@dataclass(frozen=True, slots=True)
class MeetingWords:
    """A meeting in one language. Texts are plain but for what is called Markdown; all may hold placeholders."""

    title: str
    goal: str
    prepare: tuple[str, ...]
    questions: tuple[Question, ...]
    objections: tuple[Objection, ...]
    next_meeting: NextMeeting
    slides: tuple[Slide, ...]
    stories: tuple[Story, ...]


@dataclass(frozen=True, slots=True)
class MeetingTemplate:
    """``evidence`` and ``canvas`` are what the meeting may collect; ``version`` changes with any word of its files.

    ``files`` are the texts that it was read from, by their names within the folder; ``pictures`` go by their names.
    """

    key: str
    stage: str
    minutes: int
    evidence: tuple[str, ...]
    canvas: tuple[int, ...]
    version: str
    en: MeetingWords
    fr: MeetingWords
    files: Mapping[str, str] = field(repr=False, compare=False)
    pictures: Mapping[str, Picture] = field(repr=False, compare=False)

    def in_language(self, language: str) -> MeetingWords:
        """The words in ``language`` (``"fr"`` or ``"en"``; anything else reads English)."""
        return self.fr if language == "fr" else self.en
