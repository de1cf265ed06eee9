"""One call to Odoo and what its answer means: a value, or an error named for what the caller must do.

Odoo 19 and later is asked over JSON-2; older ones over ``execute_kw``, which Odoo is taking away. Both run one method
of one model in one transaction of the database.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cached_property
from typing import Any, Protocol

import requests

from crm_adapters.errors import AccessRefused, CrmError, NotSupported, OutcomeUnknown, TryLater, UnexpectedAnswer
from crm_adapters.odoo.faults import Trouble, error_of
from crm_adapters.odoo.network import Guard, base_of, guarded_session

CONNECT_SECONDS, READ_SECONDS = 10, 120
TRIES = 6
LONGEST_WAIT = 10.0
JSON_2_SINCE = (19, 0)
OLDEST = (16, 0)
# Methods of which the first argument goes by its place: Odoo looks there for it.
BY_PLACE = {"create": "vals_list"}
Json = dict[str, Any]


class Dialect(Protocol):
    """How a call is put, and its answer read."""

    def put(self, model: str, method: str, ids: list[int] | None, named: Json) -> tuple[str, Json, dict[str, str]]:
        """Path, body and headers."""
        ...

    def answer(self, response: requests.Response) -> Any:
        """The method's value. Raises CrmError."""
        ...


@dataclass
class Client:
    """``key`` is an API key of the user ``login``. ``tries`` counts the first one."""

    address: str
    database: str
    login: str
    key: str = field(repr=False)
    guard: Guard = field(default_factory=Guard)
    tries: int = TRIES
    sleep: Callable[[float], None] = time.sleep

    def __post_init__(self) -> None:
        self.session = guarded_session(self.guard)
        self.session.headers["User-Agent"] = "Parcours"
        self.requests = 0
        # Odoo's clock at its latest answer: ours may be wrong.
        self.server_time: datetime | None = None

    def read(self, model: str, method: str, ids: list[int] | None = None, **named: Any) -> Any:
        """Ask until there is an answer: nothing is changed by asking twice."""
        return self._patiently(lambda: self._call(model, method, ids, named))

    def write(self, model: str, method: str, ids: list[int] | None = None, **named: Any) -> Any:
        """Ask once more only where nothing has happened. Raises OutcomeUnknown where it may have."""

        def once() -> Any:
            try:
                return self._call(model, method, ids, named)
            except Trouble as error:
                raise OutcomeUnknown(f"{error}; it may have been written") from error

        return self._patiently(once)

    @cached_property
    def base(self) -> str:
        return base_of(self.address, self.guard)

    @cached_property
    def version(self) -> tuple[int, int]:
        """The two first numbers of Odoo's version. Raises NotSupported where it is too old for us."""
        found: tuple[int, int] = self._patiently(self._ask_version)
        if found < OLDEST:
            raise NotSupported(f"this is Odoo {found[0]}; Parcours knows Odoo {OLDEST[0]} and later")
        return found

    @cached_property
    def dialect(self) -> Dialect:
        if self.version >= JSON_2_SINCE:
            return Json2(self.database, self.key)
        return JsonRpc(self.database, self._sign_in(), self.key)

    def _patiently(self, once: Callable[[], Any]) -> Any:
        for attempt in range(1, self.tries + 1):
            try:
                return once()
            except TryLater as error:
                if attempt == self.tries:
                    raise
                wait = error.retry_after or min(2.0**attempt / 4, LONGEST_WAIT)
                self.sleep(min(wait, LONGEST_WAIT) * (0.5 + random.random() / 2))  # noqa: S311 (spreads retries)
        raise AssertionError("no attempt was made")

    def _call(self, model: str, method: str, ids: list[int] | None, named: Json) -> Any:
        path, body, headers = self.dialect.put(model, method, ids, named)
        return self.dialect.answer(self._send(path, body, headers))

    def _send(self, path: str, body: Json | None, headers: Mapping[str, str]) -> requests.Response:
        self.requests += 1
        try:
            answer = self.session.request(
                "GET" if body is None else "POST",
                f"{self.base}{path}",
                json=body,
                headers=dict(headers),
                timeout=(CONNECT_SECONDS, READ_SECONDS),
                allow_redirects=False,
            )
        except (requests.ConnectTimeout, requests.exceptions.SSLError) as error:
            raise TryLater(f"Odoo can't be reached: {type(error).__name__}") from error
        except requests.RequestException as error:
            raise _unless_refused(error) from error
        self._listen(answer)
        return answer

    def _listen(self, answer: requests.Response) -> None:
        try:
            self.server_time = parsedate_to_datetime(answer.headers["Date"]).astimezone(UTC)
        except (KeyError, ValueError, TypeError):
            return

    def _ask_version(self) -> tuple[int, int]:
        answer = self._send("/json/version", None, {})
        if answer.status_code == requests.codes.not_found:
            answer = self._send("/jsonrpc", _rpc("common", "version", []), {})
            about = _result(answer)
        else:
            about = _json(answer)
        try:
            major, minor = about["version_info"][:2]
            # Odoo Online calls its versions "saas~18.1".
            return int(str(major).rpartition("~")[2]), int(minor)
        except (KeyError, TypeError, ValueError) as error:
            raise UnexpectedAnswer("there is something at this address, but it does not answer as Odoo does") from error

    def _sign_in(self) -> int:
        uid = _result(self._send("/jsonrpc", _rpc("common", "login", [self.database, self.login, self.key]), {}))
        if not uid:
            raise AccessRefused("Odoo does not accept the login with this key")
        return int(uid)


@dataclass(frozen=True)
class Json2:
    """``POST /json/2/<model>/<method>``: named arguments in, the bare value out."""

    database: str
    key: str

    def put(self, model: str, method: str, ids: list[int] | None, named: Json) -> tuple[str, Json, dict[str, str]]:
        headers = {"Authorization": f"bearer {self.key}", "X-Odoo-Database": self.database}
        body = dict(named) if ids is None else {"ids": ids, **named}
        return f"/json/2/{model}/{method}", body, headers

    def answer(self, response: requests.Response) -> Any:
        if response.ok:
            return _json(response)
        try:
            body = response.json()
        except ValueError:
            body = None
        raise error_of(response.status_code, body if isinstance(body, dict) else None, response.headers)


@dataclass(frozen=True)
class JsonRpc:
    """``execute_kw`` over ``/jsonrpc``: errors come with status 200."""

    database: str
    uid: int
    key: str

    def put(self, model: str, method: str, ids: list[int] | None, named: Json) -> tuple[str, Json, dict[str, str]]:
        placed = [] if ids is None else [ids]
        if method in BY_PLACE:
            named = dict(named)
            placed.append(named.pop(BY_PLACE[method]))
        given = [self.database, self.uid, self.key, model, method, placed, named]
        return "/jsonrpc", _rpc("object", "execute_kw", given), {}

    def answer(self, response: requests.Response) -> Any:
        return _result(response)


def _rpc(service: str, method: str, args: list[Any]) -> Json:
    return {
        "jsonrpc": "2.0",
        "method": "call",
        "id": 1,
        "params": {"service": service, "method": method, "args": args},
    }


def _result(answer: requests.Response) -> Any:
    if not answer.ok:
        raise error_of(answer.status_code, None, answer.headers)
    body = _json(answer)
    if not isinstance(body, dict) or not ("result" in body or "error" in body):
        raise Trouble("Odoo's answer is none of Odoo's")
    if error := body.get("error"):
        about = error.get("data") or {}
        raise error_of(None, {"name": about.get("name"), "message": about.get("message")}, answer.headers)
    return body["result"]


def _json(answer: requests.Response) -> Any:
    try:
        return answer.json()
    except ValueError as error:
        raise Trouble("Odoo's answer is cut off, or is no JSON") from error


def _unless_refused(error: requests.RequestException) -> CrmError:
    """Before anything was sent there is nothing to be unsure of."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, CrmError):
            return cause
        if type(cause).__name__ == "NewConnectionError":
            return TryLater("Odoo can't be reached")
        cause = cause.__cause__ or cause.__context__ or getattr(cause, "reason", None)
    return Trouble(f"the connection to Odoo broke: {type(error).__name__}")
