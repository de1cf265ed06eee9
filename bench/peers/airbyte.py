"""Airbyte's source for HubSpot, as its own command without the platform, writing to a file what it would hand on.

Deals, the history of their properties (a stream of its own, which lists all deals once more), contacts, owners and
pipelines.
"""

from __future__ import annotations

import json
from pathlib import Path

from bench.peers.installed import ask, elsewhere
from bench.peers.run import Got, Run, Way

NAME = "airbyte-source-hubspot"
HISTORY = "deals_property_history"
STREAMS = ("deals", HISTORY, "contacts", "owners", "deal_pipelines")


def airbyte(bin_: Path) -> Way:
    source = str(bin_ / "source-hubspot")

    def begin(run: Run) -> list[str]:
        credentials = {"credentials_title": "Private App Credentials", "access_token": run.token}
        settings = {"credentials": credentials, "start_date": "2020-01-01T00:00:00Z"}
        config = run.write("config.json", settings)
        said = ask(run, [source, "discover", "--config", config]).splitlines()
        found = next(one["catalog"] for line in said if (one := json.loads(line))["type"] == "CATALOG")
        streams = [
            {"stream": one, "sync_mode": one["supported_sync_modes"][-1], "destination_sync_mode": "append"}
            for one in found["streams"]
            if one["name"] in STREAMS
        ]
        run.write("catalog.json", {"streams": streams})
        return _read(run)

    def again(run: Run) -> list[str]:
        latest = {
            one["state"]["stream"]["stream_descriptor"]["name"]: one["state"]
            for one in run.messages()
            if one["type"] == "STATE"
        }
        return [*_read(run), "--state", run.write("state.json", list(latest.values()))]

    def _read(run: Run) -> list[str]:
        files = ["--config", str(run.folder / "config.json"), "--catalog", str(run.folder / "catalog.json")]
        return [source, "read", *files]

    return Way("Airbyte's source-hubspot", "names", begin, _got, again, elsewhere)


def _got(run: Run) -> Got:
    deals, moves = set(), 0
    for one in run.messages():
        if one["type"] == "RECORD" and one["record"]["stream"] == "deals":
            deals.add(one["record"]["data"]["id"])
        elif one["type"] == "RECORD" and one["record"]["stream"] == HISTORY:
            moves += one["record"]["data"]["property"] == "dealstage"
    return Got(len(deals), moves)
