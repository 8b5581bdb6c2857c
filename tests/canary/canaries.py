"""Marked secrets, and finding them again in whatever form they were written down."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from urllib.parse import quote

#: How much of a form must be there to count. Longer than what is shown of a secret on purpose:
#: its first 10 characters and its last 4.
WINDOW = 12
#: The same for bytes in Python's repr, where up to four characters stand for one byte.
WINDOW_OF_BYTES = 4 * WINDOW
#: Every window holds a whole gram at a place that the stride comes to.
GRAM = 6
STRIDE = WINDOW - GRAM + 1
BYTES_AS_REPR = "Python's repr of bytes"
_MINTED = re.compile(r"[a-z][a-z0-9]{1,11}_(live|test)_")
_DIGESTS = ("sha256", "sha512", "md5")


@dataclass(frozen=True, slots=True)
class Canary:
    """A secret under a name. `public` is how many characters at its start everybody may know."""

    name: str
    value: bytes = field(repr=False)
    public: int = 0

    @classmethod
    def of(cls, name: str, text: str) -> Canary:
        """Of a secret in text; what stands before the random part of it is public."""
        minted = _MINTED.match(text)
        return cls(name, text.encode(), minted.end() if minted else _public_in_parts(text))

    def forms(self) -> Iterator[tuple[str, bytes]]:
        """What the secret looks like when somebody encodes, escapes or digests it."""
        core = self.value[self.public :]
        yield from _encodings(core)
        yield from _escapes(core)
        for name in _DIGESTS:
            digest = hashlib.new(name, self.value, usedforsecurity=False).digest()
            yield name, digest
            yield from ((f"{name} as {form}", text) for form, text in _encodings(digest))


def _public_in_parts(text: str) -> int:
    """Of an access key all but the private key, of a token all but its signature."""
    if text.startswith("sc_") and text.count(".") == 3:
        return text.rindex(".") + 1 + len("MC4CAQAwBQYDK2VwBCIEI")  # PKCS #8 says so of every key
    return text.rindex(".") + 1 if text.startswith("eyJ") else 0


@dataclass(frozen=True, slots=True)
class Hit:
    """A canary in a place: `where` is a sink, `form` how it was written, `near` what is around."""

    where: str
    canary: str
    form: str
    near: str

    def __str__(self) -> str:
        return f"{self.canary} ({self.form}) in {self.where}: …{self.near}…"


class Aviary:
    """Every window of every form of some canaries, to be looked for in one pass.

    The pass goes in strides, and looks closer only where it comes upon a part of a window.
    """

    def __init__(self, canaries: Iterable[Canary]) -> None:
        self._windows: dict[bytes, tuple[str, str]] = {}
        self._long_windows: set[bytes] = set()
        self._grams: set[bytes] = set()
        for canary in canaries:
            for form, text in canary.forms():
                if windows := _parts(text, WINDOW):
                    self._windows.update(dict.fromkeys(windows, (canary.name, form)))
                    self._grams.update(_parts(text, GRAM))
                if form == BYTES_AS_REPR:
                    self._long_windows.update(_parts(text, WINDOW_OF_BYTES))

    def hits(self, where: str, place: bytes) -> Iterator[Hit]:
        """The canaries in a place, each form of each once."""
        seen = set()
        for start in self._starts(place):
            found = self._windows.get(place[start : start + WINDOW])
            if found is not None and found not in seen and self._is_enough(found, place, start):
                seen.add(found)
                near = place[max(0, start - 60) : start + WINDOW + 20]
                yield Hit(where, *found, near.decode("utf-8", "replace"))

    def _starts(self, place: bytes) -> Iterator[int]:
        """Where a window may begin."""
        grams = self._grams
        for middle in range(0, len(place), STRIDE):
            if place[middle : middle + GRAM] in grams:
                yield from range(max(0, middle - STRIDE + 1), middle + 1)

    def _is_enough(self, found: tuple[str, str], place: bytes, start: int) -> bool:
        # Twelve characters of `\\xf9\\xf7…` are three bytes, and those meet by chance.
        if found[1] != BYTES_AS_REPR:
            return True
        return place[start : start + WINDOW_OF_BYTES] in self._long_windows


def _encodings(value: bytes) -> Iterator[tuple[str, bytes]]:
    yield "hex", value.hex().encode()
    yield "upper hex", value.hex().upper().encode()
    for offset in range(3):
        # The first and the last characters depend on what surrounds the secret.
        plain = base64.b64encode(bytes(offset) + value)
        inner = plain[4 if offset else 0 : -4]
        yield f"base64 at offset {offset}", inner
        yield f"base64url at offset {offset}", inner.translate(bytes.maketrans(b"+/", b"-_"))


def _escapes(value: bytes) -> Iterator[tuple[str, bytes]]:
    """The raw one last: where two forms have a window in common, it is known as the later one's."""
    try:
        text = value.decode()
        yield "URL-encoded", quote(text, safe="").encode()
        yield "URL-encoded by a form", quote(text, safe=" ").replace(" ", "+").encode()
        yield "JSON", json.dumps(text)[1:-1].encode()
        yield "Python's repr", repr(text)[1:-1].encode()
    except UnicodeDecodeError:
        yield BYTES_AS_REPR, repr(value)[2:-1].encode()
    yield "lower case", value.lower()
    yield "upper case", value.upper()
    yield "raw", value


def _parts(text: bytes, size: int) -> list[bytes]:
    return [text[start : start + size] for start in range(len(text) - size + 1)]
