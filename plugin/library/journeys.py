"""Journeys: the buyer's stages, from a file (docs/journeys.md)."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import BeforeValidator, Field

from plugin.domain.journey import BuyerStage, ExitEvidence, Journey, Loop
from plugin.domain.moves import OUTCOMES
from plugin.library.faults import Fault, Refused, in_reading_order
from plugin.library.folders import shipped_folder
from plugin.library.nodes import Node, parse_yaml
from plugin.library.repeats import repeated
from plugin.library.shapes import Key, Shape, TextShape, Whole, fit, number
from plugin.library.source import Source, read_source, text_source

MOST_STAGES = 24
# No line is broken: who compares two versions shall see what was changed.
LONGEST_LINE = 100_000


def _loop(text: Any) -> Loop:
    if text not in list(Loop):
        raise ValueError("this is no loop: write purchase or usage")
    return Loop(text)


class EvidenceShape(TextShape):
    key: Key


class StageShape(Shape):
    key: Key
    formerly: list[Key] = Field(default_factory=list)
    name: TextShape
    loop: Annotated[Loop, BeforeValidator(_loop)]
    position: Whole
    distance: Whole
    question: TextShape
    objective: TextShape
    evidence: Annotated[list[EvidenceShape], Field(min_length=1)]
    meetings: Annotated[list[Key], Field(min_length=1)]


class JourneyShape(Shape):
    key: Key
    name: TextShape
    stages: Annotated[list[StageShape], Field(min_length=1, max_length=MOST_STAGES)]


def load_journey(path: Path) -> Journey:
    """Read and check a journey. Raises Refused with all its faults."""
    faults: list[Fault] = []
    _, journey = read_journey(path, faults)
    if journey is None or faults:
        raise Refused(faults)
    return journey


def read_journey(path: Path, faults: list[Fault]) -> tuple[Node, Journey | None]:
    """The file as nodes, and the journey where its shape is right; what is wrong is added to ``faults``.

    Raises Refused where the file is no YAML.
    """
    return _read(read_source(path), faults)


def read_journey_text(text: str, name: str = "journey.yaml") -> Journey:
    """A journey whose file is this text. Raises Refused with all its faults, in which the file has this name."""
    faults: list[Fault] = []
    _, journey = _read(text_source(name, text), faults)
    if journey is None or faults:
        raise Refused(faults)
    return journey


def faults_by_stage(text: str, name: str = "journey.yaml") -> list[tuple[int | None, Fault]]:
    """Everything that is wrong with a journey's text, each with the place of the stage that it is about (None: of
    none), from 0."""
    faults: list[Fault] = []
    try:
        root, _ = _read(text_source(name, text), faults)
    except Refused as refused:
        return [(None, fault) for fault in refused.faults]
    begins = [stage.fault("").line for stage in root["stages"].items]
    places = [(bisect_right(begins, fault.line) - 1, fault) for fault in in_reading_order(faults)]
    return [(place if place >= 0 else None, fault) for place, fault in places]


def _read(source: Source, faults: list[Fault]) -> tuple[Node, Journey | None]:
    root = parse_yaml(source, faults)
    shape = fit(JourneyShape, root, faults)
    faults.extend(_check(root))
    if shape is None:
        return root, None
    return root, Journey(shape.key, shape.name.both, tuple(_stage(stage) for stage in shape.stages))


def journey_text(journey: Journey) -> str:
    """The journey as a file; read back, it is the same."""
    return as_yaml(
        {
            "key": journey.key,
            "name": asdict(journey.name),
            "stages": [_plain(stage) for stage in journey.stages],
        }
    )


def as_yaml(plain: Mapping[str, Any]) -> str:
    """Texts, lists and mappings as they would be written by hand: in their order, a line as long as it is."""
    return yaml.dump(dict(plain), Dumper=_WrittenOut, sort_keys=False, allow_unicode=True, width=LONGEST_LINE)


class _WrittenOut(yaml.SafeDumper):
    """What stands twice is written twice: our reader takes no aliases."""

    def ignore_aliases(self, _data: Any) -> bool:
        return True


def _plain(stage: BuyerStage) -> dict[str, Any]:
    former = {"formerly": list(stage.formerly)} if stage.formerly else {}
    return {
        "key": stage.key,
        **former,
        "name": asdict(stage.name),
        "loop": stage.loop.value,
        "position": stage.position,
        "distance": stage.distance,
        "question": asdict(stage.question),
        "objective": asdict(stage.objective),
        "evidence": [{"key": item.key, **asdict(item.text)} for item in stage.evidence],
        "meetings": list(stage.meetings),
    }


def shipped_journeys() -> dict[str, Path]:
    """The journeys that ship with us: key to file."""
    return journey_files(shipped_folder())


def journey_files(folder: Path) -> dict[str, Path]:
    return {path.stem: path for path in sorted((folder / "journeys").glob("*.yaml"))}


def _stage(shape: StageShape) -> BuyerStage:
    return BuyerStage(
        key=shape.key,
        name=shape.name.both,
        loop=shape.loop,
        position=shape.position,
        distance=shape.distance,
        question=shape.question.both,
        objective=shape.objective.both,
        evidence=tuple(ExitEvidence(item.key, item.both) for item in shape.evidence),
        meetings=tuple(shape.meetings),
        formerly=tuple(shape.formerly),
    )


def _check(root: Node) -> Iterator[Fault]:
    """What no stage can show alone. Reads the nodes, so that one stage's fault hides no other's."""
    stages = root["stages"].items
    yield from repeated([stage["key"] for stage in stages], "two stages have the key '{}': rename one")
    yield from repeated(
        [item["key"] for stage in stages for item in stage["evidence"].items],
        "two items of evidence have the key '{}': rename one",
    )
    yield from _check_names(stages)
    yield from _check_former_keys(stages)
    yield from _check_positions(stages)
    yield from _check_loops(stages)
    yield from _check_distances(stages)


def _check_names(stages: list[Node]) -> Iterator[Fault]:
    for stage in stages:
        if stage["key"].text in OUTCOMES:
            yield stage["key"].fault(f"'{stage['key'].text}' is an outcome, not a stage: choose another key")
        yield from repeated(stage["meetings"].items, "the meeting '{}' is listed twice for this stage: keep one")


def _check_former_keys(stages: list[Node]) -> Iterator[Fault]:
    keys = {stage["key"].text for stage in stages}
    former = [old for stage in stages for old in stage["formerly"].items]
    yield from repeated(former, "the key '{}' was that of one stage only: keep it there")
    for old in former:
        if old.text and old.text in keys:
            yield old.fault(f"'{old.text}' is the key of a stage now: it can't be a former one too")


def _check_positions(stages: list[Node]) -> Iterator[Fault]:
    for wanted, stage in enumerate(stages, start=1):
        position = stage["position"]
        if number(position.text) not in {None, wanted}:
            yield position.fault(
                f"position {position.text} stands in place {wanted}: number the stages 1, 2, 3… in order"
            )


def _check_loops(stages: list[Node]) -> Iterator[Fault]:
    usage_began = False
    for stage in stages:
        loop = stage["loop"]
        if loop.text == Loop.PURCHASE and usage_began:
            yield loop.fault("a purchase stage stands after a usage stage: put the purchase loop first")
        usage_began = usage_began or loop.text == Loop.USAGE


def _check_distances(stages: list[Node]) -> Iterator[Fault]:
    for loop in Loop:
        members = [stage for stage in stages if stage["loop"].text == loop]
        for gates, stage in zip(reversed(range(len(members))), members, strict=True):
            distance = stage["distance"]
            if number(distance.text) not in {None, gates}:
                yield distance.fault(
                    f"distance {distance.text} should be {gates}: count the gates left, 0 in the loop's last stage"
                )
