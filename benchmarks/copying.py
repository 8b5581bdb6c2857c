"""Copies of a few keys, made inside of PostgreSQL: millions in a minute or two.

Every copy is a whole key, with a row in each table that a verify reads. Its secret is known to
someone only where it is asked for; those are spread evenly over the rest, so that each lies on a
page of its own, as the keys of a real table do.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from django.db import connection
from django.db.backends.utils import CursorWrapper
from django.db.models import Max, Model

from apikeys.conf import ring
from apikeys.domain import digests, minting
from apikeys.domain.sealing import Purpose, seal
from apikeys.domain.secret import Secret
from apikeys.models import AccessPolicy, ApiKey, KeySecret, UsageLimits, UsageTotals

TABLES: tuple[type[Model], ...] = (ApiKey, KeySecret, AccessPolicy, UsageLimits, UsageTotals)
GAP = 1_000  # between the ids of keys that were issued and those of the copies

# What a copy does not share with its original; `i` is its number, from 1.
CHANGES = {
    ApiKey: {
        "id": "%(base)s + i",
        "public_id": "'key_' || md5(i::text)",
        "number": "i",
        "name": "'service ' || i",
        "search_name": "'service ' || i",
        "subject": "'user_' || i %% 100000",
        "created_at": "now() - (%(count)s - i) * interval '1 second'",
        "updated_at": "now() - (%(count)s - i) * interval '1 second'",
    },
    KeySecret: {
        "id": "%(base)s + i",
        "key_id": "%(base)s + i",
        "digest": "coalesce(known.digest, sha256(('copy ' || i)::bytea))",
        "fingerprint": "coalesce(known.fingerprint, original.fingerprint)",
        "prefix": "coalesce(known.prefix, 'ks_live_' || substr(md5(i::text), 1, 2))",
        "hint": "coalesce(known.hint, substr(md5(i::text), 1, 4))",
    },
}
ONLY_THE_KEY = {"key_id": "%(base)s + i"}


def copies(names: Sequence[str], *, count: int, known: int) -> list[str]:
    """Store `count` copies of the keys of these names in turn; plaintexts of `known` of them."""
    base = ApiKey.objects.aggregate(last=Max("pk"))["last"] + GAP
    originals = [ApiKey.objects.get(name=name).pk for name in names]
    with connection.cursor() as cursor:
        # Foreign keys are right by construction; checking millions takes longer than storing them.
        cursor.execute("SET session_replication_role = replica")
        plaintexts = _make_known(cursor, count, known)
        with _without_indexes(cursor):
            for table in TABLES:
                for turn, original in enumerate(originals, start=1):
                    values = {"base": base, "count": count, "original": original}
                    cursor.execute(_insertion(table, turn, len(originals)), values)
        for table in (ApiKey, KeySecret):
            _move_sequence(cursor, table)
        cursor.execute("VACUUM ANALYZE")
    return plaintexts


def _make_known(cursor: CursorWrapper, count: int, known: int) -> list[str]:
    cursor.execute(
        "CREATE TEMP TABLE known (i bigint, digest bytea, fingerprint text, prefix text, hint text)"
    )
    plaintexts = [minting.mint("ks", "live").reveal() for _ in range(known)]
    with cursor.copy("COPY known FROM STDIN") as copy:
        for number, plaintext in enumerate(plaintexts):
            copy.write_row(_known_row(_place(number, count, known), plaintext))
    cursor.execute("ANALYZE known")
    return plaintexts


def _place(number: int, count: int, known: int) -> int:
    # Every second one moves by one, or an even distance would make them copies of one original.
    return 1 + number * count // known + (number % 2 if count >= 2 * known else 0)


def _known_row(i: int, plaintext: str) -> tuple[int, bytes, str, str, str]:
    sha256 = digests.fingerprint_of(Secret(plaintext))
    public_id = f"key_{hashlib.md5(str(i).encode(), usedforsecurity=False).hexdigest()}"
    return (
        i,
        digests.digest(ring().first, sha256),
        seal(ring(), Purpose.FINGERPRINT, public_id, sha256),
        minting.visible_prefix(plaintext),
        minting.hint(plaintext),
    )


def _insertion(table: type[Model], first: int, step: int) -> str:
    columns = [str(field.column) for field in table._meta.local_concrete_fields]
    changes = CHANGES.get(table, ONLY_THE_KEY)
    chosen = ", ".join(changes.get(name, f"original.{name}") for name in columns)
    owner = "id" if table is ApiKey else "key_id"
    joined = "LEFT JOIN known USING (i)" if table is KeySecret else ""
    return f"""
        INSERT INTO {table._meta.db_table} ({", ".join(columns)}) SELECT {chosen}
        FROM {table._meta.db_table} AS original
        CROSS JOIN generate_series({first}, %(count)s::bigint, {step}) AS i {joined}
        WHERE original.{owner} = %(original)s"""  # noqa: S608 - every name is one of our models'


@contextmanager
def _without_indexes(cursor: CursorWrapper) -> Iterator[None]:
    """Drop the plain indexes of the tables meanwhile: to build one is faster than to fill it."""
    cursor.execute(
        "SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index"
        " WHERE indrelid = ANY(%s::regclass[]) AND NOT EXISTS"
        " (SELECT FROM pg_constraint WHERE conindid = indexrelid)",
        [[table._meta.db_table for table in TABLES]],
    )
    indexes = cursor.fetchall()
    for name, _ in indexes:
        cursor.execute(f"DROP INDEX {name}")
    yield
    for _, definition in indexes:
        cursor.execute(definition)


def _move_sequence(cursor: CursorWrapper, table: type[Model]) -> None:
    name = table._meta.db_table
    cursor.execute(
        f"SELECT setval(pg_get_serial_sequence(%s, 'id'), max(id)) FROM {name}",  # noqa: S608
        [name],
    )
