"""Who is looking: every use case that shows or changes a deal asks for one."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    SALESPERSON = "salesperson"
    MANAGER = "manager"
    MARKETER = "marketer"
    ADMIN = "admin"


# Who meets buyers, and writes of it.
SELLING = frozenset({Role.SALESPERSON, Role.MANAGER, Role.ADMIN})


@dataclass(frozen=True, slots=True)
class Viewer:
    """A signed-in person. A salesperson sees the deals that the CRM says are theirs; the others see all."""

    user_id: int
    name: str
    email: str
    role: Role
    language: str = "en"
    time_zone: str = "Europe/Paris"

    @property
    def sees_all(self) -> bool:
        return self.role is not Role.SALESPERSON

    @property
    def may_log(self) -> bool:
        """Whether they hold meetings with buyers."""
        return self.role is not Role.MARKETER

    @property
    def only_owner(self) -> int | None:
        """The account whose deals these eyes are kept to; None where they see all."""
        return None if self.sees_all else self.user_id
