"""A full sync and an incremental one from HubSpot's stand-in with its real limits, beside what others take for it.

``python -m bench.hubspot 10000 100000`` prints a table. Latency is 60 ms a request; limits are 100 requests in ten
seconds and five searches in one. Who is beside us, and how: README.md.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from bench.peers import airbyte, alone, singer
from bench.peers.installed import install
from bench.peers.run import Run, Way
from bench.peers.stand_in import CHANGES

HEAD = (
    "deals",
    "",
    "requests",
    "÷ least",
    "s",
    "quota's floor s",
    "MB",
    "refused",
    "deals given",
    "moves given",
    "contacts",
)
MEASURED = Path(__file__).parent / "peers" / "measured.py"


@click.command()
@click.argument("sizes", nargs=-1, type=int, required=True)
@click.option("--peers/--alone", default=True, help="Set others' syncs beside us; they are installed first.")
@click.option("--cache", type=click.Path(path_type=Path), help="Where they are installed, to be used by the next run.")
@click.option("--most", default=600.0, show_default=True, help="Seconds after which a sync is stopped.")
def main(sizes: tuple[int, ...], peers: bool, cache: Path | None, most: float) -> None:
    with ExitStack() as stack:
        ways = [*alone.WAYS]
        if peers:
            home = cache.absolute() if cache else Path(stack.enter_context(tempfile.TemporaryDirectory()))
            ways += [singer.singer(install(singer.NAME, home)), airbyte.airbyte(install(airbyte.NAME, home))]
        _print(*HEAD)
        _print("--:", "---", *["--:"] * 8, "---")
        for size in sizes:
            with _stand_in(size) as stand_in:
                for way in ways:
                    _measure(way, stand_in, most)


@dataclass(frozen=True)
class StandIn:
    """The process that is HubSpot; ``there`` is what it said of itself at first."""

    process: subprocess.Popen[str]
    there: dict[str, Any]

    def tell(self, word: str) -> dict[str, Any]:
        print(word, file=self.process.stdin, flush=True)
        return _answer(self.process)


@contextmanager
def _stand_in(size: int) -> Iterator[StandIn]:
    command = [sys.executable, "-m", "bench.peers.stand_in", str(size)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603
        yield StandIn(process, _answer(process))


def _answer(process: subprocess.Popen[str]) -> dict[str, Any]:
    if process.stdout is None:
        raise SystemExit("no pipe")
    return dict(json.loads(process.stdout.readline()))


def _measure(way: Way, stand_in: StandIn, most: float) -> None:
    """Its full sync; and the one behind it, where there is such a thing and the full one came to its end."""
    size = stand_in.there["deals"]
    with tempfile.TemporaryDirectory() as folder:
        run = Run(stand_in.there["address"], stand_in.there["token"], Path(folder))
        command = way.command(run)
        stand_in.tell("begin")
        done = _run(way, run, command, most)
        costs = _costs(done, -(-size // 50) + 4, stand_in.tell("count"))
        got = way.got(run)
        moves = f"{got.moves:,} of {stand_in.there['moves']:,}"
        _print(f"{size:,}", f"full, {way.name}", *costs, f"{got.deals:,}", moves, way.contacts)
        if done["code"] == 0 and way.again:
            command = way.again(run)
            stand_in.tell("change")
            done = _run(way, run, command, most)
            costs = _costs(done, -(-CHANGES // 200) + -(-CHANGES // 50) + 2, stand_in.tell("count"))
            _print(f"{size:,}", f"{CHANGES:,} changes, {way.name}", *costs, "–", "–", "–")


def _run(way: Way, run: Run, command: list[str], most: float) -> dict[str, Any]:
    measuring = [sys.executable, "-I", str(MEASURED), str(run.output), str(most), *command]
    env = {**os.environ, **way.env(run)}
    done = subprocess.run(measuring, stdout=subprocess.PIPE, text=True, check=True, env=env)  # noqa: S603
    return dict(json.loads(done.stdout))


def _costs(done: dict[str, Any], least: int, counted: dict[str, Any]) -> tuple[object, ...]:
    asked, took = counted["requests"], f"{done['seconds']:.1f}"
    said = {0: took, None: f"stopped after {took}"}.get(done["code"], f"gave up after {took}")
    return f"{asked:,}", f"{asked / least:.2f}", said, f"{asked / 10:.0f}", done["memory"] // 1000, counted["refused"]


def _print(*cells: object) -> None:
    click.echo(f"| {' | '.join(map(str, cells))} |")


if __name__ == "__main__":
    main()
