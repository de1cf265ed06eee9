"""Who was erased, known again without being kept: by a digest that takes a key from outside the database."""

from __future__ import annotations

import hmac
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from plugin.domain.names import Names, Words, fold, without, words_of
from plugin.store.tables import ErasedContact, ErasedName


@dataclass(frozen=True)
class ErasedNames:
    """The names that must not come back into one deal: each digest, with the number of its words.

    One of no words is that of a whole field: a name that is not looked for within texts.
    """

    key: bytes
    digests: Mapping[str, int]
    in_title: bool = False

    def is_one(self, name: str | None) -> bool:
        return bool(name) and any(
            _digest(self.key, row) in self.digests for row in ((fold(name or ""),), words_of(name or ""))
        )

    def without(self, text: str) -> str:
        lengths = set(self.digests.values()) - {0}
        return without(text, lengths, lambda row: _digest(self.key, row) in self.digests)


@dataclass(frozen=True)
class Erased:
    """``secret`` is the installation's own: with another one, nobody is known again."""

    secret: str = ""

    @property
    def _key(self) -> bytes:
        return self.secret.encode()

    def number(self, connection_id: int, contact_id: str) -> str:
        """What is kept of a contact's number, which may be an address."""
        return _digest(self._key, ("contact", str(connection_id), contact_id))

    def among(self, session: Session, connection_id: int, contact_ids: Collection[str]) -> set[str]:
        """Those of these contacts of a connection that were erased."""
        kept_as = {self.number(connection_id, one): one for one in contact_ids}
        # Before their digests the numbers themselves were kept.
        kept_as |= {one: one for one in contact_ids}
        known = select(ErasedContact.crm_id).where(
            ErasedContact.connection_id == connection_id, ErasedContact.crm_id.in_(kept_as)
        )
        return {kept_as[one] for one in session.scalars(known)} if contact_ids else set()

    def names_in(self, session: Session, deal_ids: Collection[int]) -> dict[int, ErasedNames]:
        """By deal; a deal from which nobody was erased is not there."""
        digests: defaultdict[int, dict[str, int]] = defaultdict(dict)
        titles: set[int] = set()
        for row in session.scalars(select(ErasedName).where(ErasedName.deal_id.in_(deal_ids))):
            digests[row.deal_id][row.digest] = row.words
            titles |= {row.deal_id} if row.in_title else set()
        return {deal_id: ErasedNames(self._key, found, deal_id in titles) for deal_id, found in digests.items()}

    def keep_out(self, session: Session, connection_id: int, contact_id: str, now: datetime) -> None:
        """No sync brings this contact back."""
        if not self.among(session, connection_id, [contact_id]):
            number = self.number(connection_id, contact_id)
            session.add(ErasedContact(connection_id=connection_id, crm_id=number, erased_at=now))

    def keep_out_of(self, session: Session, deal_id: int, names: Names, in_title: bool) -> None:
        """No sync brings these names back into the deal's people, words and titles."""
        known = {row.digest: row for row in session.scalars(select(ErasedName).filter_by(deal_id=deal_id))}
        digests = {_digest(self._key, (name,)): 0 for name in names.plain}
        digests |= {_digest(self._key, row): len(row) for row in names.rows}
        for digest, words in sorted(digests.items()):
            row = known.get(digest) or ErasedName(deal_id=deal_id, digest=digest, words=words, in_title=False)
            row.words, row.in_title = max(row.words, words), row.in_title or in_title
            session.add(row)


# For a source from which nobody was erased.
NOBODY_KNOWN = Erased()


def _digest(key: bytes, words: Words) -> str:
    return hmac.digest(key, "\x1f".join(("erased", *words)).encode(), "sha256").hex()
