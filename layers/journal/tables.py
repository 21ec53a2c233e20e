from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Identity, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from layers.db import Json, Table


class Entry(Table):
    """What was done. Ids, codes and digests only: it is kept for good."""

    __tablename__ = "journal"
    __table_args__ = (
        Index("journal_kind_subject_ix", "kind", "subject"),
        Index("journal_actor_id_ix", "actor", "id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    at: Mapped[datetime]
    actor: Mapped[str]
    verb: Mapped[str]
    kind: Mapped[str]
    subject: Mapped[str]
    details: Mapped[Json]


class FreeText(Table):
    """The words that a person typed with an entry. They may be deleted; their digest stays."""

    __tablename__ = "journal_texts"

    entry_id: Mapped[int] = mapped_column(BigInteger, ForeignKey(Entry.id), primary_key=True)
    salt: Mapped[bytes] = mapped_column(LargeBinary)
    text: Mapped[str]


class Unsealed(Table):
    """Entries that no seal covers yet: a trigger puts in each that is appended.

    A row of its own, and not "everything behind the last id": identity numbers commit out of
    order. Nor "everything behind the last transaction number": those begin anew when a backup is
    restored into another cluster.
    """

    __tablename__ = "journal_unsealed"

    entry_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)


class Seal(Table):
    """One link of the chain, for one entry; numbered from 1 without gaps.

    No foreign key: it would write every entry a second time to lock it, and the seal of a row
    that was removed must stay and tell.
    """

    __tablename__ = "journal_seals"

    number: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    entry_id: Mapped[int] = mapped_column(BigInteger, unique=True)
    sealed_at: Mapped[datetime]
    content: Mapped[bytes] = mapped_column(LargeBinary)
    digest: Mapped[bytes] = mapped_column(LargeBinary)


CONTENT = """sha256(convert_to(jsonb_build_object(
    'id', {id}, 'at', journal.at AT TIME ZONE 'UTC', 'actor', journal.actor, 'verb', journal.verb,
    'kind', journal.kind, 'subject', journal.subject, 'details', journal.details)::text, 'UTF8'))"""
"""Digest of a row's canonical JSON, which is PostgreSQL's jsonb: keys in order, numbers exact."""
