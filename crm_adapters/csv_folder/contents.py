"""What a folder says: its files as the port's records. Pure: nothing is read here."""

from __future__ import annotations

from dataclasses import dataclass

from crm_adapters.csv_folder.folder import Folder
from crm_adapters.csv_folder.mapping import DEFAULT_PIPELINE, Mapping
from crm_adapters.csv_folder.meetings import parse_meetings, parse_words
from crm_adapters.csv_folder.records import parse_deals, parse_moves, parse_stages, pipelines_of
from crm_adapters.csv_folder.touches import parse_touches
from crm_adapters.port import Deal, Fault, Meeting, Pipeline, with_stages_of_moves


@dataclass(frozen=True, slots=True)
class Contents:
    """``unreadable`` are deals that exist but whose row is faulty; ``faults`` stand in the order of the files."""

    pipelines: tuple[Pipeline, ...]
    deals: tuple[Deal, ...]
    unreadable: tuple[str, ...]
    meetings: tuple[Meeting, ...]
    faults: tuple[Fault, ...]


def contents_of(folder: Folder, mapping: Mapping) -> Contents:
    faults = list(folder.faults)
    stages = parse_stages(folder.stages, faults) if mapping.stages is None else mapping.stages
    first_pipeline = stages[0][0] if stages else DEFAULT_PIPELINE
    deal_ids = folder.deal_ids
    moves = parse_moves(folder.moves, deal_ids, mapping.times(mapping.moves), faults)
    touches = parse_touches(folder.touches, deal_ids, mapping.times(), faults)
    deals, unreadable = parse_deals(
        folder.deals, moves, touches, mapping.times(mapping.deals), mapping.numbers, first_pipeline, faults
    )
    readable = {deal.id for deal in deals}
    words = parse_words(folder.words, {record["id"] for record in folder.meetings}, faults)
    return Contents(
        pipelines=with_stages_of_moves(pipelines_of(stages), deals),
        deals=tuple(deals),
        unreadable=tuple(dict.fromkeys(id_ for id_ in (*unreadable, *folder.torn) if id_ not in readable)),
        meetings=tuple(parse_meetings(folder.meetings, words, deal_ids, mapping.times(), faults)),
        faults=tuple(sorted(faults, key=lambda fault: (fault.place, fault.line or 0))),
    )
