"""Segment rules: which deals a persona takes, from what the CRM says of them."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from typing import Any

# Texts of a CRM repeat: job titles, sources, owners. Those that don't are soon forgotten.
TEXTS_KEPT = 50_000
APOSTROPHES = str.maketrans("’‘ʼ", "'''")


class Field(StrEnum):
    """What we hold of a deal. ``role`` is what the CRM says of who buys: a persona, a job title."""

    ROLE = "role"
    SOURCE = "source"
    PIPELINE = "pipeline"
    COMPANY = "company"
    DEAL = "deal"
    OWNER = "owner"
    EMAIL_DOMAIN = "email_domain"
    CURRENCY = "currency"
    AMOUNT = "amount"


class How(StrEnum):
    """How a text is held against the rule's words: any of them will do."""

    CONTAINS = "contains"
    ONE_OF = "one_of"
    BEGINS = "begins"


@dataclass(frozen=True, slots=True)
class DealFacts:
    """What the CRM says of a deal; what it doesn't say is None. ``domains`` are those of the contacts' addresses."""

    role: str | None = None
    source: str | None = None
    pipeline: str | None = None
    company: str | None = None
    deal: str | None = None
    owner: str | None = None
    domains: tuple[str, ...] = ()
    currency: str | None = None
    amount: Decimal | None = None

    def texts(self, field: Field) -> tuple[str, ...]:
        if field is Field.EMAIL_DOMAIN:
            return self.domains
        text: str | None = getattr(self, field)
        return () if text is None else (text,)


@dataclass(frozen=True, slots=True)
class TextCondition:
    """Neither case nor accents nor spaces count. Of a domain, what stands before an @ is not looked at."""

    field: Field
    how: How
    values: tuple[str, ...]

    def holds(self, facts: DealFacts) -> bool:
        texts = [folded(text) for text in facts.texts(self.field)]
        return any(self._meets(text, folded(value.rpartition("@")[2])) for text in texts for value in self.values)

    def _meets(self, text: str, value: str) -> bool:
        if not value:
            return False
        if self.how is How.ONE_OF:
            return text == value
        return text.startswith(value) if self.how is How.BEGINS else value in text

    @property
    def plain(self) -> dict[str, Any]:
        return {"field": self.field.value, "how": self.how.value, "values": list(self.values)}


@dataclass(frozen=True, slots=True)
class AmountCondition:
    """From ``least`` to ``most``, both included, whatever the currency; None is no bound. No amount meets no bound."""

    least: Decimal | None
    most: Decimal | None

    field = Field.AMOUNT

    def holds(self, facts: DealFacts) -> bool:
        amount = facts.amount
        if amount is None or (self.least is None and self.most is None):
            return False
        return (self.least is None or amount >= self.least) and (self.most is None or amount <= self.most)

    @property
    def plain(self) -> dict[str, Any]:
        bounds = {"least": self.least, "most": self.most}
        return {"field": self.field.value, **{name: str(one) for name, one in bounds.items() if one is not None}}


Condition = TextCondition | AmountCondition


@dataclass(frozen=True, slots=True)
class Rule:
    """``every``: all conditions must hold, else one of them. A rule without conditions takes nothing."""

    conditions: tuple[Condition, ...] = ()
    every: bool = False

    def takes(self, facts: DealFacts) -> bool:
        held = (condition.holds(facts) for condition in self.conditions)
        return bool(self.conditions) and (all(held) if self.every else any(held))

    @property
    def plain(self) -> dict[str, Any]:
        """As files and tables hold it."""
        return {"of": "all" if self.every else "any", "conditions": [one.plain for one in self.conditions]}

    @classmethod
    def of(cls, plain: Mapping[str, Any]) -> Rule:
        """What ``plain`` gave; an empty mapping is no rule."""
        conditions = tuple(_condition(one) for one in plain.get("conditions", ()))
        return cls(conditions, plain.get("of") == "all")


NO_RULE = Rule()


@dataclass(frozen=True, slots=True)
class Segment:
    """The deals of one persona: those whose role goes by one of its ``names``, and those that its rule takes."""

    key: str
    names: tuple[str, ...]
    rule: Rule


def segment_of(segments: Sequence[Segment], facts: DealFacts) -> str | None:
    """Whose deal it is: the first segment that the role names, else the first whose rule takes it, else nobody's."""
    role = folded(facts.role or "")
    if role:
        for segment in segments:
            if role in _folded_names(segment.names):
                return segment.key
    return next((segment.key for segment in segments if segment.rule.takes(facts)), None)


def domain_of(email: str | None) -> str | None:
    """What stands behind the @; None where there is none."""
    return email.rpartition("@")[2].strip().lower() or None if email and "@" in email else None


@lru_cache(maxsize=TEXTS_KEPT)
def folded(text: str) -> str:
    """A text without what people write in different ways: case, accents, the shape of apostrophes, spaces."""
    plain = _bare(_bare(text).casefold()).translate(APOSTROPHES)
    return " ".join(plain.split())


def _bare(text: str) -> str:
    """Letters apart from what stands on them, and without it."""
    return "".join(sign for sign in unicodedata.normalize("NFKD", text) if not unicodedata.combining(sign))


@lru_cache(maxsize=1_000)
def _folded_names(names: tuple[str, ...]) -> frozenset[str]:
    return frozenset(map(folded, names))


def _condition(plain: Mapping[str, Any]) -> Condition:
    if plain["field"] == Field.AMOUNT:
        return AmountCondition(*(_bound(plain.get(name)) for name in ("least", "most")))
    return TextCondition(Field(plain["field"]), How(plain["how"]), tuple(plain["values"]))


def _bound(text: Any) -> Decimal | None:
    return None if text is None else Decimal(text)
