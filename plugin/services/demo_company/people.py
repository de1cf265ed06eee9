"""Companies and the people in them: invented, none twice, at domains that can't exist."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from plugin.services.demo_company.content import Content, Country, draw, slug
from plugin.services.demo_company.deal import Contact


@dataclass(frozen=True, slots=True)
class Company:
    name: str
    town: str
    country: Country


def found_companies(rng: Random, content: Content, count: int) -> list[Company]:
    """About ``count`` companies over the countries, by share, in random order."""
    whole = sum(country.share for country in content.countries)
    companies = [
        Company(name, rng.choice(country.towns), country)
        for country in content.countries
        for name in _names(rng, country, round(count * country.share / whole))
    ]
    rng.shuffle(companies)
    return companies


def _names(rng: Random, country: Country, count: int) -> list[str]:
    every = [country.name.format(kind=kind, stem=stem) for kind in country.kinds for stem in country.stems]
    return rng.sample(every, min(count, len(every)))


def contact_at(rng: Random, content: Content, company: Company) -> Contact:
    language = draw(rng, company.country.languages)
    return Contact(
        name := person(rng, content, language),
        email_of(name, company.name),
        language,
        company.name,
        company.town,
        company.country.currency,
    )


def person(rng: Random, content: Content, language: str) -> str:
    names = content.people[language]
    return f"{rng.choice(names['first'])} {rng.choice(names['last'])}"


def email_of(name: str, company: str) -> str:
    return f"{slug(name).replace('-', '.')}@{slug(company)}.example"


def in_turn(rng: Random, companies: list[Company]) -> Iterator[Company]:
    """Every company once, then some of them again, without end."""
    yield from companies
    while True:
        yield rng.choice(companies)
