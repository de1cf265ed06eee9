"""One pull, as a worker does it: ``python -m bench.peers.ours ADDRESS TOKEN FOLDER``."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

from crm_adapters.hubspot import HubSpot
from crm_adapters.port import ConnectionSettings
from plugin.domain.journeys import Journeys
from plugin.library.journeys import load_journey, shipped_journeys
from plugin.store.database import Database
from plugin.store.recomputing import Recomputing
from plugin.sync.pull import Pull


def pull(address: str, token: str, folder: Path) -> None:
    journey = load_journey(shipped_journeys()["figure8"])
    recomputing = Recomputing(
        Database.at(url(folder)), Journeys(journey), folder / "cohorts", lambda: datetime.now(UTC)
    )
    Pull(recomputing, 1, adapter(address, token), {}).run()


def adapter(address: str, token: str) -> HubSpot:
    return HubSpot.from_settings(ConnectionSettings("hub", {"token": token, "host": address}))


def url(folder: Path) -> str:
    return f"sqlite:///{folder}/bench.sqlite3"


if __name__ == "__main__":
    pull(sys.argv[1], sys.argv[2], Path(sys.argv[3]))
