"""The API's own description, OpenAPI 3.1: made from the types by which requests are read and answers written."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from flask import Response
from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from plugin import __version__
from plugin.api.operations import KEY, KEY_HEADER, NAME, Operation, Query, operation
from plugin.api.problems import MEDIA_TYPE, TOLD, Problem

SCHEMAS = "#/components/schemas/"
SERVER = "/api/v1"
WELCOME = """\
Deals as their buyers move, the meetings that mirror them, and conversion, said honestly.

Send a personal access token, made on the account page of Parcours, as a bearer. It opens what its person may see, \
as far as its scopes allow. Instants are RFC 3339 in UTC."""


class Description(BaseModel):
    """An OpenAPI document."""

    openapi: Literal["3.1.1"]
    info: dict[str, Any]
    paths: dict[str, Any]


HEADERS: Mapping[int, dict[str, Any]] = {
    401: {"WWW-Authenticate": {"required": True, "schema": {"type": "string"}}},
    405: {"Allow": {"required": True, "schema": {"type": "string"}}},
    429: {"Retry-After": {"required": True, "description": "In seconds.", "schema": {"type": "integer", "minimum": 1}}},
}


def of(served: Sequence[Operation]) -> Operation:
    """The operation that tells of all of them, and of itself; no token is needed to read it."""

    @operation("GET", "/openapi.json", Description, public=True)
    def describe() -> Response:
        """This description."""
        return Response(told, mimetype="application/json")

    told = json.dumps(document([*served, describe]), ensure_ascii=False)
    return describe


def document(served: Sequence[Operation]) -> dict[str, Any]:
    paths: dict[str, dict[str, Any]] = {}
    schemas, refs = _schemas(served)
    for one in served:
        paths.setdefault(one.path, {})[one.method.lower()] = _operation(one, schemas, refs)
    used = {name: schema for name, schema in schemas.items() if name not in _queries(served)}
    return {
        "openapi": "3.1.1",
        "info": {"title": "Parcours", "version": __version__, "description": WELCOME},
        "servers": [{"url": SERVER}],
        "paths": paths,
        "components": {
            "schemas": used,
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer", "description": "A personal access token."}
            },
        },
    }


Refs = dict[tuple[type[BaseModel], JsonSchemaMode], str]


def _schemas(served: Sequence[Operation]) -> tuple[dict[str, Any], Refs]:
    wanted: list[tuple[type[BaseModel], JsonSchemaMode]] = [(Problem, "serialization")]
    for one in served:
        wanted.append((one.answer, "serialization"))
        wanted += [(model, "validation") for model in (one.query, one.body) if model]
        wanted += [(model, "serialization") for _, model in one.refusals]
    refs, shared = models_json_schema(list(dict.fromkeys(wanted)), ref_template=SCHEMAS + "{model}")
    names: dict[Any, str] = {key: ref["$ref"].removeprefix(SCHEMAS) for key, ref in refs.items()}
    return shared["$defs"], names


def _queries(served: Sequence[Operation]) -> set[str]:
    """Parameters are told one by one."""
    return {one.query.__name__ for one in served if one.query}


def _operation(one: Operation, schemas: dict[str, Any], refs: Refs) -> dict[str, Any]:
    told: dict[str, Any] = {
        "operationId": one.name,
        "summary": one.told.partition("\n")[0],
        "parameters": [*_in_path(one), *_in_header(one), *_in_query(one.query, schemas, refs)],
        "responses": {str(one.status): _answer(one, refs), **_problems(one, refs)},
        "security": [] if one.public else [{"token": []}],
    }
    if one.scope:
        told["description"] = f"{one.told}\n\nThe token needs the scope `{one.scope}`."
    if one.body:
        content = {"application/json": {"schema": {"$ref": SCHEMAS + refs[one.body, "validation"]}}}
        told["requestBody"] = {"required": True, "content": content}
    return told


def _in_path(one: Operation) -> list[dict[str, Any]]:
    schema = {"type": "string", "pattern": f"^{NAME.pattern}$"}
    return [{"name": name, "in": "path", "required": True, "schema": schema} for name in one.named]


def _in_header(one: Operation) -> list[dict[str, Any]]:
    if not one.body:
        return []
    told = "A key of your own, new for each thing to be done: sent again with it, the request is carried out once."
    schema = {"type": "string", "pattern": f"^{KEY.pattern}$"}
    return [{"name": KEY_HEADER, "in": "header", "required": True, "description": told, "schema": schema}]


def _in_query(query: type[Query] | None, schemas: dict[str, Any], refs: Refs) -> list[dict[str, Any]]:
    """What may be left out has no null: an address has none."""
    if query is None:
        return []
    properties = schemas[refs[query, "validation"]]["properties"]
    return [{"name": name, "in": "query", "schema": _not_null(schema)} for name, schema in properties.items()]


def _not_null(schema: dict[str, Any]) -> dict[str, Any]:
    kinds = [kind for kind in schema.get("anyOf", []) if kind != {"type": "null"}]
    rest = {name: value for name, value in schema.items() if name not in ("anyOf", "title")}
    if not kinds:
        return rest
    rest.pop("default", None)
    return {**rest, **kinds[0]}


def _answer(one: Operation, refs: Refs) -> dict[str, Any]:
    schema = {"$ref": SCHEMAS + refs[one.answer, "serialization"]}
    return {"description": "As asked.", "content": {"application/json": {"schema": schema}}}


def _problems(one: Operation, refs: Refs) -> dict[str, Any]:
    always = {400, 404, 405, 429, 500}
    guarded = set() if one.public else {401, 403}
    with_body = {413, 415} if one.body else set()
    shapes: dict[int, type[BaseModel]] = dict.fromkeys(sorted({*always, *guarded, *with_body, *one.problems}), Problem)
    shapes |= dict(one.refusals)
    return {str(status): _problem(status, SCHEMAS + refs[shape, "serialization"]) for status, shape in shapes.items()}


def _problem(status: int, ref: str) -> dict[str, Any]:
    told = {"description": TOLD[status], "content": {MEDIA_TYPE: {"schema": {"$ref": ref}}}}
    return told | ({"headers": HEADERS[status]} if status in HEADERS else {})
