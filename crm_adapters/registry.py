"""The adapters that are installed, ours and other people's: the entry-point group ``parcours.crm_adapters``."""

from __future__ import annotations

from importlib.metadata import entry_points
from typing import Protocol

from crm_adapters.errors import NotSupported
from crm_adapters.port import Authority, ConnectionSettings, CrmAdapter

GROUP = "parcours.crm_adapters"


class AdapterClass(Protocol):
    """What an entry point of the group names. ``authority`` is None, or where its tokens come from (OAuth 2)."""

    authority: Authority | None

    def from_settings(self, settings: ConnectionSettings) -> CrmAdapter: ...


def adapter_for(kind: str, settings: ConnectionSettings) -> CrmAdapter:
    """The adapter of this kind, made from its settings. Raises NotSupported for a kind that nobody installed."""
    return _class_of(kind).from_settings(settings)


def authority_of(kind: str) -> Authority:
    """Where the tokens of this kind come from. Raises NotSupported where it has no OAuth."""
    authority = getattr(_class_of(kind), "authority", None)
    if authority is None:
        raise NotSupported(f"{kind} is not connected by OAuth")
    found: Authority = authority
    return found


def _class_of(kind: str) -> AdapterClass:
    found = {point.name: point for point in entry_points(group=GROUP)}
    if kind not in found:
        known = ", ".join(sorted(found)) or "none"
        raise NotSupported(f"no adapter for {kind!r} is installed; there is: {known}")
    adapter: AdapterClass = found[kind].load()
    return adapter
