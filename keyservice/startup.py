"""`keyservice up`: from an environment to a serving process, in the order of what can go wrong.

Nothing is written before everything that the operator may have got wrong was looked at, and a
second start skips what the first one did.
"""

from __future__ import annotations

import os
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import django
from django.core import checks
from django.core.management import call_command
from django.db import DatabaseError, connection, connections, transaction
from django.db.backends.utils import CursorWrapper

from apikeys.domain.secret import MASK
from keyservice import data_directory
from keyservice.addresses import Bind
from keyservice.durability import complaints_about_redis, require_durable_commits
from keyservice.environment import Environment
from keyservice.variables import BadSetting

MULTIPROCESS_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"  # as the client of Prometheus reads it
_START_LOCK = 0x6B657973  # any number that no one else uses; this one spells "keys"
_TURN_SECONDS = 0.1
_READ_SQLITE = "SELECT count(*) FROM sqlite_master"
_REASON_LENGTH_MAX = 200


def up() -> None:
    """Start the service; returns when it has been stopped."""
    os.umask(0o077)
    from keyservice.settings import ENVIRONMENT

    require_free_port(ENVIRONMENT.bind)
    if ENVIRONMENT.is_embedded:
        data_directory.claim(ENVIRONMENT.data_dir)
    count_together(ENVIRONMENT)
    django.setup()
    require_sound_settings()
    with start_connection():
        prepare(ENVIRONMENT)

    from keyservice.serving import serve

    serve(ENVIRONMENT)


def count_together(environment: Environment) -> None:
    """Let the serving processes count into files, so that each can tell what all have counted.

    Before Django loads the apps, and with them the counters. A directory that the operator named,
    to share it with the worker of the same machine, is theirs to clean.
    """
    if MULTIPROCESS_VARIABLE not in os.environ:
        directory = data_directory.fresh_metrics(environment.data_dir, str(environment.bind))
        os.environ[MULTIPROCESS_VARIABLE] = str(directory)


def require_free_port(bind: Bind) -> None:
    """Refuse a port that someone listens on; granian would share it without a word."""
    family = socket.AF_INET6 if ":" in bind.host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((bind.host, bind.port))
            probe.listen()
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise BadSetting("KEYSERVICE_BIND", f"cannot listen on {bind}: {reason}.") from error


def require_sound_settings(*, databases: tuple[str, ...] = ()) -> None:
    """Run Django's system checks and refuse their first error."""
    tags = [checks.Tags.database] if databases else None
    for message in checks.run_checks(databases=databases or None, tags=tags):
        if message.level >= checks.ERROR:
            hint = f" {message.hint}" if message.hint else ""
            raise BadSetting(f"settings ({message.id})", f"{message.msg}{hint}")


@contextmanager
def start_connection() -> Iterator[None]:
    """Meanwhile the database is used without its pool, and by one starting process at a time.

    A pool has threads, which would not survive the fork into the serving processes.
    """
    options = connections["default"].settings_dict["OPTIONS"]
    pool = options.pop("pool", None)
    try:
        require_database()
        with one_start_at_a_time():
            yield
    finally:
        connections.close_all()
        if pool:
            options["pool"] = pool


@contextmanager
def one_start_at_a_time() -> Iterator[None]:
    """Let other processes that start on this PostgreSQL database wait for this one.

    A SQLite database has one process that serves, and `data_directory.claim` sees to that.
    """
    if connection.vendor != "postgresql":
        yield
        return
    turn = connections.create_connection("default")
    turn.set_autocommit(False)
    try:
        with turn.cursor() as cursor:
            # A lock of the transaction, because a pooler would keep one of the session for ever.
            # Asked for again and again: a statement that waits holds a snapshot, for the end of
            # which an index that is built concurrently would wait in turn.
            while not _is_granted(cursor):
                time.sleep(_TURN_SECONDS)
        yield
    finally:
        turn.rollback()
        turn.close()


def _is_granted(cursor: CursorWrapper) -> bool:
    cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_START_LOCK])
    return bool(cursor.fetchone()[0])


def require_database() -> None:
    """Refuse a database that does not answer."""
    try:
        with connection.cursor() as cursor:
            # Something that SQLite has to open its file for.
            cursor.execute("SELECT 1" if connection.vendor == "postgresql" else _READ_SQLITE)
    except DatabaseError as error:
        password = connection.settings_dict.get("PASSWORD") or ""
        raise BadSetting("DATABASE_URL", _reason(error, str(password))) from error


def require_cache(environment: Environment) -> None:
    """Refuse a Redis that does not answer; without one there is nothing to ask."""
    if environment.redis_url is None:
        return
    from redis.exceptions import RedisError

    from keyservice.health import cache_answers

    try:
        cache_answers()
    except (RedisError, OSError) as error:
        raise BadSetting("REDIS_URL", _reason(error)) from error


def warn_of_redis(environment: Environment) -> None:
    """A line on standard error for each thing that makes Redis forget."""
    if environment.redis_url is not None:
        for complaint in complaints_about_redis(environment.redis_url.reveal()):
            sys.stderr.write(f"keyservice: warning: {complaint}\n")


def prepare(environment: Environment) -> None:
    """Bring database and static files up to date, and welcome the operator on the first start."""
    from keyservice.health import is_migrated
    from keyservice.static_files import collect_when_changed
    from keyservice.welcome import welcome

    require_cache(environment)
    require_durable_commits()
    warn_of_redis(environment)
    if not is_migrated():
        call_command("migrate", interactive=False, verbosity=0)
    require_sound_settings(databases=("default",))
    collect_when_changed()
    take_over_journal(environment)
    with transaction.atomic():
        # Shown before the commit: a secret shown in vain is worth less than one lost for ever.
        sys.stdout.write(welcome(environment))
        sys.stdout.flush()


def take_over_journal(environment: Environment) -> None:
    """Count what this service has left in files, if it had no Redis before and has one now."""
    journal = environment.data_dir / data_directory.JOURNAL_NAME
    if environment.is_embedded or not journal.is_dir():
        return
    from apikeys.operations.takeover import take_over

    claimed = data_directory.claim(environment.data_dir)
    try:
        take_over(journal)
    finally:
        os.close(claimed)


def _reason(error: Exception, password: str = "") -> str:
    text = " ".join(str(error).split())[:_REASON_LENGTH_MAX]
    return f"cannot be used: {text.replace(password, MASK) if password else text}"
