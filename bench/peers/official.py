"""HubSpot's own client, ``get_all`` with the history of stages: ``python -m bench.peers.official ADDRESS TOKEN``."""

from __future__ import annotations

import json
import sys

import hubspot


def main(address: str, token: str) -> None:
    client = hubspot.HubSpot(access_token=token, host=address, base_url=address)
    deals = client.crm.deals.get_all(properties_with_history=["dealstage"])
    print(json.dumps({"deals": len(deals), "moves": sum(_moves(one) for one in deals)}))


def _moves(deal: hubspot.crm.deals.SimplePublicObjectWithAssociations) -> int:
    return len(deal.properties_with_history["dealstage"])


if __name__ == "__main__":
    main(*sys.argv[1:])
