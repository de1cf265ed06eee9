"""What is said in a meeting: quotes with the buyer's own machines, colleagues, months and money in them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

from plugin.services.demo_company.content import PASSED, Content, Kit, draw
from plugin.services.demo_company.deal import Contact, Meeting, Words
from plugin.services.demo_company.people import person
from plugin.services.demo_company.walk import Appointment

SOONEST_HELD = timedelta(hours=2)
PLANNED_AHEAD = timedelta(days=28)
NOT_LOGGED = 0.08
BY_A_COLLEAGUE = 0.2
SUMS = (9, 12, 18, 24, 36, 48, 61, 75, 90, 120)
# "de avril", "que Anne": French drops the vowel where a filled-in word begins with one.
ELISION = re.compile(r"\b([dD]|[qQ]u)e (?=[AEIOUYÉÈaeiouéêâ])")


@dataclass
class Conversation:
    """All meetings of one deal; nobody says the same thing twice in it."""

    rng: Random
    content: Content
    contact: Contact
    now: datetime
    said: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.machine = self.rng.choice(self._slots["machine"])
        self.colleague = self.contact.name
        while self.colleague == self.contact.name:
            self.colleague = person(self.rng, self.content, self.contact.language)

    @property
    def _slots(self) -> dict[str, list[str]]:
        return self.content.slots[self.contact.language]

    def meet(self, appointment: Appointment) -> Meeting | None:
        """The meeting of an appointment: held, missed or planned; None where nobody would know of it yet."""
        if appointment.starts_at > self.now:
            soon = appointment.starts_at <= self.now + PLANNED_AHEAD and appointment.kept == "held"
            return self._meeting(appointment, "planned") if soon else None
        if appointment.starts_at > self.now - SOONEST_HELD:
            return None
        return self._held(appointment) if appointment.kept == "held" else self._meeting(appointment, appointment.kept)

    def _meeting(self, appointment: Appointment, state: str) -> Meeting:
        title = title_of(self.content.kits[appointment.kit], self.contact)
        return Meeting(appointment.starts_at, appointment.minutes, state, title, appointment.kit)

    def _held(self, appointment: Appointment) -> Meeting:
        plain = self._meeting(appointment, "held")
        words = tuple(self._say(about, appointment) for about in self._subjects(appointment))
        if self.rng.random() < NOT_LOGGED:
            return plain
        reaction = self.content.reactions[appointment.ends]
        felt, effect = draw(self.rng, reaction["felt"]), draw(self.rng, reaction["effect"])
        return Meeting(plain.starts_at, plain.minutes, "held", plain.title, plain.template, felt, effect, words)

    def _subjects(self, appointment: Appointment) -> list[int | str]:
        kit, passed = self.content.kits[appointment.kit], appointment.ends == PASSED
        canvas = [number for number in kit.canvas if self.rng.random() < (0.6 if passed else 0.4)]
        evidence = [key for key in kit.evidence if self.rng.random() < (0.8 if passed else 0.3)]
        return [*canvas, *(key for key in evidence if self._may_give(key, appointment))]

    def _may_give(self, evidence: str, appointment: Appointment) -> bool:
        needs = self.content.given_only_if.get(evidence)
        if needs == PASSED:
            return appointment.ends == PASSED and appointment.left <= self.now
        return needs is None or appointment.ends != PASSED

    def _say(self, about: int | str, appointment: Appointment) -> Words:
        group = "canvas" if isinstance(about, int) else "evidence"
        quotes = self.content.quotes[self.contact.language][group][about]
        fresh = [quote for quote in quotes if quote not in self.said] or quotes
        self.said.add(quote := self.rng.choice(fresh))
        by = self.colleague if self.rng.random() < BY_A_COLLEAGUE and "{colleague}" not in quote else self.contact.name
        return Words(by, self._fill(quote, appointment.starts_at), about)

    def _fill(self, quote: str, when: datetime) -> str:
        months = self._slots["months"]
        text = quote.format(
            machine=self.machine,
            colleague=self.colleague,
            town=self.contact.town,
            rival=self.rng.choice(self._slots["rival"]),
            month=months[(when.month - 1 - self.rng.randint(1, 3)) % 12],
            deadline=months[(when.month - 1 + self.rng.randint(2, 5)) % 12],
            money=money(self.rng.choice(SUMS), self.contact),
            n=self.rng.randint(3, 9),
        )
        if self.contact.language == "fr":
            text = ELISION.sub(r"\1'", text)
        return text[0].upper() + text[1:]


def title_of(kit: Kit, contact: Contact) -> str:
    return f"{kit.title(contact.language)} – {contact.company}"


def money(thousands: int, contact: Contact) -> str:
    """As the contact would write it; French parts figures with narrow no-break spaces."""
    if contact.language == "fr":
        return f"{thousands}\u202f000\u00a0{'francs' if contact.currency == 'CHF' else '€'}"
    return {"EUR": "€", "GBP": "£", "CHF": "CHF "}[contact.currency] + f"{thousands},000"
