"""What a verify has to know of a key, kept in the process between two of them.

A record carries the versions under which it was read. The limiter compares them with those that
were published, in the same step in which it counts, so that a record of before a change is never
the last word; it is read again then. Where the limiter knows no versions, nothing is kept.
"""

from __future__ import annotations

import hashlib
import hmac
import random
import secrets
import time
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import connection

from apikeys import metrics
from apikeys.conf import ring, settings
from apikeys.domain import digests
from apikeys.domain.minting import is_malformed
from apikeys.domain.secret import Secret
from apikeys.domain.terms import Terms
from apikeys.limiters.base import Limiter, Subject, shard_of
from apikeys.operations.freshening import freshen
from apikeys.operations.loading import Loaded, load

# A bound on what a change by hand in the database can be overlooked for; published changes count
# at once, and versions are remembered for longer than this. Each record is kept for half of it to
# the whole, by chance: all that were read in the minute of a start are not read again in another.
RECORD_SECONDS = 300
UNKNOWN_SECONDS = 5
UNKNOWN_MAX = 10_000


@dataclass(slots=True)
class Record:
    """One secret of a key as it was read.

    It may be kept until `good_until`; `confirmed_at` is when the limiter said last that nothing has
    changed since. Both in monotonic seconds.
    """

    name: bytes
    loaded: Loaded
    subject: Subject
    good_until: float
    confirmed_at: float

    @property
    def terms(self) -> Terms:
        return self.loaded.terms

    @property
    def is_fresh(self) -> bool:
        return time.monotonic() < self.good_until

    @property
    def stale_seconds(self) -> float:
        return time.monotonic() - self.confirmed_at

    def confirm(self) -> None:
        """To be called when a step of the limiter was taken with it."""
        if self.loaded.max_staleness_seconds:
            self.confirmed_at = time.monotonic()


class Records:
    """The records of this process by the name of the secret, oldest first out."""

    def __init__(self) -> None:
        self._known: OrderedDict[bytes, Record] = OrderedDict()
        # Apart, so that junk cannot push real keys out: name -> when, and the births then.
        self._unknown: dict[bytes, tuple[float, int]] = {}
        self.births = 0

    def find(self, secret: Secret, limiter: Limiter) -> tuple[Record | None, bytes]:
        """The record of a secret and the secret's name; None when no key has it."""
        name = keyed_name(secret.reveal())
        if connection.in_atomic_block or not limiter.keeps_records:
            return self._read(secret, name, limiter), name
        record = self._known.get(name)
        if record is not None and record.is_fresh:
            metrics.cache_hit()
            return record, name
        if self._is_unknown(name):
            return None, name
        metrics.cache_miss()
        record = self._read(secret, name, limiter)
        if record is not None:
            self._keep(record)
        return record, name

    def hold(self, those: Iterable[Record]) -> bool:
        """Whether they are what `find` would give now."""
        for record in those:
            if self._known.get(record.name) is not record or not record.is_fresh:
                return False
        return not connection.in_atomic_block

    def read_anew(self, secret: Secret, limiter: Limiter) -> Record | None:
        """What the database says now, whatever was kept."""
        return self._read(secret, keyed_name(secret.reveal()), limiter)

    def kept(self, secret: Secret) -> Record | None:
        """What is known of a secret without asking anybody, however old."""
        return self._known.get(keyed_name(secret.reveal()))

    def drop(self, record: Record) -> None:
        """Forget a record that is outdated."""
        self._known.pop(record.name, None)

    def keep_unknown(self, name: bytes, births_before: int, births: int) -> None:
        """Remember that no key has this secret, unless one may have been imported meanwhile."""
        self.births = births
        if births == births_before and not self._is_unknown(name):
            if len(self._unknown) >= UNKNOWN_MAX:
                self._unknown.clear()
            self._unknown[name] = (time.monotonic(), births)

    def clear(self) -> None:
        self._known.clear()
        self._unknown.clear()

    def _is_unknown(self, name: bytes) -> bool:
        since, births = self._unknown.get(name, (0.0, 0))
        return time.monotonic() - since < UNKNOWN_SECONDS and births == self.births

    def _read(self, secret: Secret, name: bytes, limiter: Limiter) -> Record | None:
        if is_malformed(secret.reveal()):
            return None  # whatever is stored under its digest: no key has such a secret
        # The epoch first: what is read after it cannot miss a change that it has forgotten.
        epochs = limiter.epochs()
        candidates = digests.candidates(ring(), secret)
        loaded = load([digest for _, digest in candidates])
        if loaded is None or not _is_one_of(loaded.digest, candidates):
            return None
        freshen(loaded, secret)
        shard = shard_of(loaded.terms.key_id, limiter.shards)
        subject = Subject(
            id=loaded.terms.key_id,
            tenant_id=loaded.terms.tenant_id,
            version=loaded.version,
            tenant_version=loaded.tenant_version,
            shard=shard,
            epoch=epochs.get(shard, ""),
            limits=loaded.limits,
        )
        now = time.monotonic()
        until = now + RECORD_SECONDS * random.uniform(0.5, 1)  # noqa: S311  (nobody gains by guessing)
        return Record(name, loaded, subject, good_until=until, confirmed_at=now)

    def _keep(self, record: Record) -> None:
        self._known[record.name] = record
        while len(self._known) > settings.CACHED_RECORDS:
            self._known.popitem(last=False)


def keyed_name(text: str) -> bytes:
    """What a text is called in this process that is or holds a secret, which nobody must keep.

    Not the digest of the database, which takes several times as long.
    """
    encoded = text.encode("utf-8", "surrogatepass")
    return hashlib.blake2b(encoded, key=_PROCESS_KEY, digest_size=32).digest()


_PROCESS_KEY = secrets.token_bytes(32)


def _is_one_of(known: bytes, candidates: tuple[tuple[str, bytes], ...]) -> bool:
    return any(hmac.compare_digest(known, digest) for _, digest in candidates)


records = Records()
