"""Personas: who buys, what they are after, and which deals are read as theirs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from plugin.domain.journey import Text
from plugin.domain.segment import NO_RULE, Rule, Segment, folded

NOTHING_SAID = Text("", "")
# What is told of a persona beside its name.
TOLD = ("role", "goals", "challenges", "habits")


@dataclass(frozen=True, slots=True)
class Persona:
    """``type`` is what stories and questions are written for: somebody who decides, or somebody who uses.

    ``aliases`` are the names that CRMs give them. ``role``, ``goals``, ``challenges`` and ``habits`` (how they buy) are
    for people to read, a line each.
    """

    key: str
    type: str
    name: Text
    aliases: tuple[str, ...] = ()
    role: Text = NOTHING_SAID
    goals: Text = NOTHING_SAID
    challenges: Text = NOTHING_SAID
    habits: Text = NOTHING_SAID
    rule: Rule = NO_RULE

    def matches(self, text: str) -> bool:
        """Whether ``text``, as a CRM has it, is this persona's key or an alias; not by the letter."""
        return folded(text) in map(folded, self.segment.names)

    @property
    def segment(self) -> Segment:
        return Segment(self.key, (self.key, *self.aliases), self.rule)

    @property
    def plain(self) -> dict[str, Any]:
        """As files and tables hold it; what nobody has said is left out."""
        told = {name: text for name in TOLD if (text := getattr(self, name)) != NOTHING_SAID}
        return {
            "key": self.key,
            "type": self.type,
            "name": _plain(self.name),
            **({"aliases": list(self.aliases)} if self.aliases else {}),
            **{name: _plain(text) for name, text in told.items()},
            **({"rule": self.rule.plain} if self.rule.conditions else {}),
        }

    @classmethod
    def of(cls, plain: Mapping[str, Any]) -> Persona:
        """What ``plain`` gave."""
        return cls(
            plain["key"],
            plain["type"],
            Text(**plain["name"]),
            tuple(plain.get("aliases", ())),
            **{name: Text(**plain[name]) for name in TOLD if plain.get(name)},
            rule=Rule.of(plain.get("rule") or {}),
        )


def match(personas: Iterable[Persona], text: str) -> Persona | None:
    """The persona that the CRM's text names."""
    return next((persona for persona in personas if persona.matches(text)), None)


def _plain(text: Text) -> dict[str, str]:
    return {"en": text.en, "fr": text.fr}
