"""Personas: who sits at the table, by the names that CRMs give them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import Field

from plugin.domain.journey import Text
from plugin.library.faults import Fault, Refused
from plugin.library.nodes import Node, parse_yaml
from plugin.library.shapes import Key, Shape, TextShape, Words, fit
from plugin.library.source import read_source


@dataclass(frozen=True, slots=True)
class Persona:
    """``type`` is what stories and questions are written for: somebody who decides, or somebody who uses."""

    key: str
    type: str
    name: Text
    aliases: tuple[str, ...]

    def matches(self, text: str) -> bool:
        """Whether ``text``, as a CRM has it, is this persona's key or an alias; case and spaces don't count."""
        return folded(text) in {self.key, *map(folded, self.aliases)}


class PersonaShape(Shape):
    key: Key
    type: Key
    name: TextShape
    aliases: list[Words] = Field(default_factory=list)


class PersonasShape(Shape):
    personas: Annotated[list[PersonaShape], Field(min_length=1)]


def folded(text: str) -> str:
    return " ".join(text.split()).casefold()


def match(personas: Iterable[Persona], text: str) -> Persona | None:
    return next((persona for persona in personas if persona.matches(text)), None)


def load_personas(path: Path) -> tuple[Persona, ...]:
    """Read and check ``personas.yaml``. Raises Refused with all its faults."""
    faults: list[Fault] = []
    root = parse_yaml(read_source(path), faults)
    shape = fit(PersonasShape, root, faults)
    faults.extend(_ambiguous(root))
    if shape is None or faults:
        raise Refused(faults)
    return tuple(Persona(one.key, one.type, one.name.both, tuple(one.aliases)) for one in shape.personas)


def personas_of(folders: Sequence[Path]) -> tuple[Persona, ...]:
    """The personas of the last folder that brings any: a company's own take the place of ours. Raises Refused."""
    files = [folder / "personas.yaml" for folder in folders]
    return load_personas(next((file for file in reversed(files) if file.exists()), files[0]))


def _ambiguous(root: Node) -> list[Fault]:
    """A name may lead to one persona only."""
    owners: dict[str, str] = {}
    faults = []
    for persona in root["personas"].items:
        for name in [persona["key"], *persona["aliases"].items]:
            if name.text and folded(name.text) in owners:
                first = owners[folded(name.text)]
                faults.append(name.fault(f"'{name.text}' already names the persona '{first}': keep it in one place"))
            owners.setdefault(folded(name.text), persona["key"].text)
    return faults
