"""What programs may read and write, as JSON under ``/api/v1``."""

from plugin.api.application import create_api

__all__ = ["create_api"]
