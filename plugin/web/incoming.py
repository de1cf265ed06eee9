"""What a browser sends: how much of it is read, and never the one sign that no database holds: NUL would break the
answer, and the draft."""

from __future__ import annotations

from typing import Any

from flask import Flask, Request, abort, request
from werkzeug.datastructures import ImmutableMultiDict, iter_multi_items

from plugin.services.csv_files import LARGEST_FILES
from plugin.services.template_bundles import LARGEST_ZIP
from plugin.services.touch_imports import LARGEST_FILE
from plugin.services.uploads import LARGEST_UPLOAD

NUL = "\0"
BESIDE_A_FILE = 20_000  # bytes of the form around an upload
# Views that take files. The token against forgery is looked for in the form, so the form is read before they are asked.
LARGER = {
    "connections_csv.send": LARGEST_FILES + BESIDE_A_FILE,
    "brand.save_logo": LARGEST_UPLOAD + BESIDE_A_FILE,
    "template_editor.pictures": LARGEST_UPLOAD + BESIDE_A_FILE,
    "template_editor.import_": LARGEST_ZIP + BESIDE_A_FILE,
    # A file of touches comes back with its preview, packed as text.
    "touches_files.look": LARGEST_FILE * 7 // 3 + BESIDE_A_FILE,
    "touches_files.import_": LARGEST_FILE * 7 // 3 + BESIDE_A_FILE,
}


class _Fields(ImmutableMultiDict[str, Any]):
    def __init__(self, mapping: Any = None) -> None:
        super().__init__([(_without(name), _without(value)) for name, value in iter_multi_items(mapping or ())])


class Incoming(Request):
    parameter_storage_class = _Fields


def install(app: Flask) -> None:
    app.request_class = Incoming
    app.before_request(_check_path)
    app.before_request(_allow_files)


def _check_path() -> None:
    """Nothing of ours has such a name."""
    if NUL in request.path:
        abort(404)


def _allow_files() -> None:
    most = LARGER.get(request.endpoint or "")
    if most:
        request.max_content_length = request.max_form_memory_size = most


def _without(value: Any) -> Any:
    """Text alone: a file holds what it holds."""
    return value.replace(NUL, "") if isinstance(value, str) else value
