"""Parts that are down: a Redis that nobody reaches, or that does not answer, and no database."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any, NoReturn

import pytest
from django.db import OperationalError

from apikeys.limiters.base import LimiterDown
from apikeys.limiters.remote.transport import Transport


@contextmanager
def redis_is_down() -> Generator[pytest.MonkeyPatch, None, None]:
    """No connection to Redis can be made; those there are were closed by it."""

    def refuse(transport: Transport, name: str, _: Any) -> NoReturn:
        transport._breakers[name].failed()
        raise LimiterDown

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Transport, "_connected", refuse)
        patch.setattr(Transport, "_open_connection", lambda *_: None)
        yield patch


@contextmanager
def redis_hangs() -> Generator[None, None, None]:
    """Redis takes what it is sent, and does not answer."""

    def wait_in_vain(transport: Transport, tag: str, *_: Any) -> NoReturn:
        breaker = transport._breakers[transport._node(tag)[0]]
        breaker.require_closed()
        breaker.failed()
        raise LimiterDown(maybe_taken=True)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Transport, "_ask", wait_in_vain)
        yield


@contextmanager
def database_is_down() -> Generator[None, None, None]:
    """What a verify would read cannot be read."""

    def refuse(*_: Any) -> NoReturn:
        raise OperationalError("the connection was refused")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("apikeys.operations.records.load", refuse)
        yield
