"""What the pages' tests have: a small company on SQLite."""

from tests.web.conftest import clock, database, library, workspace

__all__ = ["clock", "database", "library", "workspace"]
