"""HubSpot's stand-in, filled: ``python -m bench.peers.stand_in 10000``, in a process of its own.

It prints its address, its token and what there is to be had; then each line that comes in is obeyed, and answered.
"""

from __future__ import annotations

import json
import sys
import time
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from bench.peers.legacy import LegacyHubSpot
from tests.adapters.hubspot_account import ANA, STAGES, TOM, FilledHubSpot, _owner
from tests.fakes.hubspot.account import Account, Record
from tests.fakes.hubspot.faults import Limits

LATENCY = 0.06
CHANGES = 1_000
# What is calculated for each stage. A real account has hundreds of properties, which costs whoever reads all of them.
CALCULATED = ("hs_v2_date_entered", "hs_v2_date_exited", "hs_v2_latest_time_in")
GIVEN = ("dealname", "pipeline", "dealstage", "amount", "hubspot_owner_id", "closedate", "deal_currency_code")
OF_CONTACTS = ("firstname", "lastname", "email", "jobtitle")


def main(deals: int) -> None:
    server = LegacyHubSpot()
    with server:
        FilledHubSpot(server).fill(STAGES, (), ())
        account = server.account
        account.clock = lambda: datetime.now(UTC)
        account.owners = {one.id: _owner(one) for one in (ANA, TOM)}
        _define(account)
        _fill(account, deals)
        _say(address=server.address, token=server.token, **_there(account))
        for line in sys.stdin:
            _obey(server, line.strip())


def _obey(server: LegacyHubSpot, word: str) -> None:
    if word == "change":
        for record in list(server.account.records["deals"].values())[:CHANGES]:
            server.account.put("deals", {"dealname": "Changed"}, record.id)
        # An answer's date is whole seconds: what changed within this one would be left to the sync after the next.
        time.sleep(1)
    if word == "count":
        _say(requests=len(server.requests), refused=server.limits.refused)
    else:
        server.limits, server.faults.latency = Limits(), LATENCY
        server.requests.clear()
        _say(begun=True)


def _define(account: Account) -> None:
    stages = [stage.id for pipeline in STAGES for stage in pipeline.stages]
    of_deals = {**dict.fromkeys(GIVEN, "string"), "createdate": "datetime", "hs_lastmodifieddate": "datetime"}
    for name in CALCULATED:
        of_deals |= {f"{name}_{stage}": "number" if "time" in name else "datetime" for stage in stages}
    of_contacts = {**dict.fromkeys(OF_CONTACTS, "string"), "createdate": "datetime", "lastmodifieddate": "datetime"}
    for kind, of_kind in (("deals", of_deals), ("contacts", of_contacts)):
        for name, type_ in of_kind.items():
            account.properties[kind, name] = {"name": name, "label": name, "type": type_, "fieldType": "text"}


def _fill(account: Account, deals: int) -> None:
    """From one to four stages a deal, every tenth went back to the first; a contact for every fourth."""
    chance = Random(5)
    for n in range(deals):
        at = datetime.now(UTC) - timedelta(days=chance.randint(60, 400))
        about = {"dealname": f"Deal {n}", "pipeline": "new", "dealstage": "lead", "hubspot_owner_id": ANA.id}
        record = account.put("deals", about, at=at)
        way = ("call", "parked", "won")[: chance.randint(0, 3)]
        for stage in ("call", "lead", *way) if n % 10 == 0 else way:
            at += timedelta(days=chance.randint(1, 9))
            account.put("deals", {"dealstage": stage}, record.id, at=at)
        _calculate(record)
        account.touch(record, at)
        if n % 4 == 0:
            contact = account.put("contacts", {"firstname": "Bo", "lastname": str(n)})
            account.associate("deals", record.id, "contacts", contact.id)
    account.events.clear()


def _calculate(record: Record) -> None:
    """The last entry into each stage and the last exit from it, as HubSpot does beside the history."""
    left: datetime | None = None
    for entry in record.history["dealstage"]:
        at = datetime.fromisoformat(entry["timestamp"])
        name = f"hs_v2_date_entered_{entry['value']}"
        if name not in record.properties:
            record.properties[name] = entry["timestamp"]
            if left:
                record.properties[f"hs_v2_date_exited_{entry['value']}"] = left.isoformat()
                spent = int((left - at).total_seconds() * 1000)
                record.properties[f"hs_v2_latest_time_in_{entry['value']}"] = str(spent)
        left = at


def _there(account: Account) -> dict[str, int]:
    deals = account.records["deals"].values()
    return {
        "deals": len(deals),
        "moves": sum(len(one.history["dealstage"]) for one in deals),
        "contacts": len(account.records["contacts"]),
    }


def _say(**what: Any) -> None:
    print(json.dumps(what), flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]))
