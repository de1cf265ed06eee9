"""A recording of what a real Odoo answered, and a server that answers the same again.

``make test-odoo`` compares and ``python -m tests.odoo.recording`` makes it anew. Keys are taken out; so are the
tracebacks that Odoo adds to its errors.
"""

from __future__ import annotations

import hashlib
import json
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import requests

import crm_adapters.odoo
from crm_adapters.odoo import Odoo
from tests.odoo import scenario
from tests.odoo.ways import WAYS, connecting

FILE = Path(__file__).parents[1] / "adapters" / "odoo_recording.json"
KEY = "the key"
KEPT = ("Content-Type", "Date", "WWW-Authenticate")


def code() -> str:
    """Of all that decides what is asked, and of the add-on that answers."""
    folder = Path(crm_adapters.odoo.__file__).parent
    files = [*folder.glob("*.py"), *(folder / "addon").rglob("*.py"), Path(scenario.__file__)]
    own = [file for file in sorted(files) if "tests" not in file.parts[-2:] and file.name != "__manifest__.py"]
    return hashlib.sha256(b"\0".join(file.read_bytes() for file in own)).hexdigest()[:16]


@dataclass(frozen=True)
class Exchange:
    path: str
    asked: Any
    status: int
    headers: dict[str, str]
    answer: str

    @classmethod
    def of(cls, path: str, body: Any, answer: requests.Response, key: str) -> Exchange:
        kept = {name: answer.headers[name] for name in KEPT if name in answer.headers}
        return cls(path, without(body, key), answer.status_code, kept, _quiet(answer.text))


def without(body: Any, key: str) -> Any:
    return json.loads(json.dumps(body).replace(json.dumps(key), json.dumps(KEY)))


def _quiet(text: str) -> str:
    try:
        body = json.loads(text)
    except ValueError:
        return text
    error = body.get("error", body) if isinstance(body, dict) else {}
    for about in (error, error.get("data") or {}) if isinstance(error, dict) else ():
        about.pop("debug", None)
    return json.dumps(body, ensure_ascii=False)


@dataclass
class Recorder:
    """Notes what an adapter sends and gets."""

    exchanges: list[Exchange] = field(default_factory=list)

    def listen(self, adapter: Odoo) -> Odoo:
        client, send = adapter.client, adapter.client._send

        def noted(path: str, body: Any, headers: Any) -> requests.Response:
            answer = send(path, body, headers)
            self.exchanges.append(Exchange.of(path, body, answer, client.key))
            return answer

        client._send = noted  # type: ignore[method-assign]
        return adapter


@contextmanager
def replayed(exchanges: list[dict[str, Any]], whole: bool = True) -> Iterator[str]:
    """The address of a server that gives these answers, in their order, to these questions and no others; all of them
    must be asked where the ``whole`` is wanted."""
    waiting = [Exchange(**one) for one in exchanges]

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            asked = json.loads(self.rfile.read(length)) if length else None
            expected = waiting.pop(0) if waiting else None
            if expected is None or (expected.path, expected.asked) != (self.path, asked):
                self.send_error(418, f"not asked of the real one: {self.path}")
                return
            body = expected.answer.encode()
            self.send_response_only(expected.status)
            for name, value in expected.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = answer  # noqa: N815

        def log_message(self, *_given: object) -> None:
            pass

    # A thread for each connection: an adapter keeps its own open while the next one asks.
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
    assert not (whole and waiting), f"{len(waiting)} questions less than to the real one"


def record() -> None:
    from tests.odoo.filled import MEETINGS, STAGES, FilledOdoo, deals_of, settings
    from tests.odoo_server import OdooServer

    runs = {}
    with OdooServer() as odoo:
        for way in WAYS:
            FilledOdoo(odoo).fill(STAGES, deals_of(odoo), MEETINGS)
            recorder = Recorder()
            lines = list(scenario.said(connecting(settings(odoo, "admin", page_size="3").values, way, recorder.listen)))
            runs[way] = {"said": lines, "exchanges": [vars(one) for one in recorder.exchanges]}
    FILE.write_text(json.dumps({"code": code(), "runs": runs}, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"{FILE}: {sum(len(run['exchanges']) for run in runs.values())} exchanges", file=sys.stderr)  # noqa: T201


if __name__ == "__main__":
    record()
