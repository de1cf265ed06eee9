"""The pages: server-rendered, working without JavaScript, in French and English."""

from plugin.web.application import create_app

__all__ = ["create_app"]
