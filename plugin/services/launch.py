"""A panel within the CRM is opened with a launch token: signed by our add-on there, short-lived, and good once."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from plugin.services.add_on import ODOO, add_on_settings
from plugin.services.workspace import Workspace
from plugin.store.bulk import insert_new_rows
from plugin.store.tables import Connection, UsedLaunch

LIVES = timedelta(seconds=60)
# Two clocks are never quite the same.
SKEW = timedelta(seconds=30)
LONGEST = 4_000


class LaunchRefused(Exception):
    """The token opens nothing; the message is for a log, and tells a guesser nothing more."""


@dataclass(frozen=True, slots=True)
class Launch:
    """Who opens the panel of which deal. ``deal`` is the CRM's id; ``language`` is ``fr`` or ``en``."""

    connection_id: int
    deal: str
    login: str
    name: str
    email: str
    language: str
    may_write: bool


def framed_by(session: Session, connection: str) -> str | None:
    """The origin of the CRM that may frame the panel of this connection; None where there is none."""
    settings = session.scalar(select(Connection.settings).filter_by(name=connection, kind=ODOO))
    if settings is None:
        return None
    address = str(settings.get("address") or "").strip()
    parts = urlsplit(address if "://" in address else f"https://{address}")
    return f"{parts.scheme}://{parts.netloc}"


def redeem(session: Session, workspace: Workspace, connection: str, token: str) -> Launch:
    """What the token says, in the caller's transaction, which must be committed: that it was used is part of it.

    Raises LaunchRefused.
    """
    row = session.scalar(select(Connection).filter_by(name=connection, kind=ODOO))
    known = add_on_settings(session, workspace, connection)
    if row is None or known is None or row.paused_at is not None:
        raise LaunchRefused("no such connection")
    claims = _claims(token, known.secret)
    now = workspace.clock()
    expires = _check(claims, connection, now)
    session.execute(delete(UsedLaunch).where(UsedLaunch.expires_at < now - SKEW))
    digest = hashlib.sha256(str(claims["jti"]).encode()).hexdigest()
    used = {"connection_id": row.id, "digest": digest, "expires_at": expires}
    if not insert_new_rows(session, UsedLaunch, [used], UsedLaunch.digest):
        raise LaunchRefused("used before")
    return Launch(
        row.id,
        str(claims["deal"]),
        str(claims["sub"]),
        str(claims.get("name") or claims["sub"]),
        str(claims.get("email") or ""),
        "fr" if str(claims.get("lang") or "").startswith("fr") else "en",
        claims.get("write") is True,
    )


def _claims(token: str, secret: str) -> dict[str, Any]:
    body, _, signature = token.partition(".")
    if len(token) > LONGEST or not token.isascii():
        raise LaunchRefused("no token")
    ours = hmac.new(secret.encode(), body.encode(), hashlib.sha256).digest()
    try:
        if not hmac.compare_digest(_decoded(signature), ours):
            raise LaunchRefused("signed by somebody else")
        claims = json.loads(_decoded(body))
    except (ValueError, binascii.Error) as error:
        raise LaunchRefused("no token") from error
    if not isinstance(claims, dict):
        raise LaunchRefused("no token")
    return claims


def _decoded(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)


def _check(claims: dict[str, Any], connection: str, now: datetime) -> datetime:
    """When it runs out. A token that claims to live longer than they do was made by nobody of ours."""
    try:
        began, ends = (datetime.fromtimestamp(int(claims[name]), UTC) for name in ("iat", "exp"))
        complete = all(str(claims[name]) for name in ("deal", "sub", "jti"))
    except (KeyError, ValueError, TypeError, OverflowError, OSError) as error:
        raise LaunchRefused("incomplete") from error
    if not complete or claims.get("conn") != connection:
        raise LaunchRefused("for another connection")
    if ends - began > LIVES or not began - SKEW <= now <= ends + SKEW:
        raise LaunchRefused("not of now")
    return ends
