"""Pages of records: all of them by listing, or those that changed by searching windows of time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from crm_adapters.errors import UnexpectedAnswer
from crm_adapters.hubspot.cursor import Cursor
from crm_adapters.hubspot.parse import instant_of, milliseconds
from crm_adapters.hubspot.paths import Paths
from crm_adapters.hubspot.transport import Transport

Json = dict[str, Any]

LISTED, WITH_HISTORY, BATCH, ASSOCIATED, SEARCHED = 100, 50, 100, 1_000, 200


@dataclass(frozen=True)
class Stream:
    """One kind of record. ``history`` are the properties whose whole history is wanted; ``beside`` are the kinds whose
    ids come along."""

    kind: str
    properties: tuple[str, ...]
    history: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()

    @property
    def page_size(self) -> int:
        return WITH_HISTORY if self.history else LISTED


@dataclass(frozen=True)
class Read:
    """Some records, each with the ids beside it by kind, and the cursor behind them."""

    records: tuple[Json, ...]
    cursor: Cursor
    first: bool = False


@dataclass
class Reader:
    """``page_size`` is smaller in tests only."""

    transport: Transport
    paths: Paths
    now: Callable[[], int]
    page_size: int | None = None

    def pages(self, stream: Stream, text: str | None) -> Iterator[Read]:
        """From the beginning where there is no cursor; else behind it, up to now."""
        cursor = Cursor.read(text) if text else None
        if cursor is None or cursor.full:
            yield from self._full(stream, cursor or Cursor.beginning(self.now()), first=cursor is None)
            return
        while (opened := cursor.opened(self.now())) is not None:
            for read in self._window(stream, opened):
                yield read
                opened = read.cursor
            cursor = opened.closed(self.now())
            yield Read((), cursor)
            if not cursor.upto:
                return

    def _full(self, stream: Stream, cursor: Cursor, first: bool) -> Iterator[Read]:
        while True:
            asked: dict[str, Any] = {"limit": self._size(stream.page_size), "properties": ",".join(stream.properties)}
            if stream.history:
                asked["propertiesWithHistory"] = ",".join(stream.history)
            if stream.beside:
                asked["associations"] = ",".join(stream.beside)
            if cursor.after:
                asked["after"] = cursor.after
            answer = self.transport.read("GET", self.paths.objects(stream.kind), params=asked)
            after = next_mark(answer)
            if after and after == cursor.after:
                raise UnexpectedAnswer("HubSpot's list leads back to the same page")
            cursor = cursor.behind_page(after)
            yield Read(tuple(answer["results"]), cursor, first)
            first = False
            if not after:
                return

    def _window(self, stream: Stream, cursor: Cursor) -> Iterator[Read]:
        """The records of a window by their ids, as many at once as one request tells the associations of."""
        size = self._size(stream.page_size)
        more = True
        while more:
            ids, more = self._ids(stream, cursor)
            beside = {kind: self.associations(stream.kind, kind, ids) for kind in stream.beside} if ids else {}
            for start in range(0, len(ids), size):
                some = ids[start : start + size]
                cursor = cursor.behind_record(some[-1])
                yield Read(tuple(self.batch(stream, some, beside)), cursor)

    def _ids(self, stream: Stream, cursor: Cursor) -> tuple[list[str], bool]:
        """The next ids of the window, and whether there may be more: a page may hold few although more come."""
        found: list[str] = []
        while len(found) < self._size(ASSOCIATED):
            ids, more = self._search(stream, cursor)
            found += ids
            if not ids or (len(ids) < self._size(SEARCHED) and not more):
                return found, False
            cursor = cursor.behind_record(ids[-1])
        return found, True

    def _search(self, stream: Stream, cursor: Cursor) -> tuple[list[str], bool]:
        """A page of ids, and whether HubSpot has a next one; those that the index gives from outside of the window are
        left out."""
        stamp = "lastmodifieddate" if stream.kind == "contacts" else "hs_lastmodifieddate"
        filters = [
            {"propertyName": stamp, "operator": "GTE", "value": str(cursor.window_from)},
            {"propertyName": stamp, "operator": "LTE", "value": str(cursor.upto)},
        ]
        if cursor.record:
            filters.append({"propertyName": "hs_object_id", "operator": "GT", "value": cursor.record})
        body = {
            "filterGroups": [{"filters": filters}],
            "sorts": [{"propertyName": "hs_object_id", "direction": "ASCENDING"}],
            "properties": ["hs_object_id", stamp],
            "limit": self._size(SEARCHED),
        }
        answer = self.transport.read("POST", self.paths.objects(stream.kind, "/search"), searching=True, json=body)
        ids = sorted({int(one["id"]) for one in answer["results"] if _in_window(one, stamp, cursor)})
        behind = int(cursor.record or 0)
        return [str(one) for one in ids if one > behind], bool(next_mark(answer))

    def batch(
        self, stream: Stream, ids: Sequence[str], beside: Mapping[str, Mapping[str, list[str]]]
    ) -> Iterator[Json]:
        """These records with what lists would give beside them; those that are not there any more are left out."""
        body: Json = {"inputs": [{"id": one} for one in ids], "properties": list(stream.properties)}
        if stream.history:
            body["propertiesWithHistory"] = list(stream.history)
        answer = self.transport.read("POST", self.paths.objects(stream.kind, "/batch/read"), json=body)
        for record in answer["results"]:
            if record.get("archived"):
                continue
            found = {kind: of.get(str(record["id"]), []) for kind, of in beside.items()}
            yield {
                **record,
                "associations": {kind: {"results": [{"id": one} for one in of]} for kind, of in found.items()},
            }

    def associations(self, from_kind: str, to_kind: str, ids: Sequence[str]) -> dict[str, list[str]]:
        """Ids of the other kind by id; long lists are read to their end."""
        found: dict[str, list[str]] = {}
        waiting = [{"id": one} for one in ids]
        while waiting:
            some, waiting = waiting[:ASSOCIATED], waiting[ASSOCIATED:]
            answer = self.transport.read("POST", self.paths.associations(from_kind, to_kind), json={"inputs": some})
            for one in answer["results"]:
                from_id = str(one["from"]["id"])
                known = found.setdefault(from_id, [])
                known += [str(to["toObjectId"]) for to in one.get("to", ()) if str(to["toObjectId"]) not in known]
                if after := next_mark(one):
                    waiting.append({"id": from_id, "after": after})
        return found

    def named(self, kind: str, properties: Sequence[str], ids: Iterable[str]) -> dict[str, Json]:
        """Records by id, for their names."""
        found: dict[str, Json] = {}
        rest = iter(dict.fromkeys(ids))
        while some := list(islice(rest, BATCH)):
            body = {"inputs": [{"id": one} for one in some], "properties": list(properties)}
            answer = self.transport.read("POST", self.paths.objects(kind, "/batch/read"), json=body)
            found |= {str(one["id"]): one for one in answer["results"]}
        return found

    def _size(self, most: int) -> int:
        return min(most, self.page_size or most)


def next_mark(answer: Mapping[str, Any]) -> str:
    """HubSpot's mark of the next page; empty behind the last."""
    following = (answer.get("paging") or {}).get("next") or {}
    return str(following.get("after") or "")


def _in_window(record: Mapping[str, Any], stamp: str, cursor: Cursor) -> bool:
    """A record that changed while we searched shows a later instant: the next window has it, but so may this one."""
    changed = instant_of((record.get("properties") or {}).get(stamp) or record.get("updatedAt"))
    return changed is None or milliseconds(changed) >= cursor.window_from
