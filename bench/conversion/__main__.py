"""All of the bench in one run: ``python -m bench.conversion --postgres URL 10000 100000 1000000`` prints two tables.

Each size is loaded through the store, derived, and asked for on every contender, SQLite and PostgreSQL side by side.
Databases and files are made in ``--folder`` (2 GB for a million deals) and used again by the next run.
"""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from pathlib import Path
from time import perf_counter

import click
from sqlalchemy import create_engine, make_url, text

from bench.conversion.company import NOW, load
from bench.conversion.contenders import CONTENDERS, JOURNEY, make_duckdb
from bench.conversion.currency import moves_a_second
from plugin.domain.journeys import Journeys
from plugin.store import migrate
from plugin.store.database import Database
from plugin.store.recomputing import Recomputing

ON_BOTH = ("parcours", "page", "odoo")


@click.command()
@click.argument("sizes", nargs=-1, type=int, required=True)
@click.option("--folder", type=click.Path(path_type=Path), default=Path("bench-data"), show_default=True)
@click.option("--postgres", help="Address of a server on which databases may be made.")
def main(sizes: tuple[int, ...], folder: Path, postgres: str | None) -> None:
    questions, costs = [], []
    for size in sizes:
        home = folder / str(size)
        home.mkdir(parents=True, exist_ok=True)
        engines = {"SQLite": f"sqlite:///{home.absolute() / 'bench.sqlite3'}"}
        if postgres:
            engines["PostgreSQL"] = _database(postgres, f"parcours_bench_{size}")
        for engine, url in engines.items():
            cohorts = home / engine
            costs.append(_prepare(url, cohorts, size, engine))
            if not (cohorts / "log.pickle").exists():
                make_duckdb(cohorts, cohorts / "bench.duckdb")
                _pickle_log(url, cohorts / "log.pickle")
            for name in CONTENDERS:
                if engine == "SQLite" or name in ON_BOTH:
                    questions.append({"deals": size, "engine": engine, "name": name, **_ask(name, cohorts, url)})
                    click.echo(json.dumps(questions[-1]), err=True)
            costs[-1]["moves"] = _moves(url)
            click.echo(json.dumps(costs[-1]), err=True)
    _print_questions(questions)
    _print_costs(costs)


def _prepare(url: str, cohorts: Path, size: int, engine: str) -> dict[str, object]:
    migrate.upgrade(url)
    database = Database.at(url)
    cost: dict[str, object] = {"deals": size, "engine": engine}
    if not any(cohorts.glob("*.cohorts")):
        started = perf_counter()
        load(database, JOURNEY, size)
        cost["load"] = round(perf_counter() - started, 1)
        started = perf_counter()
        Recomputing(database, Journeys(JOURNEY), cohorts, lambda: NOW).everything(lambda _done, _total: None)
        if not any(cohorts.glob("*.cohorts")):
            Recomputing(database, Journeys(JOURNEY), cohorts, lambda: NOW).announce()
            Recomputing(database, Journeys(JOURNEY), cohorts, lambda: NOW).finish()
        cost["rebuild"] = round(perf_counter() - started, 1)
    database.close()
    return cost


def _ask(name: str, cohorts: Path, url: str) -> dict[str, object]:
    command = [sys.executable, "-m", "bench.conversion.contenders", name, str(cohorts), url]
    done = subprocess.run(command, capture_output=True, text=True)  # noqa: S603
    if done.returncode:
        return {"error": done.stderr.strip().splitlines()[-1]}
    found: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
    return found


def _moves(url: str) -> int:
    """Best of three: the first run warms the caches of the system."""
    database = Database.at(url)
    best = max(moves_a_second(database, JOURNEY, 1_000, 20) for _ in range(3))
    database.close()
    return round(best)


def _pickle_log(url: str, target: Path) -> None:
    """The event log as process miners want it: deal, instant, what was entered, owner and persona as numbers."""
    import pandas

    sql = """SELECT m.deal_id AS deal, m.at, s.crm_id AS "to", d.owner_id - 1 AS owner, d.persona_key AS persona
             FROM stage_move m JOIN crm_stage s ON s.id = m.crm_stage_id JOIN deal d ON d.id = m.deal_id
             ORDER BY m.deal_id, m.ordinal"""
    log = pandas.read_sql(text(sql), create_engine(url).connect())
    log["to"] = log["to"].map({**{str(n): n for n in range(8)}, "won": 8, "lost": 9}).astype("uint8")
    log["persona"] = log["persona"].str[-1].astype("uint8")
    log.to_pickle(target)


def _database(server: str, name: str) -> str:
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        if not connection.scalar(text("SELECT 1 FROM pg_database WHERE datname = :name"), {"name": name}):
            connection.execute(text(f"CREATE DATABASE {name}"))
    engine.dispose()
    return make_url(server).set(database=name).render_as_string(hide_password=False)


def _print_questions(rows: list[dict[str, object]]) -> None:
    click.echo("\n| deals | asked | narrow ms | medium ms | wide ms | MB |\n|--:|---|--:|--:|--:|--:|")
    for row in rows:
        name = f"{row['name']} on {row['engine']}" if row["name"] in ON_BOTH else row["name"]
        times = " | ".join(f"{row.get(size, '')}" for size in ("narrow", "medium", "wide"))
        click.echo(f"| {row['deals']:,} | {name} | {times} | {row.get('megabytes', row.get('error'))} |")


def _print_costs(rows: list[dict[str, object]]) -> None:
    click.echo(f"\nSQLite {sqlite3.sqlite_version}\n")
    click.echo("| deals | engine | load s | rebuild s | moves a second |\n|--:|---|--:|--:|--:|")
    for row in rows:
        made = f"{row.get('load', '')} | {row.get('rebuild', '')}"
        click.echo(f"| {row['deals']:,} | {row['engine']} | {made} | {row['moves']:,} |")


if __name__ == "__main__":
    main()
