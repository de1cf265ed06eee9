"""Odoo: opportunities with their history, calendar events, and back."""

from crm_adapters.odoo.adapter import Odoo

__all__ = ["Odoo"]
