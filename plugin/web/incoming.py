"""What a browser sends, without the one sign that no database holds: NUL would break the answer, and the draft."""

from __future__ import annotations

from typing import Any

from flask import Flask, Request, abort, request
from werkzeug.datastructures import ImmutableMultiDict, iter_multi_items

NUL = "\0"


class _Fields(ImmutableMultiDict[str, Any]):
    def __init__(self, mapping: Any = None) -> None:
        super().__init__([(_without(name), _without(value)) for name, value in iter_multi_items(mapping or ())])


class Incoming(Request):
    parameter_storage_class = _Fields


def install(app: Flask) -> None:
    app.request_class = Incoming
    app.before_request(_check_path)


def _check_path() -> None:
    """Nothing of ours has such a name."""
    if NUL in request.path:
        abort(404)


def _without(value: Any) -> Any:
    """Text alone: a file holds what it holds."""
    return value.replace(NUL, "") if isinstance(value, str) else value
