"""Deals: all of them, batch by batch; one of them; the way that its buyer came; what to play next."""

from __future__ import annotations

from typing import Annotated, Literal

from flask import abort
from pydantic import Field

from plugin.api.cursors import Cursor, beginning, cursor
from plugin.api.edge import session, viewer, workspace
from plugin.api.operations import Query, operation
from plugin.api.parameters import Number
from plugin.api.problems import refuse_input
from plugin.api.shapes import (
    AnswerShape,
    ContactShape,
    DealShape,
    DirectionShape,
    EvidenceShape,
    FollowUpShape,
    MeetingShape,
    Shape,
    StandingShape,
    StepShape,
    VisitShape,
)
from plugin.domain.next_meeting import Why
from plugin.domain.typed_text import tidy
from plugin.services.api_tokens import Scope
from plugin.services.deal_list import deal_batch
from plugin.services.deal_page import DealPage, deal_page, planned_meeting
from plugin.services.readings import DealReading, read_deals
from plugin.store.queries.deals import find_deal


class DealsQuery(Query):
    state: Literal["open", "won", "lost", "all"] = "open"
    stage: str | None = Field(None, max_length=60, description="The key of a buyer stage.")
    persona: str | None = Field(None, max_length=200, description="The key of a persona, or a name that it goes by.")
    q: str = Field("", max_length=200, description="A part of the name of the deal, the company or the first contact.")
    cursor: Cursor | None = Field(None, description="What the batch before gave as `next`.")
    limit: Annotated[int, Number] = Field(50, ge=1, le=100)


class Deals(Shape):
    """In the order in which we came to know them. ``next`` is the cursor of the next batch, null at the end."""

    deals: tuple[DealShape, ...]
    next: Cursor | None


class DealDetail(Shape):
    """Everything about one deal. ``unmapped`` counts moves into stages that nobody has mapped."""

    deal: DealShape
    standing: StandingShape
    direction: DirectionShape | None
    alert: bool
    unmapped: int
    contacts: tuple[ContactShape, ...]
    evidence: tuple[EvidenceShape, ...]
    answers: tuple[AnswerShape, ...]
    planned: MeetingShape | None
    plan: tuple[StepShape, ...]
    follow_ups: tuple[FollowUpShape, ...]

    @classmethod
    def of_page(cls, page: DealPage) -> DealDetail:
        reading = page.reading
        return cls.model_validate(
            {
                "deal": reading.deal,
                "standing": reading.standing,
                "direction": reading.direction,
                "alert": reading.alert,
                "unmapped": reading.unmapped,
                "contacts": page.contacts,
                "evidence": page.evidence,
                "answers": page.answers,
                "planned": page.planned,
                "plan": page.steps,
                "follow_ups": reading.follow_ups,
            }
        )


class History(Shape):
    visits: tuple[VisitShape, ...]


class ReasonShape(Shape):
    """``about`` are the keys that it speaks of: a stage, evidence, question numbers, a persona type."""

    why: Why
    about: tuple[str, ...]


class ChoiceShape(Shape):
    """The meeting to play, for which stage, and what it must bring."""

    template: str
    stage: str
    reasons: tuple[ReasonShape, ...]
    missing_evidence: tuple[str, ...]
    open_questions: tuple[int, ...]


class Next(Shape):
    """``choice`` is null where there is nothing to play: the deal is lost, gone, or at the end of the journey."""

    choice: ChoiceShape | None
    planned: MeetingShape | None
    direction: DirectionShape | None


@operation("GET", "/deals", Deals, query=DealsQuery, scope=Scope.DEALS_READ, problems=(422,))
def list_deals(query: DealsQuery) -> Deals:
    """The deals that you may see, batch by batch. Whoever reads on finds each once, whatever is added meanwhile."""
    if query.stage is not None and not any(query.stage in one for one in workspace().journeys):
        raise refuse_input(422, [(("stage",), "No journey has a stage of this key.")])
    persona = workspace().persona_called(tidy(query.persona)) if query.persona is not None else None
    if query.persona is not None and persona is None:
        raise refuse_input(422, [(("persona",), "No persona goes by this name.")])
    after = beginning(query.cursor)
    found = deal_batch(session(), viewer(), tidy(query.q), query.stage, query.state, after, query.limit, persona)
    batch = {"deals": found.deals, "next": cursor(found.last) if found.last is not None else None}
    return Deals.model_validate(batch)


@operation("GET", "/deals/{id}", DealDetail, scope=Scope.DEALS_READ)
def read_deal(id: str) -> DealDetail:
    """Where the buyer stands, which way they move, what they said, and the mutual plan."""
    return DealDetail.of_page(_page(id))


@operation("GET", "/deals/{id}/history", History, scope=Scope.DEALS_READ)
def read_history(id: str) -> History:
    """The buyer's visits to the stages, with the ways back and the rounds."""
    return History.of(_page(id))


@operation("GET", "/deals/{id}/next", Next, scope=Scope.DEALS_READ)
def read_next(id: str) -> Next:
    """The meeting to play next, and why."""
    reading = _reading(id)
    planned = planned_meeting(reading.meetings)
    return Next.model_validate({"choice": reading.choice, "planned": planned, "direction": reading.direction})


OPERATIONS = (list_deals, read_deal, read_history, read_next)


def _page(public_id: str) -> DealPage:
    return deal_page(session(), workspace(), viewer(), public_id) or abort(404)


def _reading(public_id: str) -> DealReading:
    deal = find_deal(session(), public_id, viewer().only_owner) or abort(404)
    (reading,) = read_deals(session(), workspace(), [deal])
    return reading
