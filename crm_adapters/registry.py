"""The adapters that are installed, ours and other people's: the entry-point group ``parcours.crm_adapters``."""

from __future__ import annotations

from importlib.metadata import entry_points
from typing import Protocol

from crm_adapters.errors import NotSupported
from crm_adapters.port import ConnectionSettings, CrmAdapter

GROUP = "parcours.crm_adapters"


class AdapterClass(Protocol):
    """What an entry point of the group names."""

    def from_settings(self, settings: ConnectionSettings) -> CrmAdapter: ...


def adapter_for(kind: str, settings: ConnectionSettings) -> CrmAdapter:
    """The adapter of this kind, made from its settings. Raises NotSupported for a kind that nobody installed."""
    found = {point.name: point for point in entry_points(group=GROUP)}
    if kind not in found:
        known = ", ".join(sorted(found)) or "none"
        raise NotSupported(f"no adapter for {kind!r} is installed; there is: {known}")
    adapter: AdapterClass = found[kind].load()
    return adapter.from_settings(settings)
