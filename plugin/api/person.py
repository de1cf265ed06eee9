"""Whose token this is; and the journey with its objectives, which everybody shares."""

from __future__ import annotations

from datetime import datetime

from plugin.api.edge import bearer, workspace
from plugin.api.operations import Query, operation
from plugin.api.parameters import JOURNEY, look_at_asked
from plugin.api.shapes import Shape, TextShape
from plugin.domain.journey import Loop
from plugin.services.api_tokens import Scope
from plugin.services.viewer import Role


class PersonShape(Shape):
    name: str
    email: str
    role: Role
    language: str
    time_zone: str


class TokenShape(Shape):
    """A token by its name; the token itself is told nowhere."""

    name: str
    scopes: tuple[Scope, ...]
    created_at: datetime
    expires_at: datetime


class Me(Shape):
    """The person who made the token, and what it opens until when."""

    viewer: PersonShape
    token: TokenShape


class EvidenceText(Shape):
    key: str
    text: TextShape


class StageShape(Shape):
    """``distance`` is in gates to the next purchase act; ``meetings`` are the kits that mirror the stage."""

    key: str
    name: TextShape
    loop: Loop
    position: int
    distance: int
    question: TextShape
    objective: TextShape
    evidence: tuple[EvidenceText, ...]
    meetings: tuple[str, ...]


class Objectives(Shape):
    """The buyer's journey, in its order."""

    key: str
    name: TextShape
    stages: tuple[StageShape, ...]


@operation("GET", "/me", Me)
def read_me() -> Me:
    """Whose token this is, and what it opens."""
    return Me.of(bearer())


class ObjectivesQuery(Query):
    journey: str | None = JOURNEY


@operation("GET", "/objectives", Objectives, scope=Scope.MEETINGS_READ, query=ObjectivesQuery, problems=(422,))
def read_objectives(query: ObjectivesQuery) -> Objectives:
    """Each buyer stage with its objective in both languages, its exit evidence and its meetings."""
    look_at_asked(query.journey)
    return Objectives.of(workspace().journey)


OPERATIONS = (read_me, read_objectives)
