"""A session that pages without any care for limits: ``python -m bench.peers.plain ADDRESS TOKEN``."""

from __future__ import annotations

import json
import sys

import requests


def main(address: str, token: str) -> None:
    session, after, deals, moves = requests.Session(), "", 0, 0
    session.headers["Authorization"] = f"Bearer {token}"
    while True:
        asked = {"limit": "50", "propertiesWithHistory": "dealstage", "associations": "contacts"}
        answer = session.get(f"{address}/crm/objects/2026-09/deals", params=asked | ({"after": after} if after else {}))
        if not answer.ok:
            print(json.dumps({"deals": deals, "moves": moves}), flush=True)
            answer.raise_for_status()
        page = answer.json()
        deals += len(page["results"])
        moves += sum(len(one["propertiesWithHistory"]["dealstage"]) for one in page["results"])
        after = page.get("paging", {}).get("next", {}).get("after", "")
        if not after:
            break
    print(json.dumps({"deals": deals, "moves": moves}))


if __name__ == "__main__":
    main(*sys.argv[1:])
