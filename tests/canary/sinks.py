"""Everywhere that a secret could end up without anybody meaning it."""

from __future__ import annotations

import io
import logging
import pickle
import sys
import traceback
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any

from django.contrib.admin.models import LogEntry
from django.contrib.sessions.models import Session
from django.core import mail
from django.core.cache import cache
from django.core.management import call_command
from django.core.signals import got_request_exception
from django.db import connection
from django.db.models import QuerySet

from apikeys.models import AuditEvent
from keyservice.logs import JSONLines


class Sinks:
    """Named places and what was found in each so far; several texts may go to one place."""

    def __init__(self) -> None:
        self._places: dict[str, dict[bytes, None]] = {}  # each text once, in its order

    def put(self, name: str, content: object) -> None:
        """Keep something: text, bytes, or what else there is by its `repr`."""
        match content:
            case bytes():
                raw = content
            case str():
                raw = content.encode("utf-8", "backslashreplace")
            case _:
                raw = repr(content).encode("utf-8", "backslashreplace")
        self._places.setdefault(name, {})[raw] = None

    def __iter__(self) -> Iterator[tuple[str, bytes]]:
        return ((name, b"\n".join(parts)) for name, parts in self._places.items())

    @property
    def names(self) -> set[str]:
        return set(self._places)


class Everything(logging.Handler):
    """Keeps all there is of a record, and the exception that is being handled meanwhile."""

    def __init__(self, sinks: Sinks) -> None:
        super().__init__(logging.DEBUG)
        self._sinks = sinks

    def emit(self, record: logging.LogRecord) -> None:
        self._sinks.put("logs", record.getMessage())
        self._sinks.put("logs", record.__dict__)
        self._sinks.put("JSON lines", JSONLines().format(record))
        if record.exc_info and record.exc_info[1]:
            self._sinks.put("logs", "".join(traceback.format_exception(record.exc_info[1])))
        current = sys.exc_info()[1]
        if current is not None and record.levelno >= logging.WARNING:
            report(self._sinks, current)


def report(sinks: Sinks, error: BaseException) -> None:
    """What an error reporter sends: the messages, and the local variables of every frame."""
    cause: BaseException | None = error
    while cause is not None:
        sinks.put("error reports", f"{type(cause).__name__}: {cause!r} {cause}")
        for name, value in _locals(cause.__traceback__):
            sinks.put("error reports", f"{name} = {value}")
        cause = cause.__cause__ or cause.__context__


@contextmanager
def listening(sinks: Sinks, monkeypatch: Any) -> Generator[None, None, None]:
    """Meanwhile every logger is at DEBUG and heard, and every exception is reported."""
    handler = Everything(sinks)
    changed = [(logger, logger.level, logger.disabled) for logger in _loggers()]
    heard = [logger for logger, *_ in changed if logger.parent is None or not logger.propagate]
    for logger, *_ in changed:
        logger.setLevel(logging.DEBUG)
        logger.disabled = False
    for logger in heard:
        logger.addHandler(handler)

    def reported(**_: object) -> None:
        error = sys.exc_info()[1]
        if error is not None:
            report(sinks, error)

    got_request_exception.connect(reported)
    _tap_problems(sinks, monkeypatch)
    try:
        yield
    finally:
        got_request_exception.disconnect(reported)
        for logger in heard:
            logger.removeHandler(handler)
        for logger, level, disabled in changed:
            logger.setLevel(level)
            logger.disabled = disabled


def collect_storage(sinks: Sinks) -> None:
    """What lies in the database, the cache and the outbox when all is done."""
    sinks.put("audit trail", list(AuditEvent.objects.values()))
    sinks.put("admin log", list(LogEntry.objects.values()))
    sinks.put("sessions", [session.get_decoded() for session in Session.objects.all()])
    sinks.put("outbox", [message.message().as_bytes() for message in getattr(mail, "outbox", [])])
    sinks.put("cache", b"".join(_cached()))
    sinks.put("dumpdata", _dumped())
    for name, value in _columns():
        sinks.put(f"database {name}", value)
    for path in _database_files():
        sinks.put("database files", path.read_bytes())


def _tap_problems(sinks: Sinks, monkeypatch: Any) -> None:
    """DRF's views answer exceptions themselves, so no signal tells of them."""
    from apikeys.api import outside, problems

    original = problems.problem_of

    def tapped(exc: Exception, **arguments: Any) -> Any:
        answer = original(exc, **arguments)
        if answer.status_code >= 500:
            report(sinks, exc)
        return answer

    monkeypatch.setattr(problems, "problem_of", tapped)
    monkeypatch.setattr(outside, "problem_of", tapped)


def _loggers() -> list[logging.Logger]:
    known = logging.root.manager.loggerDict.values()
    return [logging.root, *(it for it in known if isinstance(it, logging.Logger))]


def _locals(trace: TracebackType | None) -> Iterator[tuple[str, str]]:
    for frame, _ in traceback.walk_tb(trace):
        if "/tests/" in frame.f_code.co_filename:
            continue  # the exceptions were made here, and the request was
        for name, value in frame.f_locals.items():
            yield f"{frame.f_code.co_qualname}: {name}", _shown(value)


def _shown(value: object) -> str:
    try:
        # The repr of a queryset would ask the database, and be logged.
        return str(value.query) if isinstance(value, QuerySet) else repr(value)
    except Exception as error:
        return f"no repr: {type(error).__name__}"


def _cached() -> Iterator[bytes]:
    for key, value in getattr(cache, "_cache", {}).items():
        yield key.encode()
        yield value if isinstance(value, bytes) else pickle.dumps(value)


def _dumped() -> str:
    text = io.StringIO()
    call_command("dumpdata", "--natural-foreign", "--natural-primary", stdout=text)
    return text.getvalue()


def _columns() -> Iterator[tuple[str, bytes]]:
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")  # noqa: S608  (ours)
            names = [column[0] for column in cursor.description]
            for row in cursor.fetchall():
                for name, value in zip(names, row, strict=True):
                    yield f"{table}.{name}", _stored(value)


def _stored(value: object) -> bytes:
    if isinstance(value, bytes | memoryview):
        return bytes(value) + b"\n" + bytes(value).hex().encode()
    return str(value).encode()


def _database_files() -> list[Path]:
    if connection.vendor != "sqlite":
        return []
    path = Path(connection.settings_dict["NAME"])
    beside = (path.with_name(path.name + suffix) for suffix in ("-wal", "-journal"))
    return [path, *(file for file in beside if file.exists())]
