"""What Odoo's automation rules tell us: "look at lead 350". Odoo signs nothing, so a secret stands in the address; and
it waits for our answer within somebody's click, so nothing is done but to note it."""

from __future__ import annotations

import hashlib
import hmac
import json
from urllib.parse import parse_qs, urlsplit

from crm_adapters.errors import AccessRefused, UnexpectedAnswer
from crm_adapters.port import Delivery, Told

MODELS = {"crm.lead": "deal", "calendar.event": "meeting"}


def hook_key(secret: str) -> str:
    """The key that stands in the address: made from the secret, and no way leads back to it."""
    return hmac.new(secret.encode(), b"hook", hashlib.sha256).hexdigest()


def told(delivery: Delivery, secret: str) -> tuple[Told, ...]:
    """One record that is worth reading again. Its fields are not believed: anybody who knows the address may send."""
    given = parse_qs(urlsplit(delivery.address).query).get("key", [""])[0]
    if not secret or not hmac.compare_digest(given.encode("utf-8", "replace"), hook_key(secret).encode()):
        raise AccessRefused("this does not come from the automation rule of our Odoo")
    try:
        about = json.loads(delivery.body)
        model, record = str(about["_model"]), int(about["_id"])
    except (ValueError, TypeError, KeyError) as error:
        raise UnexpectedAnswer("what Odoo tells can't be read") from error
    if model not in MODELS:
        return ()
    # The same record may be told of again when it changes again: its date tells these apart, or else ours does.
    changed = about.get("write_date") or delivery.received_at.replace(microsecond=0).isoformat()
    key = hashlib.sha256(f"{model} {record} {changed}".encode()).hexdigest()
    return (Told(key, MODELS[model], str(record)),)
