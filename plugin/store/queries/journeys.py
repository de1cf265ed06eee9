"""Journeys that were published here, their drafts, and which pipelines follow which."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session

from plugin.domain.journey import Journey
from plugin.domain.journeys import Journeys
from plugin.store.tables import (
    Action,
    Connection,
    CrmPipeline,
    Deal,
    JourneyDraft,
    JourneyInUse,
    JourneyVersion,
    Objective,
    UserAccount,
)


@dataclass(frozen=True, slots=True)
class InUseLine:
    key: str
    version_id: int
    version: str
    main: bool
    since: datetime
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class JourneyVersionLine:
    """A version that is kept, ``number`` 1 being its journey's first. ``by`` is None for one that nobody wrote here, or
    whose writer left."""

    number: int
    id: int
    key: str
    version: str
    origin: str
    note: str
    by: str | None
    at: datetime
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class JourneyDraftLine:
    """What is being written of a journey; ``revision`` counts the saves. ``by`` is None for who left."""

    key: str
    base_version: str | None
    revision: int
    by: str | None
    at: datetime
    fields: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True)
class PipelineLine:
    """A pipeline, the journey that it names (None: the main one), and how many deals it has."""

    id: int
    connection: str
    label: str
    journey: str | None
    deals: int


def following(journeys: Journeys, journey: Journey) -> list[ColumnElement[bool]]:
    """The deals whose pipeline follows a journey, as conditions on ``deal``; none where there is only one journey."""
    if not journeys.others:
        return []
    others = [one.key for one in journeys.others]
    main = or_(CrmPipeline.journey.is_(None), CrmPipeline.journey.not_in(others))
    its = main if journey.key == journeys.main.key else CrmPipeline.journey == journey.key
    return [Deal.pipeline_id.in_(select(CrmPipeline.id).where(its))]


def journeys_in_use(session: Session) -> list[InUseLine]:
    """The main one first, then in the order of their keys."""
    rows = session.execute(
        select(
            JourneyInUse.key,
            JourneyInUse.version_id,
            JourneyVersion.version,
            JourneyInUse.main,
            JourneyInUse.since,
            JourneyVersion.text,
        )
        .join(JourneyVersion, JourneyVersion.id == JourneyInUse.version_id)
        .order_by(JourneyInUse.main.desc(), JourneyInUse.key)
    )
    return [InUseLine(*row) for row in rows]


def _versions() -> Select[int, str, str, str, str, str | None, datetime, str]:
    return select(
        JourneyVersion.id,
        JourneyVersion.key,
        JourneyVersion.version,
        JourneyVersion.origin,
        JourneyVersion.note,
        UserAccount.name,
        JourneyVersion.kept_at,
        JourneyVersion.text,
    ).outerjoin(UserAccount, UserAccount.id == JourneyVersion.kept_by)


def versions_of_journey(session: Session, key: str) -> list[JourneyVersionLine]:
    """Every version that is kept, the newest first."""
    query = _versions().where(JourneyVersion.key == key).order_by(JourneyVersion.id)
    lines = [JourneyVersionLine(number, *row) for number, row in enumerate(session.execute(query), 1)]
    return lines[::-1]


def find_journey_version(session: Session, key: str, version: str) -> JourneyVersionLine | None:
    return next((one for one in versions_of_journey(session, key) if one.version == version), None)


def journey_drafts(session: Session) -> dict[str, JourneyDraftLine]:
    """Drafts by the key of their journey."""
    rows = session.execute(
        select(
            JourneyDraft.key,
            JourneyDraft.base_version,
            JourneyDraft.revision,
            UserAccount.name,
            JourneyDraft.edited_at,
            JourneyDraft.fields,
        )
        .outerjoin(UserAccount, UserAccount.id == JourneyDraft.edited_by)
        .order_by(JourneyDraft.key)
    )
    return {row.key: JourneyDraftLine(*row) for row in rows}


def pipelines_with_journeys(session: Session) -> list[PipelineLine]:
    """Every pipeline that was ever read, with the deals that its source still has."""
    rows = session.execute(
        select(CrmPipeline.id, Connection.name, CrmPipeline.label, CrmPipeline.journey, func.count(Deal.id))
        .join(Connection, Connection.id == CrmPipeline.connection_id)
        .outerjoin(Deal, (Deal.pipeline_id == CrmPipeline.id) & Deal.gone_at.is_(None))
        .group_by(CrmPipeline.id, Connection.name, CrmPipeline.label, CrmPipeline.journey)
        .order_by(CrmPipeline.id)
    )
    return [PipelineLine(*row) for row in rows]


def journeys_with_content(session: Session) -> set[str]:
    """Those that a pipeline names, or for which somebody set an objective or planned an action."""
    columns = (CrmPipeline.journey, Objective.journey, Action.journey)
    return {key for column in columns for key in session.scalars(select(column).distinct()) if key}


def journey_key_of_deal(session: Session, public_id: str) -> str | None:
    """What the deal's pipeline names; None for the main journey, or where there is no such deal."""
    return session.scalar(
        select(CrmPipeline.journey).join(Deal, Deal.pipeline_id == CrmPipeline.id).where(Deal.public_id == public_id)
    )
