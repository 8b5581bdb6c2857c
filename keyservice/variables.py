"""Reading environment variables strictly: a value is understood, or the start stops.

Every variable may come as `NAME_FILE` instead, the path of a file that holds the value, so that
secrets need not stand in the environment of a process.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping

from environ.fileaware_mapping import FileAwareMapping

from apikeys.domain.secret import Secret

_SWITCH = {"on": True, "true": True, "yes": True, "1": True}
_SWITCH |= {"off": False, "false": False, "no": False, "0": False}


class BadSetting(ValueError):
    """A setting that cannot be used. One sentence for the operator, without secret values."""

    def __init__(self, name: str, problem: str) -> None:
        super().__init__(f"{name}: {problem}")
        self.name = name


class Variables:
    """The variables of one process. An empty variable counts as unset."""

    def __init__(self, environ: Mapping[str, str] | None = None) -> None:
        self._given = os.environ if environ is None else environ
        self._files = FileAwareMapping(env=dict(self._given))

    def text(self, name: str) -> str | None:
        """The value, without the line break that editors put at the end of a file."""
        if self._given.get(name) and self._given.get(f"{name}_FILE"):
            raise BadSetting(name, f"give either {name} or {name}_FILE, not both.")
        try:
            value = self._files.get(name)
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise BadSetting(f"{name}_FILE", f"the file cannot be read: {reason}.") from error
        except UnicodeDecodeError:
            # Not chained: the exception quotes the bytes of what may be a secret.
            raise BadSetting(f"{name}_FILE", "the file is not UTF-8 text.") from None
        return value.rstrip("\r\n") or None if value else None

    def secret(self, name: str) -> Secret | None:
        """Like `text`, for what must not be printed."""
        value = self.text(name)
        return Secret(value) if value else None

    def words(self, name: str) -> tuple[str, ...]:
        """The parts of a comma separated list, without repetitions."""
        parts = (part.strip() for part in (self.text(name) or "").split(","))
        return tuple(dict.fromkeys(part for part in parts if part))

    def number(self, name: str, *, default: int, lowest: int, highest: int) -> int:
        """A whole number within bounds."""
        value = self.text(name)
        if value is None:
            return default
        if not re.fullmatch(r"[0-9]{1,9}", value) or not lowest <= int(value) <= highest:
            raise BadSetting(name, f"must be a whole number from {lowest} to {highest}.")
        return int(value)

    def switch(self, name: str, *, default: bool) -> bool:
        """On or off."""
        value = self.text(name)
        if value is None:
            return default
        if value.lower() not in _SWITCH:
            raise BadSetting(name, "must be on or off.")
        return _SWITCH[value.lower()]

    def choice(self, name: str, *, default: str, among: tuple[str, ...]) -> str:
        """One of a few words, in any case; given back as it stands in `among`."""
        value = self.text(name)
        if value is None:
            return default
        for word in among:
            if word.lower() == value.lower():
                return word
        raise BadSetting(name, f"must be one of {', '.join(among)}.")
