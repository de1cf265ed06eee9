"""HubSpot's API over an ``Account``: both families of paths, its limits and its errors."""

from __future__ import annotations

import base64
import hashlib
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from threading import Thread
from typing import Any, NoReturn
from uuid import uuid4

from flask import Flask, Response, jsonify, request
from werkzeug.serving import WSGIRequestHandler, make_server

from tests.fakes.hubspot.account import KINDS, TYPES, Account, Conflict, Record, iso
from tests.fakes.hubspot.faults import Fault, Faults, Limits

TOKEN = "pat-eu1-of-the-tests"
LISTED, WITH_HISTORY, BATCH, SEARCHED, MOST_FOUND = 100, 50, 100, 200, 10_000
DATED = ("2026-03", "2026-09")
OPERATORS = {
    "EQ": lambda value, wanted: value == wanted,
    "NEQ": lambda value, wanted: value != wanted,
    "GT": lambda value, wanted: number(value) > number(wanted),
    "GTE": lambda value, wanted: number(value) >= number(wanted),
    "LT": lambda value, wanted: number(value) < number(wanted),
    "LTE": lambda value, wanted: number(value) <= number(wanted),
    "HAS_PROPERTY": lambda value, _wanted: value is not None,
}


class Refusal(Exception):
    def __init__(self, status: int, category: str, message: str, **more: Any) -> None:
        self.status, self.category, self.message, self.more = status, category, message, more


@dataclass
class FakeHubSpot:
    """Serves until it is closed; ``address`` is where. ``scopes`` are those that the token has (None: all)."""

    account: Account = field(default_factory=Account)
    faults: Faults = field(default_factory=Faults)
    limits: Limits = field(default_factory=lambda: Limits(ten_seconds=10**9, searches=10**9))
    token: str = TOKEN
    scopes: set[str] | None = None
    requests: list[tuple[str, str]] = field(default_factory=list)
    underfilled: bool = False
    app_of: tuple[str, str] = ("our-app", "our-secret")
    # code → the challenge that it was asked with
    codes: dict[str, str] = field(default_factory=dict)
    issued: dict[str, float] = field(default_factory=dict)
    refresh_tokens: set[str] = field(default_factory=lambda: {"refresh-1"})
    lifetime: int = 1_800

    def __enter__(self) -> FakeHubSpot:
        self.server = make_server("127.0.0.1", 0, self.app(), threaded=True, request_handler=_Quiet)
        self.address = f"http://127.0.0.1:{self.server.port}"
        self.thread = Thread(target=self.server.serve_forever, args=(0.01,), daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()

    def app(self) -> Flask:
        app = Flask(__name__)
        app.json.sort_keys = False  # type: ignore[attr-defined]
        app.url_map.strict_slashes = False
        app.before_request(self._before)
        app.after_request(self._after)
        app.register_error_handler(Refusal, _refused)
        for version in ("v3", *DATED):
            objects = "/crm/v3/objects/<kind>" if version == "v3" else f"/crm/objects/{version}/<kind>"
            for rule, method, view in (
                (objects, "GET", self.list),
                (objects, "POST", self.create),
                (f"{objects}/search", "POST", self.search),
                (f"{objects}/batch/read", "POST", self.batch),
                (f"{objects}/<id_>", "GET", self.get),
                (f"{objects}/<id_>", "PATCH", self.patch),
                (f"{objects}/<id_>", "DELETE", self.delete),
                (f"{_crm('pipelines', version)}/<kind>", "GET", self.pipelines),
                (_crm("owners", version), "GET", self.owners),
                (f"{_crm('properties', version)}/<kind>", "POST", self.make_property),
                (f"{_crm('properties', version)}/<kind>/<name>", "GET", self.get_property),
                (
                    "/crm/v4/associations/<kind>/<to_kind>/batch/read"
                    if version == "v3"
                    else f"/crm/associations/{version}/<kind>/<to_kind>/batch/read",
                    "POST",
                    self.read_associations,
                ),
                (
                    "/account-info/v3/details" if version == "v3" else f"/account-info/{version}/details",
                    "GET",
                    self.details,
                ),
            ):
                app.add_url_rule(rule, f"{version} {method} {rule}", view, methods=[method])
            path = "/oauth/v3/token" if version == "v3" else f"/oauth/{version}/token"
            app.add_url_rule(path, f"{version} token", self.token_, methods=["POST"])
            app.add_url_rule(f"{path}/revoke", f"{version} revoke", self.revoke, methods=["POST"])
        return app

    # Before and behind every answer

    def _before(self) -> Response | tuple[Response, int] | None:
        self.requests.append((request.method, request.path))
        searching = request.path.endswith("/search")
        fault = self.faults.next(request)
        request.environ["fault"] = fault
        if fault and fault.what == "reset":
            _cut()
        if fault and fault.what == "slow":
            time.sleep(fault.seconds)
        if fault and fault.what == "status":
            return jsonify(_error("SERVER_ERROR", "something broke")), fault.status
        if policy := self.limits.take(searching):
            body = {
                **_error("RATE_LIMITS", "You have reached your limit."),
                "errorType": "RATE_LIMIT",
                "policyName": policy,
            }
            return jsonify(body), 429
        if request.path.startswith("/oauth/"):
            return None
        if not self._knows(request.headers.get("Authorization", "").removeprefix("Bearer ")):
            return jsonify(_error("INVALID_AUTHENTICATION", "Authentication credentials not found.")), 401
        return None

    def _after(self, answer: Response) -> Response:
        fault: Fault | None = request.environ.get("fault")
        answer.headers.update(self.limits.headers(request.path.endswith("/search")))
        answer.headers["X-HubSpot-Correlation-Id"] = str(uuid4())
        answer.headers["Date"] = format_datetime(self.account.clock().astimezone(UTC), usegmt=True)
        if fault and fault.what == "lost":
            _cut()
        if fault and fault.what == "html":
            return Response("<html>Down for maintenance</html>", mimetype="text/html")
        if fault and fault.what == "empty":
            return jsonify({})
        if fault and fault.what == "truncated":
            return Response(answer.get_data()[: answer.content_length // 2 or 1], mimetype="application/json")
        if fault and fault.what == "drip":
            return Response(_drip(answer.get_data(), fault.seconds), mimetype="application/json")
        return answer

    def _knows(self, token: str) -> bool:
        ends = self.issued.get(token)
        return token == self.token or (ends is not None and ends > time.time())

    def token_(self) -> Any:
        """Tokens for a code (with PKCE), or for a refresh token; each lives for half an hour."""
        form = request.form
        if (form.get("client_id"), form.get("client_secret")) != self.app_of:
            return jsonify(_error("BAD_CLIENT", "missing or unknown client")), 400
        if form.get("grant_type") == "refresh_token":
            if form.get("refresh_token") not in self.refresh_tokens:
                body = {"status": "BAD_REFRESH_TOKEN", "message": "missing or invalid refresh token"}
                return jsonify(body), 400
        else:
            challenge = self.codes.pop(form.get("code", ""), None)
            digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
            if challenge != base64.urlsafe_b64encode(digest).decode().rstrip("="):
                return jsonify({"status": "BAD_AUTH_CODE", "message": "missing or unknown auth code"}), 400
        token = f"access-{len(self.issued) + 1}"
        self.issued[token] = time.time() + self.lifetime
        refresh = next(iter(self.refresh_tokens))
        found = {"access_token": token, "refresh_token": refresh, "expires_in": self.lifetime, "token_type": "bearer"}
        return jsonify(found)

    def revoke(self) -> Any:
        if (request.form.get("client_id"), request.form.get("client_secret")) != self.app_of:
            return jsonify(_error("BAD_CLIENT", "missing or unknown client")), 400
        self.refresh_tokens.discard(request.form.get("token", ""))
        return "", 204

    # Objects

    def list(self, kind: str) -> Any:
        kind = self._kind(kind, "read")
        names, history = _names("properties"), _names("propertiesWithHistory")
        limit = _limit(10, WITH_HISTORY if history else LISTED)
        archived = request.args.get("archived") == "true"
        found = [one for one in self._ordered(kind) if (one.archived_at is not None) == archived]
        after = _after_mark()
        page = [one for one in found if int(one.id) > after][:limit]
        more = any(int(one.id) > int(page[-1].id) for one in found) if page else False
        results = [self._seen(one, names, history, _names("associations")) for one in page]
        return jsonify(_page(results, page[-1].id if more else None))

    def create(self, kind: str) -> Any:
        kind = self._kind(kind, "write")
        body = _body()
        to = [(one["to"]["id"], one["types"]) for one in body.get("associations", ())]
        for id_, types in to:
            self._check_association(kind, id_, types)
        record = self._write(kind, _properties(body), None)
        for id_, types in to:
            to_kind = next(
                b for (a, b), number_ in TYPES.items() if a == kind and number_ == types[0]["associationTypeId"]
            )
            self.account.associate(kind, record.id, to_kind, id_)
        return jsonify(record.seen(list(record.properties), [])), 201

    def get(self, kind: str, id_: str) -> Any:
        kind = self._kind(kind, "read")
        record = self._find(kind, id_)
        if record is None or (record.archived_at is not None) != (request.args.get("archived") == "true"):
            raise Refusal(404, "OBJECT_NOT_FOUND", f"Object not found. objectId: {id_}")
        return jsonify(
            self._seen(record, _names("properties"), _names("propertiesWithHistory"), _names("associations"))
        )

    def patch(self, kind: str, id_: str) -> Any:
        kind = self._kind(kind, "write")
        record = self._find(kind, id_)
        if record is None or record.archived_at:
            raise Refusal(404, "OBJECT_NOT_FOUND", f"Object not found. objectId: {id_}")
        self._write(kind, _properties(_body()), record.id)
        return jsonify(record.seen(list(record.properties), []))

    def delete(self, kind: str, id_: str) -> Any:
        kind = self._kind(kind, "write")
        if self.account.find(kind, id_):
            self.account.archive(kind, id_)
        return "", 204

    def search(self, kind: str) -> Any:
        kind = self._kind(kind, "read")
        body = _body()
        limit, after = int(body.get("limit", 10)), int(body.get("after") or 0)
        if limit > SEARCHED:
            _invalid(f"limit must be at most {SEARCHED}")
        if after + limit > MOST_FOUND:
            _invalid("The requested page is behind the 10,000 results that a query may have")
        found = [one for one in self._searchable(kind) if _matches(one, body.get("filterGroups", ()))]
        for sort in reversed(body.get("sorts", ())):
            found.sort(
                key=lambda one: number(one.value(sort["propertyName"])), reverse=sort["direction"] == "DESCENDING"
            )
        shown = limit // 2 if self.underfilled and len(found) > after + limit // 2 else limit
        page = found[after : after + shown]
        mark = str(after + shown) if len(found) > after + shown else None
        results = [one.seen(body.get("properties", []), []) for one in page]
        return jsonify({"total": len(found), **_page(results, mark)})

    def batch(self, kind: str) -> Any:
        kind = self._kind(kind, "read")
        body = _body()
        history = body.get("propertiesWithHistory", [])
        most = WITH_HISTORY if history else BATCH
        if len(body["inputs"]) > most:
            _invalid(
                f"The maximum number of inputs supported in a batch request for property histories is {most}. "
                "Please reduce the number of items and try again"
            )
        found, missing = {}, []
        for one in body["inputs"]:
            record = self._find(kind, one["id"], body.get("idProperty"))
            if record is None or record.archived_at:
                missing.append(one["id"])
            else:
                found[record.id] = record.seen(body.get("properties", []), history)
        now = iso(self.account.clock())
        answer: dict[str, Any] = {
            "status": "COMPLETE",
            "results": list(found.values()),
            "startedAt": now,
            "completedAt": now,
        }
        if not missing:
            return jsonify(answer)
        error = {
            "status": "error",
            "category": "OBJECT_NOT_FOUND",
            "message": "Could not get some objects, they may be deleted or not exist. Check that ids are valid.",
            "context": {"ids": missing},
        }
        return jsonify({**answer, "numErrors": 1, "errors": [error]}), 207

    def read_associations(self, kind: str, to_kind: str) -> Any:
        kind, to_kind = self._kind(kind, "read"), self._kind(to_kind, "read")
        results = []
        for one in _body()["inputs"]:
            ids = self.account.associated(kind, one["id"], to_kind)
            start = int(one.get("after") or 0)
            if not ids:
                continue
            type_ = {"category": "HUBSPOT_DEFINED", "typeId": TYPES[kind, to_kind], "label": None}
            found: dict[str, Any] = {
                "from": {"id": one["id"]},
                "to": [{"toObjectId": id_, "associationTypes": [type_]} for id_ in ids[start : start + 500]],
            }
            if len(ids) > start + 500:
                found["paging"] = {"next": {"after": str(start + 500)}}
            results.append(found)
        now = iso(self.account.clock())
        return jsonify({"status": "COMPLETE", "results": results, "startedAt": now, "completedAt": now})

    # What stands around the objects

    def pipelines(self, kind: str) -> Any:
        self._kind(kind, "read")
        return jsonify({"results": self.account.pipelines})

    def owners(self) -> Any:
        self._scope("crm.objects.owners.read")
        archived = request.args.get("archived") == "true"
        found = sorted(
            (one for one in self.account.owners.values() if one["archived"] == archived), key=lambda one: one["id"]
        )
        limit, after = _limit(100, 500), request.args.get("after") or ""
        page = [one for one in found if one["id"] > after][:limit]
        more = bool(page) and page[-1] is not found[-1]
        return jsonify(_page(page, page[-1]["id"] if more else None))

    def get_property(self, kind: str, name: str) -> Any:
        found = self.account.properties.get((self._kind(kind, "read"), name))
        if found is None:
            raise Refusal(404, "OBJECT_NOT_FOUND", f"Property {name} does not exist")
        return jsonify(found)

    def make_property(self, kind: str) -> Any:
        kind = KINDS.get(kind, kind)
        self._scope("crm.schemas.contacts.write")
        body = _body()
        if (kind, body["name"]) in self.account.properties:
            raise Refusal(409, "OBJECT_ALREADY_EXISTS", f"A property named '{body['name']}' already exists.")
        now = iso(self.account.clock())
        made = {"options": [], "description": "", "createdAt": now, "updatedAt": now, "archived": False, **body}
        self.account.properties[kind, body["name"]] = made
        return jsonify(made), 201

    def details(self) -> Any:
        return jsonify(
            {
                "portalId": self.account.portal_id,
                "accountType": "STANDARD",
                "timeZone": "Europe/Paris",
                "companyCurrency": "EUR",
                "additionalCurrencies": [],
                "utcOffset": "+01:00",
                "utcOffsetMilliseconds": 3_600_000,
                "uiDomain": "app-eu1.hubspot.com",
                "dataHostingLocation": "eu1",
            }
        )

    # Inside

    def _kind(self, name: str, way: str) -> str:
        kind = KINDS.get(name, name)
        if kind not in self.account.records:
            raise Refusal(400, "VALIDATION_ERROR", f"Unable to infer object type from: {name}")
        self._scope(f"crm.objects.{'contacts' if kind in ('meetings', 'notes') else kind}.{way}")
        return kind

    def _scope(self, wanted: str) -> None:
        if self.scopes is not None and wanted not in self.scopes:
            error = {"message": "scopes are missing", "context": {"requiredGranularScopes": [wanted]}}
            raise Refusal(403, "MISSING_SCOPES", "This app hasn't been granted all required scopes", errors=[error])

    def _find(self, kind: str, id_: str, by: str | None = None) -> Record | None:
        by = by or request.args.get("idProperty")
        if by:
            return next((one for one in self.account.records[kind].values() if one.properties.get(by) == id_), None)
        return self.account.find(kind, id_)

    def _ordered(self, kind: str) -> list[Record]:
        return sorted(self.account.records[kind].values(), key=lambda one: int(one.id))

    def _searchable(self, kind: str) -> list[Record]:
        now = self.account.clock()
        return [one for one in self._ordered(kind) if one.archived_at is None and one.searchable_at <= now]

    def _seen(self, record: Record, names: list[str], history: list[str], beside: list[str]) -> dict[str, Any]:
        found = record.seen(names, history)
        if beside:
            found["associations"] = {}
            for name in beside:
                to_kind = KINDS.get(name, name)
                ids = self.account.associated(record.kind, record.id, to_kind)
                # Each id comes once for each kind of association that it has.
                listed = [
                    {"id": id_, "type": f"{record.kind.removesuffix('s')}_to_{to_kind.removesuffix('s')}{more}"}
                    for id_ in ids[:LISTED]
                    for more in ("", "_unlabeled")
                ]
                if listed:
                    found["associations"][to_kind] = {"results": listed}
        return found

    def _write(self, kind: str, properties: dict[str, str | None], id_: str | None) -> Record:
        stage = properties.get("dealstage")
        if kind == "deals" and stage:
            if stage not in self.account.stages():
                _invalid(
                    f"{stage} is not a valid pipeline stage ID.", code="INVALID_OPTION", propertyName=["dealstage"]
                )
            wanted = self.account.rules.get(stage)
            known = self.account.records["deals"][id_].properties if id_ else {}
            if _is_dated() and wanted and not (properties.get(wanted) or known.get(wanted)):
                _invalid(
                    f"{wanted} is required because of a conditional property rule based on [dealstage]",
                    code="MISSING_CONDITIONAL_REQUIRED_PROPERTY",
                    propertyName=[wanted],
                )
        try:
            return self.account.put(kind, properties, id_, source=("INTEGRATION", str(self.account.app_id)))
        except Conflict as error:
            raise Refusal(409, "CONFLICT", str(error)) from error

    def _check_association(self, kind: str, id_: str, types: list[dict[str, Any]]) -> None:
        known = {number_: to for (from_, to), number_ in TYPES.items() if from_ == kind}
        to_kind = known.get(types[0].get("associationTypeId"))
        if to_kind is None:
            _invalid(f"{types[0].get('associationTypeId')} is no type of association from {kind}")
        record = self.account.find(to_kind, id_)
        if record is None or record.archived_at:
            _invalid(f"One or more associations are not valid: {id_} does not exist")


class _Quiet(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def send_response(self, code: int, message: str | None = None) -> None:
        """Without a date of this machine's clock: the account has its own."""
        self.log_request(code)
        self.send_response_only(code, message)

    def log(self, type: str, message: str, *args: Any) -> None:
        pass


def _crm(noun: str, version: str) -> str:
    return f"/crm/v3/{noun}" if version == "v3" else f"/crm/{noun}/{version}"


def _is_dated() -> bool:
    """Only the dated versions enforce an account's rules."""
    return "/v3/" not in request.path and "/v4/" not in request.path


def number(value: str | None) -> float:
    """As the index compares: instants are milliseconds, what is nothing comes first."""
    if value in (None, ""):
        return float("-inf")
    try:
        return float(str(value))
    except ValueError:
        return datetime.fromisoformat(str(value).replace("Z", "+00:00")).timestamp() * 1000


def _matches(record: Record, groups: Any) -> bool:
    def holds(one: dict[str, Any]) -> bool:
        return bool(OPERATORS[one["operator"]](record.value(one["propertyName"]), one.get("value")))

    return not groups or any(all(holds(one) for one in group["filters"]) for group in groups)


def _names(parameter: str) -> list[str]:
    """HubSpot takes lists with commas, and the same name again and again."""
    return [name for given in request.args.getlist(parameter) for name in given.split(",") if name]


def _limit(default: int, most: int) -> int:
    text = request.args.get("limit", str(default))
    if not text.isdecimal() or not 0 < int(text) <= most:
        _invalid(f"limit must be a number from 1 to {most}: {text}")
    return int(text)


def _after_mark() -> int:
    text = request.args.get("after", "0")
    if not text.isdecimal():
        _invalid(f"after is no mark of ours: {text}")
    return int(text)


def _body() -> dict[str, Any]:
    body = request.get_json(silent=True)
    if not isinstance(body, dict):
        _invalid("the body is no JSON object")
    return body


def _properties(body: dict[str, Any]) -> dict[str, str | None]:
    found: dict[str, str | None] = body.get("properties") or {}
    for name, value in found.items():
        if value is not None and not isinstance(value, str):
            _invalid(f"{name} must be a string", propertyName=[name])
    return found


def _page(results: list[Any], after: str | None) -> dict[str, Any]:
    paging = {"paging": {"next": {"after": after, "link": f"?after={after}"}}} if after else {}
    return {"results": results, **paging}


def _error(category: str, message: str, **more: Any) -> dict[str, Any]:
    return {"status": "error", "message": message, "correlationId": str(uuid4()), "category": category, **more}


def _invalid(message: str, code: str = "", **context: Any) -> NoReturn:
    error = {"message": message, "context": context, **({"code": code} if code else {})}
    raise Refusal(400, "VALIDATION_ERROR", message, errors=[error])


def _refused(refusal: Refusal) -> tuple[Response, int]:
    return jsonify(_error(refusal.category, refusal.message, **refusal.more)), refusal.status


def _cut() -> NoReturn:
    """Cut the connection: whoever asked gets no answer at all."""
    connection: socket.socket = request.environ["werkzeug.socket"]
    connection.shutdown(socket.SHUT_RDWR)
    raise ConnectionResetError


def _drip(data: bytes, seconds: float) -> Iterator[bytes]:
    for place in range(0, len(data), 64):
        time.sleep(seconds)
        yield data[place : place + 64]
