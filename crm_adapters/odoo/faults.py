"""What Odoo's errors mean to us. Their text is Odoo's where it is fit for a person, else ours: the traceback that
Odoo adds is never read, and its words about rights name people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import requests

from crm_adapters.errors import (
    AccessRefused,
    CrmError,
    NotSupported,
    RecordGone,
    RefusedByRules,
    TryLater,
    UnexpectedAnswer,
)

RULES = ("odoo.exceptions.UserError", "odoo.exceptions.ValidationError", "odoo.exceptions.RedirectWarning")
RIGHTS = ("odoo.exceptions.AccessError",)
SIGN_IN = (
    *("werkzeug.exceptions.Unauthorized", "odoo.exceptions.AccessDenied"),
    *("odoo.http.SessionExpiredException", "werkzeug.exceptions.Forbidden"),
)
GONE = ("odoo.exceptions.MissingError",)
# Two transactions wanted one row; Odoo itself has tried again before it says so. Nothing was written.
CONFLICTS = (
    "psycopg2.errors.SerializationFailure",
    "psycopg2.errors.LockNotAvailable",
    "psycopg2.errors.DeadlockDetected",
)
CONFLICT_WORDS = ("could not serialize access", "concurrent update", "deadlock detected")


class Trouble(TryLater):
    """A read may be asked again, a write may have happened."""


def error_of(status: int | None, body: Mapping[str, Any] | None, headers: Mapping[str, str]) -> CrmError:
    """``body`` is Odoo's own account of it, None where the answer is not Odoo's; ``status`` None over JSON-RPC, which
    has none."""
    name = str((body or {}).get("name") or "")
    message = str((body or {}).get("message") or "").strip()
    if name in RULES:
        return TryLater("Odoo was busy with the same record") if is_conflict(message) else RefusedByRules(message)
    if name in RIGHTS:
        return AccessRefused("Odoo refuses access: the user of the key lacks a right to this record or model")
    if name in SIGN_IN or status == requests.codes.unauthorized:
        return AccessRefused("Odoo does not accept the key: it may have expired (most live for 90 days)")
    if name in GONE:
        return RecordGone("Odoo has no such record any more")
    if name in CONFLICTS or is_conflict(message):
        return TryLater("Odoo was busy with the same record")
    if name == "werkzeug.exceptions.NotFound":
        return NotSupported("this Odoo lacks an app or a function that is needed here")
    return _by_status(status, name, message, headers)


def is_conflict(message: str) -> bool:
    return any(words in message for words in CONFLICT_WORDS)


def _by_status(status: int | None, name: str, message: str, headers: Mapping[str, str]) -> CrmError:
    if status == requests.codes.not_found:
        return AccessRefused("there is no such database at this address")
    if status == requests.codes.too_many_requests:
        after = headers.get("Retry-After", "")
        return TryLater("Odoo asks us to slow down", float(after) if after.isdecimal() else None)
    if status is not None and status >= requests.codes.server_error and not name:
        return Trouble(f"Odoo has trouble ({status})")
    if status is not None and requests.codes.multiple_choices <= status < requests.codes.bad_request:
        return AccessRefused("the address leads to another one: give the one that it leads to")
    # Odoo answers 500 to a question that it can't read: asking again would not help.
    return UnexpectedAnswer(f"Odoo does not understand the question ({name or status}): {message[:200]}")
