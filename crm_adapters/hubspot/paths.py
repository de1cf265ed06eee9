"""Where HubSpot's API is: one version, and the addresses that follow from it."""

from __future__ import annotations

HOST = "https://api.hubapi.com"
# HubSpot names its versions by month; each is supported for 18 months. Shapes are the same in v3.
API_VERSION = "2026-09"


class Paths:
    """Addresses of one version: a month (``2026-09``) or the old ``v3`` (whose associations are ``v4``)."""

    def __init__(self, version: str = API_VERSION) -> None:
        self.version = version
        self.old = version == "v3"

    def objects(self, kind: str, rest: str = "") -> str:
        return f"/crm/v3/objects/{kind}{rest}" if self.old else f"/crm/objects/{self.version}/{kind}{rest}"

    def pipelines(self, kind: str) -> str:
        return f"/crm/v3/pipelines/{kind}" if self.old else f"/crm/pipelines/{self.version}/{kind}"

    def owners(self) -> str:
        return "/crm/v3/owners" if self.old else f"/crm/owners/{self.version}"

    def properties(self, kind: str, rest: str = "") -> str:
        return f"/crm/v3/properties/{kind}{rest}" if self.old else f"/crm/properties/{self.version}/{kind}{rest}"

    def associations(self, from_kind: str, to_kind: str) -> str:
        version = "v4" if self.old else self.version
        return (
            f"/crm/{version}/associations/{from_kind}/{to_kind}/batch/read"
            if self.old
            else (f"/crm/associations/{version}/{from_kind}/{to_kind}/batch/read")
        )

    def account(self) -> str:
        return "/account-info/v3/details" if self.old else f"/account-info/{self.version}/details"

    def token(self) -> str:
        return "/oauth/v3/token" if self.old else f"/oauth/{self.version}/token"

    def revocation(self) -> str:
        return f"{self.token()}/revoke"
