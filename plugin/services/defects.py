"""What is logged of a defect: where it happened, and nobody's words."""

from __future__ import annotations

import logging
import secrets
import traceback


def log_defect(logger: logging.Logger, error: BaseException, where: str | None) -> str:
    """Log types, files and lines; no message and no values, which may be somebody's words. Returns a reference."""
    reference = secrets.token_hex(4)
    frames = reversed(traceback.extract_tb(error.__traceback__))
    place = " < ".join(f"{frame.filename}:{frame.lineno}" for frame in frames)
    logger.error("%s: %s in %s at %s", reference, type(error).__name__, where, place)
    return reference
