"""A HubSpot account in memory behind real HTTP, as HubSpot's documents describe it; its own clients drive it too."""

from tests.fakes.hubspot.account import Account
from tests.fakes.hubspot.server import FakeHubSpot

__all__ = ["Account", "FakeHubSpot"]
