"""Serving with granian: the loaded application is forked into the worker processes."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from granian.constants import Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels
from granian.server.mp import MPServer

from keyservice.data_directory import JOURNAL_NAME
from keyservice.environment import THREADS_PER_WORKER, Environment
from keyservice.logs import logging_config

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

# Longer than any request should take: a drain ends when the last one is answered.
DRAIN_SECONDS = 30
BACKLOG = 1024
HEADER_READ_MILLISECONDS = 10_000
RESPAWN_SECONDS = 0.2
_SECRETS = (
    "KEYSERVICE_KEYS",
    "KEYSERVICE_ROOT_KEY",
    "KEYSERVICE_ADMIN_PASSWORD",
    "DATABASE_URL",
    "REDIS_URL",
)


class Server(MPServer):
    """Granian ends when a worker dies for the second time within seconds; this one goes on.

    Workers do not die by themselves, and who kills one does not mean the service.
    """

    def _respawn_workers(
        self, workers: list[int], spawn_target: Any, target_loader: Any, delay: float = 0
    ) -> None:
        # Should they after all, then not as fast as the machine can.
        time.sleep(RESPAWN_SECONDS)
        super()._respawn_workers(workers, spawn_target, target_loader, delay)
        self.respawned_wrks.clear()


def serve(environment: Environment) -> None:
    """Serve until SIGTERM or SIGINT, then answer what has begun and return."""
    from keyservice.wsgi import application

    _tidy_environment()
    # Forked workers share what is loaded by now: a second start need not import it twice.
    multiprocessing.set_start_method("fork", force=True)
    server = Server(
        "keyservice.wsgi:application",
        address=environment.bind.host,
        port=environment.bind.port,
        interface=Interfaces.WSGI,
        workers=environment.workers,
        blocking_threads=THREADS_PER_WORKER,
        backlog=BACKLOG,
        http1_settings=HTTP1Settings(header_read_timeout=HEADER_READ_MILLISECONDS),
        websockets=False,
        log_level=LogLevels.warning,
        log_dictconfig=logging_config(environment.log_level),
        log_access=False,
        workers_kill_timeout=DRAIN_SECONDS,
        respawn_failed_workers=True,
    )
    load = partial(_load, application, embedded=environment.is_embedded)
    server.serve(target_loader=load, wrap_loader=False)


def _load(application: WSGIApplication, *, embedded: bool) -> WSGIApplication:
    """What a worker process does first."""
    # A terminal sends Ctrl-C to the worker too, and one that is told twice to end hangs until the
    # drain is over: it listens to the main process alone.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    if embedded:
        _serve_alone()
    else:
        _serve_together()
    return application


def _serve_alone() -> None:
    """Without Redis the one serving process counts in its memory and does the worker's jobs too."""
    from django.conf import settings

    from apikeys.operations import limiting
    from apikeys.operations.upkeep import run_forever

    limiting.serve_alone(settings.ENVIRONMENT.data_dir / JOURNAL_NAME)
    _in_background(run_forever)


def _serve_together() -> None:
    """The processes tell one another through the database what they saw of Redis."""
    from apikeys.operations.epochs import attend_forever

    _in_background(attend_forever)


def _in_background(work: Callable[[threading.Event], None]) -> None:
    # A daemon: each step is a transaction, so it may be cut off when the process ends.
    never = threading.Event()
    threading.Thread(target=work, args=[never], name=work.__name__, daemon=True).start()


def _tidy_environment() -> None:
    # granian copies the environment into that of every request: error reports look there, and
    # HTTP_AUTHORIZATION would be the credential of whoever sends none.
    for name in [name for name in os.environ if name in _SECRETS or name.startswith("HTTP_")]:
        del os.environ[name]
