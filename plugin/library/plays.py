"""Plays: what to do when a buyer goes back or stands still, one for each signal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated

from pydantic import Field

from plugin.domain.follow_up import Signal
from plugin.domain.journey import Text
from plugin.library.faults import Fault, Refused
from plugin.library.nodes import Node, parse_yaml
from plugin.library.shapes import Key, Shape, Words, fit
from plugin.library.source import read_source

# For deals of which nothing tells why they went back or stand still.
WENT_BACK, STANDS_STILL = "went_back", "stands_still"
WANTED = (*(signal.value for signal in Signal), WENT_BACK, STANDS_STILL)


class PlayShape(Shape):
    signal: Key
    en: Words
    fr: Words


class PlaysShape(Shape):
    plays: Annotated[list[PlayShape], Field(min_length=1)]


def load_plays(path: Path) -> Mapping[str, Text]:
    """Read and check ``plays.yaml``: what to do, by signal. Raises Refused with all its faults."""
    faults: list[Fault] = []
    root = parse_yaml(read_source(path), faults)
    shape = fit(PlaysShape, root, faults)
    if shape is not None:
        faults.extend(_incomplete(root))
    if shape is None or faults:
        raise Refused(faults)
    return {one.signal: Text(one.en, one.fr) for one in shape.plays}


def plays_of(folders: Sequence[Path]) -> Mapping[str, Text]:
    """The plays of the last folder that brings any: a company's own take the place of ours. Raises Refused."""
    files = [folder / "plays.yaml" for folder in folders]
    return load_plays(next((file for file in reversed(files) if file.exists()), files[0]))


def _incomplete(root: Node) -> Iterator[Fault]:
    """Each signal once: a deal must not be left without a play, nor with two."""
    named: set[str] = set()
    for play in root["plays"].items:
        signal = play["signal"]
        if signal.text not in WANTED:
            yield signal.fault(f"there is no signal '{signal.text}': use {', '.join(WANTED)}")
        elif signal.text in named:
            yield signal.fault(f"'{signal.text}' has a play already: keep one")
        named.add(signal.text or "")
    missing = [signal for signal in WANTED if signal not in named]
    if missing:
        yield root["plays"].fault(f"no play for {', '.join(missing)}: add one for each")
