"""Deals from HubSpot, with their whole stage history; meetings and stage moves back to it."""

from crm_adapters.hubspot.adapter import HubSpot

__all__ = ["HubSpot"]
