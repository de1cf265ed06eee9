"""A panel within the CRM is opened with a launch token: signed, short-lived, and good once.

In Odoo our add-on signs it with the secret that we share; in HubSpot a card asks us for one, in a request that HubSpot
signed.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import secrets
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

HUBSPOT = "hubspot"
LIVES = timedelta(seconds=60)
# Two clocks are never quite the same.
SKEW = timedelta(seconds=30)
# HubSpot serves its pages from a host for each of its regions.
HUBSPOTS_PAGES = "https://*.hubspot.com"


class LaunchRefused(Exception):
    """The token opens nothing; the message is for a log, and tells a guesser nothing more."""


@dataclass(frozen=True, slots=True)
class Launch:
    """Who opens the panel of which deal. ``deal`` and ``owner`` are the CRM's ids of the deal and of the person, which
    may be empty; ``language`` is ``fr`` or ``en``; ``digest`` names the token."""

    connection_id: int
    deal: str
    login: str
    name: str
    email: str
    language: str
    may_write: bool
    owner: str
    digest: str
    expires_at: datetime


def framed_by(session: Session, connection: str) -> str | None:
    """Who may frame the panel of this connection, as a source of a content-security policy; None where nobody may."""
    row = session.scalar(select(Connection).filter_by(name=connection))
    if row is None or row.kind not in (ODOO, HUBSPOT):
        return None
    if row.kind == HUBSPOT:
        return HUBSPOTS_PAGES
    address = str(row.settings.get("address") or "").strip()
    parts = urlsplit(address if "://" in address else f"https://{address}")
    return f"{parts.scheme}://{parts.netloc}"


def read_launch(session: Session, workspace: Workspace, connection: str, token: str) -> Launch:
    """What the token says. It opens nothing yet: that it was used has to be stored. Raises LaunchRefused."""
    row = session.scalar(select(Connection).filter_by(name=connection))
    key = _key(session, workspace, row) if row and row.paused_at is None else None
    if row is None or not key:
        raise LaunchRefused("no such connection")
    claims = _claims(token, key)
    expires = _check(claims, connection, workspace.clock())
    return Launch(
        row.id,
        str(claims["deal"]),
        str(claims["sub"]),
        str(claims.get("name") or claims["sub"]),
        str(claims.get("email") or ""),
        "fr" if str(claims.get("lang") or "").startswith("fr") else "en",
        claims.get("write") is True,
        str(claims.get("uid") or ""),
        hashlib.sha256(str(claims["jti"]).encode()).hexdigest(),
        expires,
    )


def spend(session: Session, workspace: Workspace, launch: Launch) -> None:
    """Note that it was used, in the caller's transaction. Raises LaunchRefused where it was before."""
    session.execute(delete(UsedLaunch).where(UsedLaunch.expires_at < workspace.clock() - SKEW))
    used = {"connection_id": launch.connection_id, "digest": launch.digest, "expires_at": launch.expires_at}
    if not insert_new_rows(session, UsedLaunch, [used], UsedLaunch.digest):
        raise LaunchRefused("used before")


def launch_token(workspace: Workspace, connection: str, deal: str, login: str, language: str) -> str:
    """A token of our own, for a person whom HubSpot named to us."""
    began = int(workspace.clock().timestamp())
    ends = began + int(LIVES.total_seconds())
    claims = {"conn": connection, "deal": deal, "sub": login, "lang": language, "write": True}
    claims |= {"iat": began, "exp": ends, "jti": secrets.token_urlsafe(16)}
    body = _encoded(json.dumps(claims).encode())
    return f"{body}.{_encoded(_signed(_own_key(workspace, connection), body))}"


def _key(session: Session, workspace: Workspace, row: Connection) -> str | None:
    if row.kind == HUBSPOT:
        return _own_key(workspace, row.name)
    known = add_on_settings(session, workspace, row.name)
    return known.secret if known else None


def _own_key(workspace: Workspace, connection: str) -> str:
    return hmac.new(workspace.secret.encode(), f"launch:{connection}".encode(), hashlib.sha256).hexdigest()


def _claims(token: str, key: str) -> dict[str, Any]:
    body, _, signature = token.partition(".")
    if not token.isascii():
        raise LaunchRefused("no token")
    try:
        if not hmac.compare_digest(_decoded(signature), _signed(key, body)):
            raise LaunchRefused("signed by somebody else")
        claims = json.loads(_decoded(body))
    except (ValueError, binascii.Error) as error:
        raise LaunchRefused("no token") from error
    if not isinstance(claims, dict):
        raise LaunchRefused("no token")
    return claims


def _signed(key: str, body: str) -> bytes:
    return hmac.new(key.encode(), body.encode(), hashlib.sha256).digest()


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


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
