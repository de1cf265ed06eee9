"""An application of its own under ``/api``: no cookie and no session; a token in every request that needs one."""

from __future__ import annotations

import logging
from types import TracebackType

from flask import Flask, g, request
from werkzeug.middleware.proxy_fix import ProxyFix

from plugin.api import conversion, deals, description, edge, logs, meetings, operations, person, problems
from plugin.api.limits import Limits
from plugin.services.defects import log_defect
from plugin.services.workspace import Workspace

logger = logging.getLogger("parcours.api")

VERSION = "/v1"
MODULES = (person, deals, meetings, logs, conversion)
LARGEST = 1_000_000


class Api(Flask):
    def log_exception(self, exc_info: tuple[type, BaseException, TracebackType] | tuple[None, None, None]) -> None:
        """Flask would log the exception's own text, which may quote what was sent."""
        if exc_info[1] is not None:
            g.reference = log_defect(logger, exc_info[1], request.endpoint)


def create_api(workspace: Workspace, https: bool, limits: Limits | None = None) -> Flask:
    """The API of a workspace. ``https``: a proxy that speaks HTTPS stands in front of us."""
    app = Api(__name__.rpartition(".")[0], static_folder=None)
    app.config.from_mapping(HTTPS=https, MAX_CONTENT_LENGTH=LARGEST)
    app.extensions["parcours"] = workspace
    app.extensions["limits"] = limits or Limits()
    edge.install(app)
    problems.install(app)
    served = [one for module in MODULES for one in module.OPERATIONS]
    operations.install(app, VERSION, [*served, description.of(served)])
    if https:
        # One proxy, ours: it tells the address of who asks. Host and scheme are never taken from a header.
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1, x_proto=0)  # type: ignore[method-assign]
    return app
