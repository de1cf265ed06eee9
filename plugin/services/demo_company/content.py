"""What the demo's company is made of: names, quotes and habits, read from the files beside this one."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from importlib.resources import files
from random import Random
from typing import Any, Protocol, TypeVar

import yaml

PASSED, BACK, LOST, STALLED = "passed", "back", "lost", "stalled"


class Weighted(Protocol):
    @property
    def share(self) -> float: ...


W = TypeVar("W", bound=Weighted)


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage of the CRM, named for what the seller does; ``buyer`` is None for outcomes and where nobody mapped it."""

    key: str
    label: str
    outcome: str
    buyer: str | None = None


@dataclass(frozen=True, slots=True)
class Pipeline:
    name: str
    share: float
    loops: dict[str, list[str]]
    first: str
    goes_on: float
    new_round: float
    stages: tuple[Stage, ...]

    def rooms(self, buyer: str) -> list[str]:
        """The CRM stages that share a buyer stage."""
        return [stage.key for stage in self.stages if stage.buyer == buyer]

    def outcome(self, outcome: str) -> str:
        return next(stage.key for stage in self.stages if stage.outcome == outcome)

    @property
    def unmapped(self) -> str:
        return next(stage.key for stage in self.stages if stage.outcome == "open" and stage.buyer is None)

    def loop_of(self, buyer: str) -> str:
        return next(loop for loop, buyers in self.loops.items() if buyer in buyers)


@dataclass(frozen=True, slots=True)
class Habit:
    """How buyers behave in one stage; ``company.yaml`` says what each figure means."""

    passes: float
    back: float
    days: float
    spread: float
    skip: float
    meeting: str
    minutes: int
    meets: float
    helps: float


@dataclass(frozen=True, slots=True)
class Kit:
    fr: str
    en: str
    canvas: tuple[int, ...]
    evidence: tuple[str, ...]

    def title(self, language: str) -> str:
        return self.fr if language == "fr" else self.en


@dataclass(frozen=True, slots=True)
class Trait:
    """A persona or a source: how often it occurs and what it does to the odds of passing and to the days."""

    key: str
    share: float
    odds: float
    pace: float


@dataclass(frozen=True, slots=True)
class Salesperson:
    name: str
    email: str
    language: str
    share: float
    odds: float
    pace: float
    prepares: float


@dataclass(frozen=True, slots=True)
class Offer:
    name: str
    share: float
    price: float


@dataclass(frozen=True, slots=True)
class Country:
    name: str
    share: float
    languages: dict[str, float]
    currency: str
    kinds: list[str]
    stems: list[str]
    towns: list[str]


@dataclass(frozen=True, slots=True)
class Content:
    """Everything that is data; the generator holds only the rules."""

    pipelines: tuple[Pipeline, ...]
    habits: dict[str, Habit]
    kits: dict[str, Kit]
    given_only_if: dict[str, str]
    turns: dict[str, float]
    reactions: dict[str, dict[str, dict[str, float]]]
    personas: tuple[Trait, ...]
    titles: dict[str, dict[str, list[str]]]
    sources: tuple[Trait, ...]
    salespeople: tuple[Salesperson, ...]
    offers: tuple[Offer, ...]
    exchange: dict[str, float]
    robots: dict[str, str]
    web_sources: list[str]
    countries: tuple[Country, ...]
    people: dict[str, dict[str, list[str]]]
    slots: dict[str, dict[str, list[str]]]
    quotes: dict[str, dict[str, dict[int | str, list[str]]]]
    book: dict[str, Any]


def load_content() -> Content:
    company, names = _read("company"), _read("names")
    return Content(
        pipelines=tuple(_pipeline(row) for row in company["pipelines"]),
        habits={key: Habit(**row) for key, row in company["habits"].items()},
        kits={key: _kit(row) for key, row in company["kits"].items()},
        given_only_if=company["given_only_if"],
        turns=company["turns"],
        reactions=company["reactions"],
        personas=tuple(Trait(key, **row) for key, row in company["personas"].items()),
        titles=company["titles"],
        sources=tuple(Trait(key, **row) for key, row in company["sources"].items()),
        salespeople=tuple(Salesperson(name, _email(name), **row) for name, row in company["salespeople"].items()),
        offers=tuple(Offer(name, **row) for name, row in company["offers"].items()),
        exchange=company["exchange"],
        robots=company["robots"],
        web_sources=company["web_sources"],
        countries=tuple(Country(**row) for row in names["countries"].values()),
        people=names["people"],
        slots=names["slots"],
        quotes={language: _read(f"quotes_{language}") for language in ("en", "fr")},
        book=_read("book"),
    )


def load_returns() -> dict[str, list[dict[str, str]]]:
    """By the stage that buyers go back to, what they say then in each language, and which signal that is."""
    returns: dict[str, list[dict[str, str]]] = _read("returns")
    return returns


def pick(rng: Random, among: tuple[W, ...]) -> W:
    """One of several, each as likely as its share."""
    return rng.choices(among, [one.share for one in among])[0]


def draw(rng: Random, weights: dict[str, float]) -> str:
    """A key, as likely as its weight."""
    return rng.choices(list(weights), list(weights.values()))[0]


def _read(name: str) -> Any:
    return yaml.safe_load(files(__package__).joinpath(f"{name}.yaml").read_text(encoding="utf-8"))


def _pipeline(row: dict[str, Any]) -> Pipeline:
    return Pipeline(**{**row, "stages": tuple(Stage(**stage) for stage in row["stages"])})


def _kit(row: dict[str, Any]) -> Kit:
    return Kit(row["fr"], row["en"], tuple(row["canvas"]), tuple(row["evidence"]))


def _email(name: str) -> str:
    return f"{slug(name.split()[0])}@alidade.example"


def slug(name: str) -> str:
    """ASCII letters, digits and hyphens: fit for a host name."""
    plain = unicodedata.normalize("NFKD", name.lower()).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
