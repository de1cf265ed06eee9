"""Singer's ``tap-hubspot``, writing to a file what it would hand to a target.

Everything of its deals is selected, and contacts, owners and pipelines. The interface for deals that it asks (v1) tells
no history; it asks another beside it for the calculated last entry into each stage.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from bench.peers.installed import ask, elsewhere
from bench.peers.run import Got, Run, Way

NAME = "tap-hubspot"
STREAMS = ("deals", "contacts", "owners", "deal_pipelines")
ENTERED = "property_hs_v2_date_entered_"
# The same again, of the same records.
LEFT_OUT = ["properties", "properties"]


def singer(bin_: Path) -> Way:
    tap = str(bin_ / NAME)

    def begin(run: Run) -> list[str]:
        config = run.write("config.json", {"api_key": run.token, "start_date": "2020-01-01T00:00:00Z"})
        catalog = json.loads(ask(run, [tap, "--config", config, "--discover"]))
        for stream in catalog["streams"]:
            for field in stream["metadata"]:
                field["metadata"]["selected"] = stream["stream"] in STREAMS and field["breadcrumb"] != LEFT_OUT
        return [tap, "--config", config, "--properties", run.write("catalog.json", catalog)]

    def again(run: Run) -> list[str]:
        state = [one["value"] for one in run.messages() if one["type"] == "STATE"][-1]
        files = ["--config", str(run.folder / "config.json"), "--properties", str(run.folder / "catalog.json")]
        return [tap, *files, "--state", run.write("state.json", state)]

    return Way("Singer's tap-hubspot", "names", begin, _got, again, elsewhere)


def _got(run: Run) -> Got:
    deals = [one["record"] for one in run.messages() if one["type"] == "RECORD" and one["stream"] == "deals"]
    return Got(len({one["dealId"] for one in deals}), sum(_entries(one) for one in deals))


def _entries(deal: dict[str, Any]) -> int:
    return sum(1 for name, about in deal.items() if name.startswith(ENTERED) and about and about.get("value"))
