"""Personas as a file: who sits at the table, by the names that CRMs give them, and which deals are theirs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import BeforeValidator, Field, model_validator

from plugin.domain.persona import Persona, match
from plugin.domain.segment import Field as DealField
from plugin.domain.segment import How, folded
from plugin.library.faults import Fault, Refused
from plugin.library.nodes import Node, parse_yaml
from plugin.library.shapes import Key, Shape, TextShape, Words, fit
from plugin.library.source import Source, read_source

__all__ = ["Persona", "load_personas", "match", "personas_of", "read_personas", "written"]

FILE = "personas.yaml"
LARGEST_AMOUNT = Decimal(10) ** 15
WIDE = 110


def _one_of(kind: type[StrEnum]) -> BeforeValidator:
    def check(text: Any) -> Any:
        if text not in list(kind):
            raise ValueError(f"'{text}' is not known here: use {', '.join(kind)}")
        return kind(text)

    return BeforeValidator(check)


def _amount(text: Any) -> Decimal:
    try:
        amount = Decimal(text)
    except (InvalidOperation, TypeError, ValueError):
        amount = Decimal("NaN")
    if not amount.is_finite() or abs(amount) > LARGEST_AMOUNT:
        raise ValueError(f"'{text}' is no amount: write digits, with a point before decimals")
    return amount


Amount = Annotated[Decimal, BeforeValidator(_amount)]


class ConditionShape(Shape):
    """Words for a text; bounds for the amount."""

    field: Annotated[DealField, _one_of(DealField)]
    how: Annotated[How, _one_of(How)] = How.ONE_OF
    values: list[Words] = Field(default_factory=list)
    least: Amount | None = None
    most: Amount | None = None

    @model_validator(mode="after")
    def _has_something_to_compare_with(self) -> ConditionShape:
        bounds = (self.least, self.most)
        if self.field is DealField.AMOUNT and (self.values or bounds == (None, None)):
            raise ValueError("an amount is compared with 'least' or 'most': give one of them, and no values")
        if self.field is not DealField.AMOUNT and (not self.values or bounds != (None, None)):
            raise ValueError(f"'{self.field}' is compared with words: give them as 'values'")
        return self


class Of(StrEnum):
    ANY = "any"
    ALL = "all"


class RuleShape(Shape):
    of: Annotated[Of, _one_of(Of)] = Of.ANY
    conditions: Annotated[list[ConditionShape], Field(min_length=1)]


class PersonaShape(Shape):
    key: Key
    type: Key
    name: TextShape
    aliases: list[Words] = Field(default_factory=list)
    role: TextShape | None = None
    goals: TextShape | None = None
    challenges: TextShape | None = None
    habits: TextShape | None = None
    rule: RuleShape | None = None


class PersonasShape(Shape):
    personas: Annotated[list[PersonaShape], Field(min_length=1)]


def load_personas(path: Path) -> tuple[Persona, ...]:
    """Read and check ``personas.yaml``. Raises Refused with all its faults."""
    return _read(read_source(path))


def read_personas(text: str) -> tuple[Persona, ...]:
    """The personas of a file that somebody sent. Raises Refused with all its faults."""
    return _read(Source(FILE, text.replace("\r\n", "\n").replace("\r", "\n")))


def written(personas: Iterable[Persona]) -> str:
    """The file that says the same."""
    content = {"personas": [persona.plain for persona in personas]}
    return str(yaml.safe_dump(content, allow_unicode=True, sort_keys=False, width=WIDE))


def personas_of(folders: Sequence[Path]) -> tuple[Persona, ...]:
    """The personas of the last folder that brings any: a company's own take the place of ours. Raises Refused."""
    files = [folder / FILE for folder in folders]
    return load_personas(next((file for file in reversed(files) if file.exists()), files[0]))


def _read(source: Source) -> tuple[Persona, ...]:
    faults: list[Fault] = []
    root = parse_yaml(source, faults)
    shape = fit(PersonasShape, root, faults)
    faults.extend(_ambiguous(root))
    if shape is None or faults:
        raise Refused(faults)
    return tuple(Persona.of(one.model_dump(exclude_none=True)) for one in shape.personas)


def _ambiguous(root: Node) -> Iterable[Fault]:
    """A name may lead to one persona only; accents make no other name of it."""
    owners: dict[str, int] = {}
    for place, persona in enumerate(root["personas"].items):
        for name in [persona["key"], *persona["aliases"].items]:
            owner = owners.setdefault(folded(name.text), place)
            if name.text and owner != place:
                first = root["personas"].items[owner]["key"].text
                yield name.fault(f"'{name.text}' already names the persona '{first}': keep it in one place")
