"""What the commands share: a failure is one line, a secret goes to standard output alone."""

from __future__ import annotations

import json
from abc import abstractmethod
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import InterfaceError, OperationalError, ProgrammingError

from apikeys.domain.errors import KeyServiceError
from apikeys.domain.secret import Secret
from apikeys.limiters.base import LimiterDown


class VerbCommand(BaseCommand):
    """A command that calls an operation.

    `run` does the work; what an operation raises becomes a `CommandError`, hence one line and
    exit code 1. Words for people go to standard error where standard output holds a secret.
    """

    @abstractmethod
    def run(self, **options: Any) -> None: ...

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            self.run(**options)
        except KeyServiceError as error:
            raise CommandError(str(error)) from error
        except LimiterDown as error:
            raise CommandError("Redis does not answer; try again when it does.") from error
        except (OperationalError, ProgrammingError, InterfaceError) as error:
            told = (str(error).splitlines() or [type(error).__name__])[0]
            raise CommandError(f"The database cannot be used: {told}") from error

    def tell_secret(self, secret: Secret, about: str) -> None:
        """The secret alone on standard output, so that a script can take it from there."""
        self.remark(about)
        self.stdout.write(secret.reveal())

    def tell_json(self, document: dict[str, Any]) -> None:
        self.stdout.write(json.dumps(document, ensure_ascii=False))

    def remark(self, text: str) -> None:
        """A line for people that is no error, hence not in the colour of one."""
        self.stderr.write(text, style_func=str)

    def progress(self, text: str) -> None:
        """A line that the next one replaces, only where somebody is watching."""
        if self.stderr.isatty():
            self.stderr.write(f"\r{text}\033[K", style_func=str, ending="")

    def end_progress(self) -> None:
        if self.stderr.isatty():
            self.stderr.write("\r\033[K", style_func=str, ending="")
