"""What can go wrong between us and a CRM, named for what the caller must do.

CrmError
├── TryLater          wait (``retry_after`` seconds where the CRM said so), then call again
├── AccessRefused     stop and tell an admin: key, scope or right is missing
├── RecordGone        the record was deleted or merged; ``merged_into`` names its successor where known
├── OutcomeUnknown    a write may or may not have happened: find out before writing again
├── RefusedByRules    the CRM's own rules refuse the write; show the person ``reason`` and ``fields``
├── UnexpectedAnswer  the CRM (or the file) says something that we can't read: report it
└── NotSupported      this adapter can't do that at all (a read-only source asked to write)
"""

from __future__ import annotations


class CrmError(Exception):
    """Base of all; ``str()`` of it is fit to be shown and holds no secret."""


class TryLater(CrmError):
    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class AccessRefused(CrmError):
    pass


class RecordGone(CrmError):
    def __init__(self, message: str, merged_into: str | None = None) -> None:
        super().__init__(message)
        self.merged_into = merged_into


class OutcomeUnknown(CrmError):
    pass


class RefusedByRules(CrmError):
    def __init__(self, reason: str, fields: tuple[str, ...] = ()) -> None:
        super().__init__(reason)
        self.reason = reason
        self.fields = fields


class UnexpectedAnswer(CrmError):
    pass


class NotSupported(CrmError):
    pass
