"""The page about the API is true: each of its requests is sent, in their order, and answered as it says."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from werkzeug.test import Client

from dev import ROOT
from plugin.services.api_tokens import Scope
from plugin.services.viewer import Role
from tests.api.conftest import MakeToken, Program
from tests.web.conftest import NOW

EXAMPLE = re.compile(r"^```sh\n(.*?)^```\n\n^```json (\d+)\n(.*?)^```", re.MULTILINE | re.DOTALL)
BLOCK = re.compile(r"^```(sh|json)", re.MULTILINE)
ANYTHING = "…"
SERVER = "https://parcours.example"


@dataclass(frozen=True)
class Example:
    command: str
    status: int
    answer: Any


def examples(page: str) -> Iterator[Example]:
    for command, status, answer in EXAMPLE.findall(page):
        yield Example(command, int(status), json.loads(answer))


PAGE = (ROOT / "docs" / "api.md").read_text()


def fits(told: Any, found: Any) -> bool:
    """Whether an answer is as the page tells it: its names all, and its values but for what differs."""
    if told == ANYTHING:
        return True
    if isinstance(told, dict) and isinstance(found, dict):
        return told.keys() == found.keys() and all(fits(told[key], found[key]) for key in told)
    if isinstance(told, list) and isinstance(found, list):
        return _list_fits(told, found)
    return bool(told == found)


def _list_fits(told: list[Any], found: list[Any]) -> bool:
    """``…`` at the end stands for more of the same."""
    if told[-1:] == [ANYTHING]:
        return len(found) >= len(told) and all(map(fits, told[:-1], found))
    return len(told) == len(found) and all(map(fits, told, found))


@dataclass
class Curl:
    """What of curl the page uses."""

    client: Client
    variables: dict[str, str]

    def run(self, command: str) -> Any:
        for name in sorted(self.variables, key=len, reverse=True):
            command = command.replace(f"${name}", self.variables[name])
        program, address, *options = shlex.split(command)
        assert program == "curl"
        given = list(zip(options[::2], options[1::2], strict=True))
        headers = dict(text.split(": ", 1) for flag, text in given if flag == "-H")
        data = next((text for flag, text in given if flag == "-d"), None)
        method = "GET" if data is None else "POST"
        return self.client.open(address.removeprefix(SERVER), method=method, headers=headers, data=data)


@pytest.fixture
def curl(
    client: Client, token: MakeToken, max_: Program, deal: Callable[[str], str], meeting: Callable[..., str]
) -> Curl:
    south = meeting("south", NOW)
    assert max_.log(deal("south"), {"meeting": south, **LOGGED}).status_code == 201
    variables = {
        "PARCOURS": f"{SERVER}/api/v1",
        "TOKEN": token(Role.SALESPERSON, [Scope.DEALS_READ, Scope.MEETINGS_READ, Scope.MEETINGS_WRITE]),
        "MANAGERS_TOKEN": max_.token,
        "DEAL": deal("north"),
        "MEETING": south,
    }
    return Curl(client, variables)


LOGGED = {"outcome": "held", "starts_at": "2026-03-02T08:00:00Z", "note": "They wait for the board."}


def test_each_request_on_the_page_is_answered_as_it_says(curl: Curl, deal: Callable[[str], str]) -> None:
    for example in examples(PAGE):
        if "$MEETING" in example.command:
            curl.variables["DEAL"] = deal("south")
        answer = curl.run(example.command)
        assert answer.status_code == example.status, (example.command, answer.text)
        assert fits(example.answer, answer.json), (example.command, answer.text)


def test_every_block_of_the_page_is_part_of_an_example() -> None:
    assert 2 * len(list(examples(PAGE))) == len(BLOCK.findall(PAGE)) > 20


@pytest.mark.parametrize(
    ("told", "found", "fitting"),
    [
        ({"a": "…"}, {"a": [1]}, True),
        ({"a": 1}, {"a": 1, "b": 2}, False),
        ({"a": 1}, {"a": 2}, False),
        ([1, "…"], [1, 2, 3], True),
        ([1, "…"], [1], False),
        ([1], [1, 2], False),
        ([], [], True),
    ],
)
def test_an_answer_that_differs_is_noticed(told: Any, found: Any, fitting: bool) -> None:
    assert fits(told, found) is fitting
