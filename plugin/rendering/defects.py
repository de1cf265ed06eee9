"""What broke on our side, while a page was made: logged, with a reference that the page shows."""

from __future__ import annotations

import logging

from flask import g, request

from plugin.services import defects

logger = logging.getLogger("parcours.web")


def log_defect(error: BaseException) -> None:
    """Keep the reference where the error page finds it."""
    g.reference = defects.log_defect(logger, error, request.endpoint)
