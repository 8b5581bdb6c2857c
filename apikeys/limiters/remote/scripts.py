"""The Lua scripts beside this file, and calls of them as they go over the wire."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hiredis import pack_command


@dataclass(frozen=True, slots=True)
class Script:
    """A Lua script and the name under which the server keeps it."""

    text: str
    sha: str

    @classmethod
    def named(cls, name: str) -> Script:
        text = (Path(__file__).parent / f"{name}.lua").read_text()
        return cls(text, hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest())


class Call:
    """A script with its keys and arguments; packed once, for whoever makes the same call again."""

    __slots__ = ("_rest", "_script", "packed")

    def __init__(self, script: Script, keys: Sequence[Any], arguments: Sequence[Any]) -> None:
        self._script = script
        self._rest = (len(keys), *keys, *arguments)
        self.packed: bytes = pack_command(("EVALSHA", script.sha, *self._rest))

    def in_full(self) -> bytes:
        """For a server that does not know the script yet."""
        packed: bytes = pack_command(("EVAL", self._script.text, *self._rest))
        return packed
