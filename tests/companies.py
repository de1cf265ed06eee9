"""Small CSV folders for tests that need a source of deals, written as a user would write them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

STAGES = """\
pipeline,stage,label,position,outcome,buyer_stage
new,lead,Lead,1,open,problem
new,call,Call done,2,open,search
new,offer,Offer sent,3,open,select
new,talks,Negotiation,4,open,buy
new,won,Won,5,won,
new,lost,Lost,6,lost,
new,live,Live,7,open,use
new,parked,Parked,8,open,
"""
DEALS_HEADER = "id,name,pipeline,owner,company,contact,email,amount,currency,source,persona,created_at\n"
MOVES_HEADER = "deal,stage,at,actor_kind,actor\n"


def write_company(folder: Path, moves: dict[str, Iterable[tuple[str, str]]], stages: str = STAGES) -> Path:
    """A folder with one deal for each key of ``moves``; each move is (stage, at) in the order of the file."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "stages.csv").write_text(stages, encoding="utf-8")
    deals = [
        f"{deal},Deal {deal},new,ana@seller.example,Company {deal},Bo {deal},bo@{deal}.example,"
        "1000.50,EUR,fair,director,"
        for deal in moves
    ]
    (folder / "deals.csv").write_text(DEALS_HEADER + "\n".join(deals) + "\n", encoding="utf-8")
    rows = [f"{deal},{stage},{at},person,ana" for deal, listed in moves.items() for stage, at in listed]
    (folder / "stage_moves.csv").write_text(MOVES_HEADER + "\n".join(rows) + "\n", encoding="utf-8")
    return folder


def day(number: int, hour: int = 9) -> str:
    """The ``number``-th of January 2026 at ``hour`` o'clock UTC, as the files write it."""
    return f"2026-01-{number:02d}T{hour:02d}:00:00+00:00"
