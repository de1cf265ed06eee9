"""One question, asked of Parcours and of what else one could ask. Each contender runs in a process of its own.

``python -m bench.conversion.contenders NAME FOLDER DATABASE`` prints a line of JSON: milliseconds for the narrow, the
medium and the wide question (medians), the rows of the wide one, and the most memory that the process took.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

from bench.conversion.company import NOW
from plugin.domain.conversion import Histogram, Period, StageConversion, measure
from plugin.domain.journey import Journey
from plugin.domain.journeys import Journeys
from plugin.library.journeys import load_journey, shipped_journeys
from plugin.store.cohorts import column_file
from plugin.store.cohorts.view import Cohorts
from plugin.store.database import Database
from plugin.store.queries.questions import Question
from plugin.store.types import DAY_MICROSECONDS, to_microseconds

QUESTIONS = {
    "narrow": Question(Period(date(2026, 3, 1), date(2026, 3, 31)), NOW, owner="Owner 7"),
    "medium": Question(Period(date(2026, 1, 1), date(2026, 3, 31)), NOW, persona="persona 3"),
    "wide": Question(Period(), NOW),
}
Answer = Callable[[Question], Any]
JOURNEY: Journey = load_journey(shipped_journeys()["figure8"])


def parcours(folder: Path, database: Database) -> Answer:
    cohorts = Cohorts(Journeys(JOURNEY), folder)

    def answer(question: Question) -> list[StageConversion]:
        with database.reading() as session:
            counted = cohorts.view(session).histograms(session, question)
        return [measure(stage, one, question.horizon) for stage, one in counted.items()]

    return answer


def page(folder: Path, database: Database) -> Answer:
    """The whole page of the report, as a signed-in manager gets it."""
    from bench.conversion.page import browser

    get = browser(folder, database, JOURNEY)

    def answer(question: Question) -> None:
        asked = {"owner": question.owner, "persona": question.persona}
        period = {"from": question.period.first, "to": question.period.last}
        get({name: str(value) for name, value in (asked | period).items() if value is not None})

    return answer


def duckdb_file(folder: Path, _database: Database) -> Answer:
    """A file of DuckDB's own with a row a passage, made beforehand; the same histograms, the same estimates."""
    import duckdb

    connection = duckdb.connect(str(folder / "bench.duckdb"), read_only=True)

    def answer(question: Question) -> list[StageConversion]:
        where, values = _where(question)
        histograms = {stage.key: Histogram() for stage in JOURNEY.stages}
        for sql, fill in (
            (ENDED, lambda one, row: getattr(one, row[1]).update({row[2]: row[3]})),
            (STAYED, lambda one, row: getattr(one, row[1]).update({row[2]: row[3]})),
            (SUMS, lambda one, row: (setattr(one, "went_back", row[1]), setattr(one, "reopened", row[2]))),
        ):
            for row in connection.execute(sql.format(where=where, as_of=to_microseconds(NOW)), values).fetchall():
                fill(histograms[JOURNEY.stages[row[0]].key], row)
        reached, values = _where(question, "reached_at")
        for stage, number, skipped in connection.execute(REACHED.format(where=reached), values).fetchall():
            one = histograms[JOURNEY.stages[stage].key]
            one.reached, one.skipped = number, skipped
        return [measure(stage, one, question.horizon) for stage, one in histograms.items()]

    return answer


ENDED = f"""
SELECT stage, CASE outcome WHEN 0 THEN 'open' WHEN 1 THEN 'advanced' ELSE 'lost' END,
       (coalesce(outcome_at, {{as_of}}) - entered_at) // {DAY_MICROSECONDS}, count(*)
FROM passage WHERE {{where}} GROUP BY ALL"""  # noqa: S608
STAYED = f"""
SELECT stage, CASE WHEN left_at IS NULL THEN 'staying' ELSE 'left' END,
       (coalesce(left_at, {{as_of}}) - entered_at) // {DAY_MICROSECONDS}, count(*)
FROM passage WHERE {{where}} GROUP BY ALL"""  # noqa: S608
SUMS = "SELECT stage, count(went_back_at), count(reopened_at) FROM passage WHERE {where} GROUP BY ALL"
REACHED = "SELECT stage, count(*), count(*) FILTER (entered_at IS NULL) FROM passage WHERE {where} GROUP BY ALL"


def make_duckdb(cohorts: Path, target: Path) -> float:
    """The passages out of Parcours' own columns; returns seconds."""
    import duckdb
    import numpy as np
    import pandas

    from plugin.store.cohorts.packed import NEVER

    started = perf_counter()
    layer = column_file.read(next(cohorts.glob("*.cohorts"))).layer
    parts = []
    for rows, names in ((layer.entries, ("outcome_at", "left_at", "went_back_at", "reopened_at")), (layer.detours, ())):
        frame = {name: np.asarray(rows.columns[name]) for name in ("entered_at", "owner", "persona", "source", *names)}
        frame["stage"] = np.repeat(np.arange(len(rows.bounds) - 1), np.diff(rows.bounds)).astype(np.uint8)
        parts.append(pandas.DataFrame(frame))
    entries, detours = parts
    ended = np.asarray(layer.entries.columns["ended"])
    entries["outcome"] = np.where(ended == 0, 0, 2 - ended % 2).astype(np.uint8)
    entries["reached_at"] = entries["entered_at"].where(np.asarray(layer.entries.columns["marks"]) & 8 != 0)
    detours["reached_at"] = np.asarray(layer.detours.columns["reached_at"])
    detours["skipped"] = detours["entered_at"] == NEVER
    target.unlink(missing_ok=True)
    with duckdb.connect(str(target)) as connection:
        connection.execute(f"""CREATE TABLE passage AS
            SELECT stage, entered_at, reached_at::BIGINT AS reached_at, outcome, {_nulls("outcome_at")},
                   {_nulls("left_at")}, {_nulls("went_back_at")}, {_nulls("reopened_at")}, owner, persona, source
            FROM entries ORDER BY entered_at, stage""")  # noqa: S608
        connection.execute("""INSERT INTO passage SELECT stage, NULL, reached_at, 0, NULL, NULL, NULL, NULL,
            owner, persona, source FROM detours WHERE skipped""")
        # Those entered after they were reached: their entry is there already, its reaching is not.
        connection.execute("""INSERT INTO passage SELECT stage, -1, reached_at, 0, NULL, NULL, NULL, NULL,
            owner, persona, source FROM detours WHERE NOT skipped""")
    return perf_counter() - started


def _nulls(name: str) -> str:
    return f"CASE WHEN {name} = {2**63 - 1} THEN NULL ELSE {name} END AS {name}"


def _where(question: Question, column: str = "entered_at") -> tuple[str, list[Any]]:
    start, end = question.period.start, question.period.end
    clauses: list[tuple[str, Any]] = [(f"{column} >= ?", to_microseconds(start) if start else 0)]
    clauses += [(f"{column} < ?", to_microseconds(end))] if end else []
    clauses += [("owner = ?", _number(question.owner) + 1)] if question.owner else []
    clauses += [("persona = ?", PERSONAS.index(question.persona))] if question.persona else []
    return " AND ".join(clause for clause, _ in clauses), [value for _, value in clauses]


PERSONAS: list[str] = []


def _number(name: str) -> int:
    return int(name.split()[-1])


def pandas_log(folder: Path, _database: Database) -> Answer:
    """The event log as a frame in memory; first entries, outcomes and days by grouping and merging."""
    log = _log(folder)

    def answer(question: Question) -> list[StageConversion]:
        chosen = _of_deals(log, question)
        start, end = question.period.start, question.period.end
        found = []
        for place, stage in enumerate(JOURNEY.stages):
            entries = chosen[chosen["to"] == place].groupby("deal")["at"].min()
            entries = entries[entries >= to_microseconds(start)] if start else entries
            entries = entries[entries < to_microseconds(end)] if end else entries
            later = chosen[chosen["deal"].isin(entries.index)].merge(entries.rename("entry"), on="deal")
            later = later[later["at"] > later["entry"]]
            advanced = (
                later[((later["to"] > place) & (later["to"] < 8)) | (later["to"] == 8)].groupby("deal")["at"].min()
            )
            lost = later[later["to"] == 9].groupby("deal")["at"].min()
            frame = entries.to_frame("entry").join(advanced.rename("advanced")).join(lost.rename("lost"))
            frame["left"] = later.groupby("deal")["at"].min()
            found.append(measure(stage.key, _histogram(frame), question.horizon))
        return found

    return answer


def pm4py_graph(folder: Path, _database: Database) -> Answer:
    """The directly-follows graph: which stage follows which, how often. No outcome, no interval, no median."""
    import pm4py

    log = _log(folder)
    log["case:concept:name"] = log["deal"].astype(str)
    log["concept:name"] = log["to"].astype(str)
    import pandas

    log["time:timestamp"] = pandas.to_datetime(log["at"], unit="us", utc=True)

    def answer(question: Question) -> Any:
        chosen = _of_deals(log, question)
        start, end = question.period.start, question.period.end
        chosen = chosen[chosen["at"] >= to_microseconds(start)] if start else chosen
        chosen = chosen[chosen["at"] < to_microseconds(end)] if end else chosen
        return pm4py.discover_dfg(chosen)

    return answer


def odoo_way(_folder: Path, database: Database) -> Answer:
    """Group the deals by the stage that they stand in now: no history, so no conversion."""
    from sqlalchemy import func, select

    from plugin.store.tables import CrmOwner, Deal, DealStanding

    def answer(question: Question) -> Any:
        query = select(DealStanding.stage, DealStanding.state, func.count()).join(Deal, Deal.id == DealStanding.deal_id)
        if question.owner:
            query = query.join(CrmOwner, CrmOwner.id == Deal.owner_id).where(CrmOwner.name == question.owner)
        if question.persona:
            query = query.where(Deal.persona_key == question.persona)
        with database.reading() as session:
            return session.execute(query.group_by(DealStanding.stage, DealStanding.state)).all()

    return answer


def memory_floor(folder: Path, _database: Database) -> Answer:
    """Reading the columns that the question needs, once, from memory: nothing can be faster."""
    import numpy as np

    rows = column_file.read(next(folder.glob("*.cohorts"))).layer.entries
    held = {name: np.array(rows.columns[name]) for name in ("ended", "stayed", "marks", "owner", "persona")}
    dates = np.array(rows.columns["entered_at"])

    def answer(question: Question) -> Any:
        total = 0
        start = to_microseconds(question.period.start) if question.period.start else 0
        end = to_microseconds(question.period.end) if question.period.end else 2**62
        names = ["ended", "stayed", "marks"]
        names += ["owner"] if question.owner else ["persona"] if question.persona else []
        for low, high in zip(rows.bounds, rows.bounds[1:], strict=False):
            piece = slice(*(low + np.searchsorted(dates[low:high], [start, end])))
            total += sum(int(held[name][piece].sum()) for name in names)
        return [total]

    return answer


def _log(folder: Path) -> Any:
    import pandas

    return pandas.read_pickle(folder / "log.pickle")  # noqa: S301 (made by this run)


def _of_deals(log: Any, question: Question) -> Any:
    chosen = log[log["owner"] == _number(question.owner)] if question.owner else log
    return chosen[chosen["persona"] == _number(question.persona)] if question.persona else chosen


def _histogram(frame: Any) -> Histogram:
    now = to_microseconds(NOW)
    wins = frame["advanced"].notna() & ~(frame["lost"] < frame["advanced"])
    losses = frame["lost"].notna() & ~wins

    def days(end: Any, rows: Any) -> Counter[int]:
        return Counter(((end[rows] - frame["entry"][rows]) // DAY_MICROSECONDS).astype(int).value_counts().to_dict())

    end_now = frame["entry"] * 0 + now
    return Histogram(
        advanced=days(frame["advanced"], wins),
        lost=days(frame["lost"], losses),
        open=days(end_now, ~wins & ~losses),
        left=days(frame["left"], frame["left"].notna()),
        staying=days(end_now, frame["left"].isna()),
    )


CONTENDERS: dict[str, tuple[Callable[[Path, Database], Answer], int]] = {
    "parcours": (parcours, 15),
    "page": (page, 7),
    "duckdb": (duckdb_file, 15),
    "pandas": (pandas_log, 3),
    "pm4py": (pm4py_graph, 1),
    "odoo": (odoo_way, 5),
    "floor": (memory_floor, 15),
}


def main(name: str, folder: str, url: str) -> None:
    database = Database.at(url)
    file = next(Path(folder).glob("*.cohorts"))
    PERSONAS.extend(column_file.read(file).about["personas"])
    ask, runs = CONTENDERS[name]
    answer = ask(Path(folder), database)
    taken: dict[str, float] = {}
    for size, question in QUESTIONS.items():
        answer(question) if runs > 1 else None
        times = []
        for _ in range(runs):
            started = perf_counter()
            result = answer(replace(question))
            times.append(perf_counter() - started)
        taken[size] = round(median(times) * 1e3, 2)
    rows = [row.entered for row in result if isinstance(row, StageConversion)] if isinstance(result, list) else None
    print(json.dumps({**taken, "entered": rows, "megabytes": most_memory()}))


def most_memory() -> int:
    """Megabytes that the process held at most (what getrusage tells includes the parent's before the fork)."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) // 1000


if __name__ == "__main__":
    main(*sys.argv[1:])
