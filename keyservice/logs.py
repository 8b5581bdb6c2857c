"""Logs as JSON lines that cannot carry a secret: only what is known to be harmless is written.

The usual way, writing everything and masking what looks secret, has failed others again and
again. Here the constant part of a message is kept, its arguments only when they are numbers,
fields only by name and only from our own records, and of an exception its type and frames, never
its message or local variables.
"""

from __future__ import annotations

import json
import logging
import re
import traceback
from datetime import UTC, datetime
from types import TracebackType
from typing import Any

from apikeys.domain.minting import SCANNER_PATTERN
from apikeys.domain.secret import MASK

SAFE_FIELDS = (
    "action",
    "actor",
    "client_id",
    "code",
    "count",
    "duration_ms",
    "error",
    "error_at",
    "error_type",
    "event_id",
    "job",
    "key_id",
    "method",
    "request_id",
    "route",
    "status",
    "tenant",
)

# Found out anew for each record, and never written here.
logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False

_OWN = ("keyservice", "apikeys", "clients")
# Their messages are built of paths and header values before they reach us.
_REQUEST_LOGGERS = ("django.request", "django.security")
_FIELD_LENGTH_MAX = 200
_CAUSES_MAX = 5
_FRAMES_MAX = 40
_SECRET = re.compile(SCANNER_PATTERN)


class JSONLines(logging.Formatter):
    """One record, one JSON object in ASCII, so no value can break a line or steer a terminal."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": _message(record),
            **_fields(record),
        }
        if record.exc_info and record.exc_info[1]:
            line["exception"] = describe(record.exc_info[1])
        text = json.dumps(line)
        # The search costs more than all the rest, and hardly any line has what each secret has.
        return _SECRET.sub(MASK, text) if "_live_" in text or "_test_" in text else text


def describe(error: BaseException) -> list[dict[str, Any]]:
    """The exception and what caused it: types and frames, without messages or values."""
    chain: list[dict[str, Any]] = []
    cause: BaseException | None = error
    while cause is not None and len(chain) < _CAUSES_MAX:
        chain.append({"type": _type_name(cause), "frames": _frames(cause.__traceback__)})
        cause = cause.__cause__ or (None if cause.__suppress_context__ else cause.__context__)
    return chain


def logging_config(level: str) -> dict[str, Any]:
    """The dict for `logging.config.dictConfig`: everything to standard error, as JSON lines."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"json": {"()": "keyservice.logs.JSONLines"}},
        "handlers": {
            "stderr": {
                "class": "logging.StreamHandler",
                "formatter": "json",
                "stream": "ext://sys.stderr",
            }
        },
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            # Django would add handlers of its own, among them one that mails whole error reports.
            "django": {"handlers": [], "level": "NOTSET", "propagate": True},
            # Below an error, the line of `apikeys.access` says it all.
            "django.request": {"level": "ERROR"},
            "django.server": {"handlers": [], "level": "NOTSET", "propagate": True},
            "_granian": {"handlers": [], "level": "WARNING", "propagate": True},
        },
    }


def _message(record: logging.LogRecord) -> str:
    if record.name.startswith(_REQUEST_LOGGERS):
        return f"answered with {record.__dict__.get('status_code', 'a refusal')}"
    template = record.msg if isinstance(record.msg, str) else type(record.msg).__name__
    if not record.args:
        return template
    try:
        return str(template % _harmless(record.args))
    except (TypeError, ValueError, KeyError):
        return template


def _harmless(args: object) -> Any:
    match args:
        case dict():
            return {name: _harmless_value(value) for name, value in args.items()}
        case tuple():
            return tuple(_harmless_value(value) for value in args)
    return _harmless_value(args)


def _harmless_value(value: object) -> object:
    if isinstance(value, BaseException):
        return _type_name(value)
    return value if isinstance(value, bool | int | float) else MASK


def _fields(record: logging.LogRecord) -> dict[str, str | int | float | None]:
    if record.name.partition(".")[0] not in _OWN:
        return {}
    present = ((name, record.__dict__[name]) for name in SAFE_FIELDS if name in record.__dict__)
    return {name: _field(value) for name, value in present}


def _field(value: object) -> str | int | float | None:
    if value is None or isinstance(value, bool | int | float):
        return value
    return str(value)[:_FIELD_LENGTH_MAX]


def _frames(trace: TracebackType | None) -> list[str]:
    frames = traceback.extract_tb(trace)[-_FRAMES_MAX:]
    return [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]


def _type_name(error: BaseException) -> str:
    return f"{type(error).__module__}.{type(error).__qualname__}"
