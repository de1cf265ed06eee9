"""An Odoo that is connected, and launch tokens as its add-on signs them."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from plugin.services.viewer import Role
from tests.web.conftest import PEOPLE

SECRET = "a secret that is thirty-two letters long"
ODOO = "https://crm.example"
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def token(secret: str = SECRET, **claims: Any) -> str:
    """Of Ana, for her deal that is called 350 in Odoo; a claim that is None is left out."""
    moment = int(NOW.timestamp())
    said = {"iss": "uuid", "conn": "odoo", "sub": PEOPLE[Role.SALESPERSON], "name": "Ana", "lang": "en_US"}
    said |= {"deal": "350", "write": True, "iat": moment, "exp": moment + 60, "jti": "once", **claims}
    body = encoded(json.dumps({name: value for name, value in said.items() if value is not None}).encode())
    return f"{body}.{encoded(hmac.new(secret.encode(), body.encode(), hashlib.sha256).digest())}"


def encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def open_(client: FlaskClient, launch: object, connection: str = "odoo") -> TestResponse:
    return client.post(f"/{connection}/open", json={"launch": launch})
