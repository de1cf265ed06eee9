"""Two years of a company that sells maintenance planning to industry in four countries."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random

from plugin.services.demo_company.book import Book
from plugin.services.demo_company.calendar import PARIS, SATURDAY, meeting_time, workdays_from
from plugin.services.demo_company.content import PASSED, Content, Offer, Pipeline, Salesperson, pick
from plugin.services.demo_company.conversations import Conversation
from plugin.services.demo_company.deal import Contact, Deal, Meeting
from plugin.services.demo_company.diary import Diary
from plugin.services.demo_company.people import Company, contact_at, found_companies, in_turn
from plugin.services.demo_company.walk import Appointment, Buyer, Walk

HISTORY_DAYS = 730
OLD_CRM_DAYS = 45
COMPANIES = 400
SUMMER_CALM = 0.6
ALIVE = timedelta(days=75)
WORKDAYS_AHEAD = 12


@dataclass(frozen=True, slots=True)
class Opening:
    """How a deal comes into a pipeline."""

    contact: Contact
    day: date
    imported: bool = False


@dataclass
class Market:
    rng: Random
    content: Content
    now: datetime

    def __post_init__(self) -> None:
        self.today = self.now.astimezone(PARIS).date()
        self.companies = found_companies(self.rng, self.content, COMPANIES)
        self.diary = Diary()

    def deals(self, count: int) -> list[Deal]:
        """``count`` deals, oldest first; the demo's salesperson's book is among them."""
        new_business, customers = self.content.pipelines
        book = Book(self.rng, self.content, self.now, self.diary).deals()[:count]
        drawn = count - len(book)
        customer_count = round(drawn * customers.share / (customers.share + new_business.share))
        prospects = [self._deal(new_business, opening) for opening in self._prospects(drawn - customer_count)]
        clients = self._clients(prospects, new_business.outcome("won"))
        deals = [*book, *prospects, *(self._deal(customers, next(clients)) for _ in range(customer_count))]
        return sorted(deals, key=lambda deal: (deal.created_at, deal.name))

    def _prospects(self, count: int) -> Iterator[Opening]:
        companies = in_turn(self.rng, self.companies)
        for _ in range(count):
            day = self._some_day()
            old = (self.today - day).days > HISTORY_DAYS - OLD_CRM_DAYS
            yield Opening(
                self._contact(next(companies)), day, old and self.rng.random() < self.content.turns["imported"]
            )

    def _clients(self, deals: list[Deal], won: str) -> Iterator[Opening]:
        """Those just won, days after the signature; then old customers, and customers whom partners bring."""
        for deal in deals:
            signed = deal.last_entry(won)
            if signed and deal.moves[-1].stage == won and (day := workdays_from(signed.date(), 3)) < self.today:
                yield Opening(deal.contact, day)
        while True:
            imported = self.rng.random() < self.content.turns["old_customer"]
            old = self.today - timedelta(days=HISTORY_DAYS - self.rng.randrange(OLD_CRM_DAYS))
            contact = self._contact(self.rng.choice(self.companies))
            yield Opening(contact, old if imported else self._some_day(), imported)

    def _contact(self, company: Company) -> Contact:
        return contact_at(self.rng, self.content, company)

    def _some_day(self) -> date:
        """A day of the last two years; few deals begin in August."""
        day = self.today - timedelta(days=self.rng.randint(1, HISTORY_DAYS))
        return self._some_day() if day.month == 8 and self.rng.random() < SUMMER_CALM else day

    def _deal(self, pipeline: Pipeline, opening: Opening) -> Deal:
        contact = opening.contact
        buyer = self._buyer(contact)
        walk = Walk(self.rng, self.content, pipeline, buyer, _desk_day(opening.day), self.now, opening.imported)
        created_at = walk.clock
        walk.go()
        offer = pick(self.rng, self.content.offers)
        return Deal(
            pipeline=pipeline.name,
            owner=buyer.owner.name,
            contact=contact,
            offer=offer.name,
            amount=self._amount(offer, contact.currency),
            source=buyer.source.key,
            persona=buyer.persona.key,
            created_at=created_at,
            moves=tuple(walk.moves),
            meetings=tuple(self._meetings(walk, contact)),
        )

    def _buyer(self, contact: Contact) -> Buyer:
        sellers = tuple(one for one in self.content.salespeople if one.language == contact.language)
        return Buyer(
            pick(self.rng, sellers), pick(self.rng, self.content.personas), pick(self.rng, self.content.sources)
        )

    def _amount(self, offer: Offer, currency: str) -> int:
        """Whole units of the currency, to the hundred."""
        price = offer.price * self.content.exchange[currency] * self.rng.lognormvariate(0, 0.35)
        return round(price / 100) * 100

    def _meetings(self, walk: Walk, contact: Contact) -> list[Meeting]:
        conversation = Conversation(self.rng, self.content, contact, self.now)
        meetings = self._kept(walk, conversation, walk.appointments)
        if any(meeting.state == "planned" for meeting in meetings):
            return meetings
        return meetings + self._kept(walk, conversation, self._next(walk))

    def _kept(self, walk: Walk, conversation: Conversation, appointments: list[Appointment]) -> list[Meeting]:
        met = map(conversation.meet, sorted(appointments, key=lambda one: one.starts_at))
        return [meeting for meeting in met if meeting and self._fits(walk.buyer.owner, meeting)]

    def _fits(self, owner: Salesperson, meeting: Meeting) -> bool:
        return meeting.state != "planned" or self.diary.take(owner.name, meeting.starts_at)

    def _next(self, walk: Walk) -> list[Appointment]:
        """The meeting that mirrors the stage, for a part of the deals that are open and alive."""
        last = walk.moves[-1]
        held = next((stage.buyer for stage in walk.pipeline.stages if stage.key == last.stage), None)
        alive = last.at is not None and last.at > self.now - ALIVE
        if held is None or not alive or self.rng.random() >= self.content.turns["next_planned"]:
            return []
        habit = self.content.habits[held]
        starts_at = meeting_time(self.rng, workdays_from(self.today, self.rng.randint(1, WORKDAYS_AHEAD)))
        return [Appointment(habit.meeting, starts_at, habit.minutes, PASSED, starts_at)]


def _desk_day(day: date) -> date:
    """A weekend's deal was entered on the Friday before, so that none begins in the future."""
    return workdays_from(day, -1) if day.weekday() >= SATURDAY else day


def make_deals(content: Content, now: datetime, seed: int, count: int) -> list[Deal]:
    """The same content, instant, seed and count give the same deals."""
    return Market(Random(seed), content, now).deals(count)  # noqa: S311 - a demo's dice, no secret's
