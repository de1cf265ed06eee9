"""One request to HubSpot and what its answer means: a value, or an error named for what the caller must do."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import requests

from crm_adapters.errors import (
    AccessRefused,
    CrmError,
    OutcomeUnknown,
    RecordGone,
    RefusedByRules,
    TryLater,
    UnexpectedAnswer,
)
from crm_adapters.hubspot.pacing import WINDOW, Pace

CONNECT_SECONDS, READ_SECONDS = 10, 60
TRIES = 6
# HubSpot's own list of what may be asked again (423 is a lock, 477 a migration).
PASSING = frozenset({423, 429, 477, 500, 502, 503, 504, 521, 523, 524})
Json = dict[str, Any]


@dataclass
class Transport:
    """``token`` gives the access token; called with ``refused=True`` after a 401 it may give another one."""

    host: str
    token: Callable[[bool], str]
    pace: Pace
    tries: int = TRIES

    def __post_init__(self) -> None:
        self.session = requests.Session()
        self.session.headers["User-Agent"] = "Parcours"
        self.requests = 0
        self.calls_left: int | None = None
        # The server's clock at its latest answer: ours may be wrong.
        self.server_time: datetime | None = None

    def read(self, method: str, path: str, *, searching: bool = False, **given: Any) -> Json:
        """Ask until there is an answer: nothing is changed by asking twice."""
        last: CrmError = TryLater("HubSpot does not answer")
        for attempt in range(self.tries):
            if attempt:
                self._rest(attempt, last)
            try:
                return self._ask(method, path, searching, given)
            except (TryLater, UnexpectedAnswer) as error:
                if isinstance(error, TryLater) and error.retry_after and error.retry_after > READ_SECONDS:
                    raise
                last = error
            except requests.RequestException as error:
                last = TryLater(f"HubSpot can't be reached: {type(error).__name__}")
        raise last

    def write(self, method: str, path: str, **given: Any) -> Json:
        """Ask once. Where the answer is lost nobody knows what became of it: OutcomeUnknown."""
        try:
            return self._ask(method, path, False, given)
        except requests.ConnectTimeout as error:
            raise TryLater("HubSpot can't be reached: ConnectTimeout") from error
        except requests.RequestException as error:
            raise OutcomeUnknown(f"HubSpot's answer was lost: {type(error).__name__}") from error
        except UnexpectedAnswer as error:
            raise OutcomeUnknown(f"HubSpot's answer can't be read: {error}") from error
        except _ServerTrouble as error:
            raise OutcomeUnknown(str(error)) from error

    def _ask(self, method: str, path: str, searching: bool, given: Mapping[str, Any]) -> Json:
        self.pace.wait(searching)
        answer = self._send(method, path, given, refused=False)
        if answer.status_code == requests.codes.unauthorized:
            answer = self._send(method, path, given, refused=True)
        self._listen(answer)
        if answer.ok:
            return _json(answer)
        raise error_of(answer.status_code, _body(answer), answer.headers)

    def _send(self, method: str, path: str, given: Mapping[str, Any], refused: bool) -> requests.Response:
        self.requests += 1
        return self.session.request(
            method,
            f"{self.host}{path}",
            headers={"Authorization": f"Bearer {self.token(refused)}"},
            timeout=(CONNECT_SECONDS, READ_SECONDS),
            allow_redirects=False,
            **given,
        )

    def _listen(self, answer: requests.Response) -> None:
        headers = answer.headers
        self.pace.told(_number(headers, "X-HubSpot-RateLimit-Max"), _number(headers, "X-HubSpot-RateLimit-Remaining"))
        daily = _number(headers, "X-HubSpot-RateLimit-Daily-Remaining")
        self.calls_left = self.calls_left if daily is None else daily
        if "Date" in headers:
            try:
                self.server_time = parsedate_to_datetime(headers["Date"]).astimezone(UTC)
            except ValueError:
                return

    def _rest(self, attempt: int, last: CrmError) -> None:
        asked = last.retry_after if isinstance(last, TryLater) else None
        wait = asked or min(2.0**attempt, WINDOW) * (0.5 + random.random() / 2)  # noqa: S311 (spreads retries)
        self.pace.refused(wait) if asked else self.pace.sleep(wait)


class _ServerTrouble(TryLater):
    """A 5xx: a read may be asked again, a write may have happened."""


def error_of(status: int, body: Json, headers: Mapping[str, str]) -> CrmError:
    """The error that an answer means. Messages are HubSpot's own; they hold no token."""
    message = str(body.get("message") or f"HubSpot answers {status}")
    if status == requests.codes.too_many_requests:
        return _too_many(body, headers)
    if status in PASSING:
        return _ServerTrouble(f"HubSpot has trouble ({status}): {message}", _number(headers, "Retry-After"))
    if status == requests.codes.unauthorized:
        return AccessRefused(f"HubSpot does not accept the token: {message}")
    if status == requests.codes.forbidden:
        return AccessRefused(_with_scopes(message, body))
    if status in (requests.codes.not_found, requests.codes.gone):
        return RecordGone(message)
    if status in (requests.codes.bad_request, requests.codes.conflict, requests.codes.unprocessable):
        return RefusedByRules(message, _fields(body))
    return UnexpectedAnswer(f"HubSpot answers {status}: {message}")


def _too_many(body: Json, headers: Mapping[str, str]) -> TryLater:
    daily = "DAILY" in str(body.get("policyName", "")).upper()
    after = _number(headers, "Retry-After")
    if daily:
        return TryLater("HubSpot's calls of today are used up", float(after or 3600))
    return TryLater("HubSpot asks us to slow down", float(after or WINDOW))


def _with_scopes(message: str, body: Json) -> str:
    context = body.get("context") or {}
    scopes = [*context.get("missingScopes", []), *context.get("requiredGranularScopes", [])]
    for error in body.get("errors") or []:
        inner = error.get("context") or {}
        scopes += [*inner.get("missingScopes", []), *inner.get("requiredGranularScopes", [])]
    return f"HubSpot refuses access; missing scopes: {', '.join(dict.fromkeys(scopes))}" if scopes else message


def _fields(body: Json) -> tuple[str, ...]:
    found: list[str] = []
    for error in body.get("errors") or []:
        found += (error.get("context") or {}).get("propertyName", [])
    return tuple(dict.fromkeys(found))


def _json(answer: requests.Response) -> Json:
    if answer.status_code == requests.codes.no_content:
        return {}
    body = _body(answer)
    if not body:
        raise UnexpectedAnswer("HubSpot answers with something that is no JSON object")
    return body


def _body(answer: requests.Response) -> Json:
    try:
        body = answer.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _number(headers: Mapping[str, str], name: str) -> int | None:
    text = headers.get(name, "")
    return int(text) if text.isdecimal() else None
