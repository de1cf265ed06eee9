"""One meeting template as it lies on the disk: a folder with its files in two languages."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

from pydantic import Field

from plugin.library.faults import Fault, gathering
from plugin.library.meeting import LANGUAGES, MeetingTemplate, MeetingWords, Picture, Slide
from plugin.library.nodes import Node, parse_yaml
from plugin.library.pictures import read_pictures
from plugin.library.presentation import read_presentation
from plugin.library.script import CanvasNumber, ScriptShape, read_script
from plugin.library.shapes import Key, Shape, Whole, fit
from plugin.library.source import Source, read_source
from plugin.library.story import StoryFile, read_story

VERSION_DIGITS = 12


class MeetingShape(Shape):
    key: Key
    stage: Key
    minutes: Annotated[Whole, Field(ge=5, le=480)]
    evidence: Annotated[list[Key], Field(min_length=1)]
    canvas: list[CanvasNumber]


@dataclass
class Spoken:
    """What could be read of a meeting in one language."""

    folder: Path
    script: Node
    shape: ScriptShape | None = None
    slides: tuple[Slide, ...] = ()
    all_slides_read: bool = False
    stories: list[StoryFile] = field(default_factory=list)

    @property
    def words(self) -> MeetingWords | None:
        if self.shape is None:
            return None
        return MeetingWords(
            title=self.shape.title,
            goal=self.shape.goal,
            prepare=tuple(self.shape.prepare),
            questions=tuple(item.question for item in self.shape.questions),
            objections=tuple(item.objection for item in self.shape.objections),
            next_meeting=self.shape.next_meeting.next_meeting,
            slides=self.slides,
            stories=tuple(file.story for file in self.stories if file.story),
        )


@dataclass
class MeetingFolder:
    """What could be read of a meeting; ``root`` is ``meeting.yaml``, and ``sources`` every text that belongs to it."""

    path: Path
    root: Node
    shape: MeetingShape | None
    spoken: dict[str, Spoken]
    sources: list[Source]
    pictures: dict[str, Picture]

    @property
    def template(self) -> MeetingTemplate | None:
        """None where a file is too broken to make one."""
        english, french = (self.spoken[language].words for language in LANGUAGES)
        if self.shape is None or english is None or french is None:
            return None
        return MeetingTemplate(
            key=self.shape.key,
            stage=self.shape.stage,
            minutes=self.shape.minutes,
            evidence=tuple(self.shape.evidence),
            canvas=tuple(self.shape.canvas),
            version=content_version(self.files, self.pictures),
            en=english,
            fr=french,
            files=self.files,
            pictures=self.pictures,
        )

    @property
    def files(self) -> dict[str, str]:
        """The text of every file, by its name within the folder."""
        return {Path(source.file).relative_to(self.path).as_posix(): source.text for source in self.sources}


def content_version(files: Mapping[str, str], pictures: Mapping[str, Picture]) -> str:
    """Twelve hexadecimal digits of the SHA-256 over names, texts and pictures."""
    digest = hashlib.sha256()
    for name, text in sorted(files.items()):
        digest.update(f"{name}\0{text}\0".encode())
    for name, picture in sorted(pictures.items()):
        digest.update(f"pictures/{name}\0{picture.digest}\0".encode())
    return digest.hexdigest()[:VERSION_DIGITS]


def read_meeting(path: Path, faults: list[Fault]) -> MeetingFolder:
    """Read all files of a meeting; what is wrong with each of them is added to ``faults``."""
    return _MeetingReader(path, faults).meeting()


class _MeetingReader:
    def __init__(self, path: Path, faults: list[Fault]) -> None:
        self.path = path
        self.faults = faults
        self.sources: list[Source] = []

    def meeting(self) -> MeetingFolder:
        root, shape = _nothing(self.path / "meeting.yaml"), None
        with gathering(self.faults):
            root = parse_yaml(self._source(self.path / "meeting.yaml"), self.faults)
            shape = fit(MeetingShape, root, self.faults)
        spoken = {language: self._spoken(self.path / language) for language in LANGUAGES}
        pictures = read_pictures(self.path, self.faults)
        return MeetingFolder(self.path, root, shape, spoken, self.sources, pictures)

    def _spoken(self, folder: Path) -> Spoken:
        if not folder.is_dir():
            message = f"the language '{folder.name}' is missing: add the folder with script, presentation and stories"
            self.faults.append(Fault(str(folder), 1, 1, message))
            return Spoken(folder, _nothing(folder))
        spoken = Spoken(folder, _nothing(folder / "script.yaml"))
        with gathering(self.faults):
            spoken.script, spoken.shape = read_script(self._source(folder / "script.yaml"), self.faults)
        with gathering(self.faults):
            before = len(self.faults)
            spoken.slides = read_presentation(self._source(folder / "presentation.md"), self.faults)
            spoken.all_slides_read = len(self.faults) == before
        for path in sorted((folder / "stories").glob("*.md")):
            with gathering(self.faults):
                spoken.stories.append(read_story(self._source(path), self.faults))
        return spoken

    def _source(self, path: Path) -> Source:
        source = read_source(path)
        self.sources.append(source)
        return source


def _nothing(path: Path) -> Node:
    return Node(Source(str(path), ""), 0, 0)
