"""What the files of one meeting must agree on: between its languages, and with its ``meeting.yaml``."""

from __future__ import annotations

from collections.abc import Iterator

from plugin.library.faults import Fault
from plugin.library.markdown import PICTURE_SHOWN
from plugin.library.meeting import LANGUAGES, Slide
from plugin.library.meeting_folder import MeetingFolder, Spoken
from plugin.library.nodes import Node
from plugin.library.repeats import repeated
from plugin.library.shapes import number

FEWEST_STORIES = 2


def consistency_faults(meeting: MeetingFolder, persona_types: frozenset[str]) -> Iterator[Fault]:
    """Reads nodes, not shapes, so that a fault in one place hides none in another."""
    yield from _check_meeting(meeting)
    english, french = (meeting.spoken[language] for language in LANGUAGES)
    yield from _same_ids(english, french, "questions")
    yield from _same_ids(english, french, "objections")
    yield from _same_questions(english, french)
    yield from _same_stories(english, french)
    yield from _same_slides(meeting.root, english, french)
    yield from _present_pictures(meeting)
    for spoken in (english, french):
        yield from _fed(meeting.root, spoken)
        yield from _known_personas(spoken, persona_types)
        yield from _enough_stories(spoken, persona_types)


def _check_meeting(meeting: MeetingFolder) -> Iterator[Fault]:
    key = meeting.root["key"]
    if key.text and key.text != meeting.path.name:
        yield key.fault(f"the key '{key.text}' is not the folder's name '{meeting.path.name}': make them the same")
    yield from repeated(meeting.root["evidence"].items, "the evidence '{}' is listed twice: keep one")
    yield from repeated(meeting.root["canvas"].items, "canvas question {} is listed twice: keep one")


def _same_ids(english: Spoken, french: Spoken, kind: str) -> Iterator[Fault]:
    ours, theirs = (_ids(spoken, kind) for spoken in (english, french))
    if not ours or not theirs:
        return  # told already: the list is missing or empty
    yield from _absent(french, kind, [one for one in ours if one not in theirs], "en")
    yield from _absent(english, kind, [one for one in theirs if one not in ours], "fr")
    if ours != theirs and set(ours) == set(theirs):
        yield french.script.key_fault(
            kind, f"these {kind} stand in another order than in en/script.yaml: order them alike"
        )


def _ids(spoken: Spoken, kind: str) -> list[str]:
    return [item["id"].text for item in spoken.script[kind].items]


def _absent(spoken: Spoken, kind: str, ids: list[str], there: str) -> Iterator[Fault]:
    for one in ids:
        message = f"'{one}' of {there}/script.yaml is missing from these {kind}: add it, under the same id"
        yield spoken.script.key_fault(kind, message)


def _same_questions(english: Spoken, french: Spoken) -> Iterator[Fault]:
    ours = {item["id"].text: item for item in english.script["questions"].items}
    for theirs in french.script["questions"].items:
        if (question := ours.get(theirs["id"].text)) is None:
            continue
        for name in ("feeds", "personas"):
            if question[name].plain != theirs[name].plain:
                yield theirs.key_fault(
                    name, f"'{name}' differs from en/script.yaml for this question: make them the same"
                )


def _same_stories(english: Spoken, french: Spoken) -> Iterator[Fault]:
    ours = {file.key: file for file in english.stories}
    theirs = {file.key: file for file in french.stories}
    for here, there in ((english, theirs), (french, ours)):
        present = {file.key for file in here.stories}
        for key in sorted(there.keys() - present):
            path = here.folder / "stories" / f"{key}.md"
            yield Fault(str(path), 1, 1, "this story is there in the other language only: add it")
    for key in sorted(ours.keys() & theirs.keys()):
        personas, others = (file.head["personas"].items for file in (ours[key], theirs[key]))
        if personas and others and [one.text for one in personas] != [one.text for one in others]:
            yield theirs[key].head.key_fault(
                "personas", "'personas' differs from the English story: make them the same"
            )


def _same_slides(root: Node, english: Spoken, french: Spoken) -> Iterator[Fault]:
    """Slides are parallel, so that a choice made of one holds in both languages."""
    if not english.all_slides_read or not french.all_slides_read:
        return  # told already: a presentation is missing or broken
    ours, theirs = english.slides, french.slides
    yield from _served(root, english)
    place = str(french.folder / "presentation.md")
    if len(ours) != len(theirs):
        message = f"this presentation has {len(theirs)} slides, and the English one {len(ours)}: make them parallel"
        yield Fault(place, 1, 1, message)
        return
    for place_, (one, other) in enumerate(zip(ours, theirs, strict=True), start=1):
        if _purpose(one) != _purpose(other):
            message = f"slide {place_} has other 'For:' or 'Serves:' lines than the English one: make them the same"
            yield Fault(place, 1, 1, message)


def _served(root: Node, english: Spoken) -> Iterator[Fault]:
    collected = {item.text for item in root["evidence"].items}
    for slide in english.slides:
        if slide.serves_evidence and collected and slide.serves_evidence not in collected:
            message = (
                f"a slide serves the evidence '{slide.serves_evidence}', which is not in meeting.yaml: add it there"
            )
            yield Fault(str(english.folder / "presentation.md"), 1, 1, message)


def _purpose(slide: Slide) -> tuple[object, ...]:
    return slide.personas, slide.serves_canvas, slide.serves_evidence


def _present_pictures(meeting: MeetingFolder) -> Iterator[Fault]:
    """A picture that is shown has to lie in the folder."""
    for source in meeting.sources:
        if not source.file.endswith(".md"):
            continue
        for found in PICTURE_SHOWN.finditer(source.text):
            if found["name"] not in meeting.pictures:
                message = f"there is no picture '{found['name']}' in the folder's pictures/: add it, or remove this"
                yield source.fault(found.start(), message)


def _fed(root: Node, spoken: Spoken) -> Iterator[Fault]:
    """Questions feed what the meeting collects, and all of it."""
    feeds = [item["feeds"] for item in spoken.script["questions"].items]
    collected = {item.text for item in root["evidence"].items}
    for feed in feeds:
        evidence = feed["evidence"]
        if collected and evidence.text and evidence.text not in collected:
            yield evidence.fault(
                f"the evidence '{evidence.text}' is not in meeting.yaml: add it there, or name another"
            )
    if not feeds:
        return  # told already: there are no questions
    script = f"{spoken.folder.name}/script.yaml"
    fed = {feed["evidence"].text for feed in feeds}
    for item in root["evidence"].items:
        if item.text not in fed:
            yield item.fault(f"no question in {script} feeds the evidence '{item.text}': add one, or remove it here")
    worked_on = {number(feed["canvas"].text) for feed in feeds}
    for item in root["canvas"].items:
        if number(item.text) not in worked_on:
            yield item.fault(f"no question in {script} feeds canvas question {item.text}: add one, or remove it here")


def _known_personas(spoken: Spoken, types: frozenset[str]) -> Iterator[Fault]:
    named = [one for item in spoken.script["questions"].items for one in item["personas"].items]
    named += [one for file in spoken.stories for one in file.head["personas"].items]
    for one in named:
        if types and one.text and one.text not in types:
            yield one.fault(_unknown_type(one.text, types))
    place = str(spoken.folder / "presentation.md")
    for name in {name for slide in spoken.slides for name in slide.personas} - types if types else ():
        yield Fault(place, 1, 1, _unknown_type(name, types))


def _unknown_type(name: str, types: frozenset[str]) -> str:
    return f"'{name}' is no persona type of personas.yaml: use {' or '.join(sorted(types))}"


def _enough_stories(spoken: Spoken, types: frozenset[str]) -> Iterator[Fault]:
    if not spoken.folder.is_dir():
        return  # told already: the language is missing
    place = str(spoken.folder / "stories")
    if (found := len(spoken.stories)) < FEWEST_STORIES:
        yield Fault(place, 1, 1, f"{FEWEST_STORIES} stories at least are wanted here, not {found}: add files *.md")
    spoken_to = {one.text for file in spoken.stories for one in file.head["personas"].items}
    for missing in sorted(types - spoken_to):
        yield Fault(place, 1, 1, f"no story speaks to the persona type '{missing}': add one with it in 'personas'")
