"""An operation of the API: declared once, it is checked, carried out and described by the same types."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, TypeVar

from flask import Flask, Response, abort, request
from pydantic import BaseModel, ConfigDict, ValidationError

from plugin.api.edge import admit
from plugin.api.problems import refuse_input
from plugin.services.api_tokens import Scope

KEY_HEADER = "Idempotency-Key"
KEY = re.compile(r"[!-~]{1,200}")
# A public id, or the key of a template.
NAME = re.compile(r"[A-Za-z0-9_-]{1,60}")
NAMED = re.compile(r"{(\w+)}")

Model = TypeVar("Model", bound=BaseModel)


class Query(BaseModel):
    """The parameters of an address. What is not known is refused: a filter with a slip would give too much."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Body(BaseModel):
    """What is sent. Strict: a number is no text, and ``false`` is no zero."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


@dataclass(frozen=True)
class Operation:
    """``view`` takes what the address names, and ``query``, ``body`` and ``key`` where there are such.

    ``problems`` are the statuses that it may end in beside those of every operation; ``refusals`` are their shapes
    where they say more than a problem does. ``scope`` None: any token; ``public``: none.
    """

    method: str
    path: str
    answer: type[BaseModel]
    view: Callable[..., BaseModel | Response]
    scope: Scope | None = None
    public: bool = False
    query: type[Query] | None = None
    body: type[Body] | None = None
    problems: tuple[int, ...] = ()
    refusals: tuple[tuple[int, type[BaseModel]], ...] = ()

    @property
    def name(self) -> str:
        return self.view.__name__

    @property
    def told(self) -> str:
        return (self.view.__doc__ or "").strip()

    @property
    def named(self) -> list[str]:
        return NAMED.findall(self.path)

    @property
    def status(self) -> int:
        return 201 if self.body else 200


def operation(
    method: str, path: str, answer: type[BaseModel], **more: Any
) -> Callable[[Callable[..., BaseModel | Response]], Operation]:
    return lambda view: Operation(method, path, answer, view, **more)


def install(app: Flask, prefix: str, operations: Iterable[Operation]) -> None:
    for one in operations:
        rule = prefix + NAMED.sub(r"<\1>", one.path)
        app.add_url_rule(rule, one.name, _served(one), methods=[one.method], provide_automatic_options=False)


def _served(one: Operation) -> Callable[..., Response]:
    def serve(**names: str) -> Response:
        if not one.public:
            admit(one.scope)
        if not all(NAME.fullmatch(name) for name in names.values()):
            abort(404)
        return _response(one.view(**names, **_sent(one)), one.status)

    return serve


def _sent(one: Operation) -> dict[str, object]:
    """Everything that came with the request; read in the order in which a sender would look for the fault."""
    sent: dict[str, object] = {}
    if one.body:
        sent["body"], sent["key"] = _body(one.body), _key()
    if one.query:
        sent["query"] = _query(one.query)
    elif request.args:
        raise refuse_input(400, [((name,), "There is no such parameter.") for name in request.args])
    return sent


def _query(model: type[Model]) -> Model:
    several = [name for name, values in request.args.lists() if len(values) > 1]
    if several:
        raise refuse_input(400, [((name,), "Give this once.") for name in several])
    return _checked(lambda: model.model_validate(request.args.to_dict()))


def _body(model: type[Model]) -> Model:
    if request.mimetype != "application/json":
        abort(415)
    content = request.get_data()
    return _checked(lambda: model.model_validate_json(content))


def _key() -> str:
    given = request.headers.get(KEY_HEADER, "")
    if not KEY.fullmatch(given):
        raise refuse_input(400, [((KEY_HEADER,), "Give the request a key of its own: up to 200 visible signs.")])
    return given


def _checked(read: Callable[[], Model]) -> Model:
    try:
        return read()
    except ValidationError as error:
        faults = error.errors(include_url=False, include_input=False, include_context=False)
        raise refuse_input(400, [(fault["loc"], fault["msg"]) for fault in faults]) from None


def _response(answer: BaseModel | Response, status: int) -> Response:
    if isinstance(answer, Response):
        return answer
    return Response(answer.model_dump_json(by_alias=True), status, mimetype="application/json")
