"""A log line for what broke on our side, without anybody's words."""

from __future__ import annotations

import logging
import secrets
import traceback

from flask import g, request

logger = logging.getLogger("parcours.web")


def log_defect(error: BaseException) -> None:
    """Log where it happened: types, files and lines; no message and no values, which may be somebody's words."""
    g.reference = secrets.token_hex(4)
    frames = reversed(traceback.extract_tb(error.__traceback__))
    place = " < ".join(f"{frame.filename}:{frame.lineno}" for frame in frames)
    logger.error("%s: %s in %s at %s", g.reference, type(error).__name__, request.endpoint, place)
