"""What is signed with the secret that this Odoo and Parcours share. No way leads back from any of it to the secret."""

import base64
import hashlib
import hmac
import json
import secrets
import time

SECONDS = 60


def launch_token(claims, secret):
    """One way into the panel, for a minute: ``<claims>.<signature>``, both base64url without padding."""
    now = int(time.time())
    # Parcours takes each jti once, so a token that is overheard opens nothing.
    whole = {**claims, "iat": now, "exp": now + SECONDS, "jti": secrets.token_hex(16)}
    body = _base64url(json.dumps(whole, separators=(",", ":")).encode())
    return f"{body}.{_base64url(_signature(secret, body.encode()))}"


def hook_key(secret):
    """The key that stands in the address of the automation rules: Odoo signs nothing that it posts."""
    return _signature(secret, b"hook").hex()


def _signature(secret, message):
    return hmac.new(secret.encode(), message, hashlib.sha256).digest()


def _base64url(content):
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()
