"""Plaintexts, and mappings that may hold one, that cannot be printed by accident."""

from __future__ import annotations

import hmac
from typing import Any, NoReturn

MASK = "***"


class Secret:
    """Holds a plaintext; only `reveal()` gives it back.

    Every implicit way out (`repr`, `str`, `format`, JSON, pickle) shows the mask or fails, so a
    log line, a traceback or a cached object cannot carry the value. Comparison takes the same
    time wherever the first difference lies; there is no hash, so no dictionary shortcuts it.
    """

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """Give the plaintext: for digesting, sealing, or the one answer that may show it."""
        return self._value

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return hmac.compare_digest(_bytes(self), _bytes(other))

    def __len__(self) -> int:
        return len(self._value)

    def __repr__(self) -> str:
        return MASK

    def __str__(self) -> str:
        return MASK

    def __format__(self, spec: str) -> str:
        return MASK

    def __copy__(self) -> Secret:
        return self

    def __deepcopy__(self, memo: dict[int, object]) -> Secret:
        return self

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("A Secret cannot be pickled; seal it, or pass its id instead.")


class Undisclosed(dict[str, Any]):
    """A mapping that prints as the names in it, for what a caller sent or is about to be shown.

    Error reporters print the local variables of every frame, and the body of a request is one.
    """

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(map(str, self))})"


def _bytes(secret: Secret) -> bytes:
    # surrogatepass: an encoding error would quote the plaintext.
    return secret.reveal().encode("utf-8", "surrogatepass")
