"""The panel beside the deal, framed by the CRM."""

from plugin.embed.application import create_panel

__all__ = ["create_panel"]
