"""Templates that were published or used here, the brand, and pictures."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import Session

from plugin.store.tables import (
    Brand,
    Meeting,
    StoredPicture,
    TemplateDraft,
    TemplateInUse,
    TemplateVersion,
    UserAccount,
)


@dataclass(frozen=True, slots=True)
class VersionLine:
    """A version that is kept. ``pictures`` are digests by name; ``by`` is None for a folder's, or who left."""

    id: int
    key: str
    version: str
    origin: str
    note: str
    by: str | None
    at: datetime
    files: Mapping[str, str] = field(repr=False)
    pictures: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True)
class DraftLine:
    """What is being written of a template; ``revision`` counts the saves. ``by`` is None for who left."""

    key: str
    base_version: str | None
    revision: int
    by: str | None
    at: datetime
    files: Mapping[str, str] = field(repr=False)
    pictures: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True)
class PictureLine:
    digest: str
    media_type: str
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class BrandLine:
    """``accent`` is ``#rrggbb``, ``theme`` one of the presenter's, ``logo`` the digest of a stored picture."""

    accent: str
    theme: str
    logo: str | None


def _versions() -> Select[int, str, str, str, str, str | None, datetime, dict[str, str], dict[str, str]]:
    return select(
        TemplateVersion.id,
        TemplateVersion.key,
        TemplateVersion.version,
        TemplateVersion.origin,
        TemplateVersion.note,
        UserAccount.name,
        TemplateVersion.kept_at,
        TemplateVersion.files,
        TemplateVersion.pictures,
    ).outerjoin(UserAccount, UserAccount.id == TemplateVersion.kept_by)


def versions_in_use(session: Session) -> dict[str, int]:
    """Template key -> id of the version that was published in place of the folder's."""
    return dict(session.execute(select(TemplateInUse.key, TemplateInUse.version_id)).all())


def versions_by_id(session: Session, ids: Collection[int]) -> list[VersionLine]:
    return [VersionLine(*row) for row in session.execute(_versions().where(TemplateVersion.id.in_(ids)))]


def versions_of(session: Session, key: str) -> list[VersionLine]:
    """Every version of a template that is kept, the newest first."""
    query = _versions().where(TemplateVersion.key == key).order_by(TemplateVersion.id.desc())
    return [VersionLine(*row) for row in session.execute(query)]


def find_version(session: Session, key: str, version: str) -> VersionLine | None:
    query = _versions().where(TemplateVersion.key == key, TemplateVersion.version == version)
    row = session.execute(query).first()
    return VersionLine(*row) if row else None


def find_drafts(session: Session, *conditions: ColumnElement[bool]) -> dict[str, DraftLine]:
    """Drafts by the key of their template."""
    rows = session.execute(
        select(
            TemplateDraft.key,
            TemplateDraft.base_version,
            TemplateDraft.revision,
            UserAccount.name,
            TemplateDraft.edited_at,
            TemplateDraft.files,
            TemplateDraft.pictures,
        )
        .outerjoin(UserAccount, UserAccount.id == TemplateDraft.edited_by)
        .where(*conditions)
    )
    return {row.key: DraftLine(*row) for row in rows}


def find_draft(session: Session, key: str) -> DraftLine | None:
    return find_drafts(session, TemplateDraft.key == key).get(key)


def meetings_by_version(session: Session, key: str) -> dict[str, list[int]]:
    """Which version was used in which meetings (their ids), for reports that compare versions."""
    found: dict[str, list[int]] = {}
    rows = session.execute(
        select(Meeting.template_version, Meeting.id).where(
            Meeting.template == key, Meeting.template_version.is_not(None), Meeting.removed_at.is_(None)
        )
    )
    for version, meeting_id in rows:
        found.setdefault(str(version), []).append(meeting_id)
    return found


def find_pictures(session: Session, digests: Collection[str]) -> dict[str, PictureLine]:
    rows = session.execute(
        select(StoredPicture.digest, StoredPicture.media_type, StoredPicture.data).where(
            StoredPicture.digest.in_(digests)
        )
    )
    return {row.digest: PictureLine(*row) for row in rows}


def find_brand(session: Session) -> BrandLine | None:
    row = session.execute(select(Brand.accent, Brand.theme, Brand.logo)).first()
    return BrandLine(*row) if row else None
