"""Which account a CRM owner is: the same e-mail, else the same name, both ways round."""

from __future__ import annotations

from sqlalchemy import func, or_, select, update
from sqlalchemy.orm import Session

from plugin.store.tables import CrmOwner, UserAccount


def account_of_owner(session: Session, name: str, email: str | None) -> int | None:
    """The account that goes by the owner's e-mail or name; None where no one does, or where several share the name."""
    found = session.scalars(
        select(UserAccount.id).where(
            or_(
                UserAccount.email.in_([text.lower() for text in (email, name) if text]),
                func.lower(UserAccount.name) == name.lower(),
            )
        )
    ).all()
    return found[0] if len(found) == 1 else None


def link_owners(session: Session, user_id: int) -> None:
    """Give a new account the deals of the owners that go by its e-mail or name and have no account yet."""
    user = session.get_one(UserAccount, user_id)
    session.execute(
        update(CrmOwner)
        .where(
            CrmOwner.user_id.is_(None),
            or_(
                func.lower(CrmOwner.email) == user.email,
                func.lower(CrmOwner.crm_id) == user.email,
                func.lower(CrmOwner.name) == user.name.lower(),
            ),
        )
        .values(user_id=user_id)
    )
