"""The format of a secret: `<prefix>_<environment>_<43 base62><6 base62>`.

The 43 characters are 256 random bits; the last 6 are the CRC-32 of everything before them. The
checksum lets junk be refused without a query and lets scanners tell a leak from a lookalike. It
is not security: anyone can compute it.
"""

from __future__ import annotations

import re
import secrets
import zlib

from apikeys.domain import base62
from apikeys.domain.secret import Secret

PREFIX_RULE = re.compile(r"[a-z][a-z0-9]{1,11}\Z")
ENVIRONMENTS = ("live", "test")
SECRET_BITS = 256
BODY_LENGTH = 43
CHECKSUM_LENGTH = 6
LENGTH_MAX = 512
CHOSEN_LENGTH_MIN = 40
VISIBLE_LENGTH = 10
HINT_LENGTH = 4

# To be published: it finds our secrets inside text. Bounded and without nesting, so it runs in
# linear time, and plain enough for RE2 and Hyperscan. No boundary on the left, because a secret
# may follow a letter (`\nks_live_…` in escaped JSON).
SCANNER_PATTERN = r"[a-z][a-z0-9]{1,11}_(?:live|test)_[0-9A-Za-z]{49}\b"

PATTERN = re.compile(r"[a-z][a-z0-9]{1,11}_(?:live|test)_[0-9A-Za-z]{49}\Z")


def mint(prefix: str, environment: str) -> Secret:
    """Make a new secret. A prefix or environment outside the format raises `ValueError`."""
    if not PREFIX_RULE.match(prefix):
        raise ValueError(
            "A prefix is 2 to 12 characters, lower-case letters and digits, a letter first."
        )
    if environment not in ENVIRONMENTS:
        raise ValueError("The environment of a secret is live or test.")
    body = base62.encode(secrets.randbits(SECRET_BITS), BODY_LENGTH)
    unchecked = f"{prefix}_{environment}_{body}"
    return Secret(unchecked + _checksum(unchecked))


def has_our_shape(text: str) -> bool:
    """Whether the whole text is of the published pattern, whatever its checksum."""
    return PATTERN.match(text) is not None


def checksum_holds(text: str) -> bool:
    """Whether the text is of the published pattern and its last 6 characters are right."""
    unchecked, checksum = text[:-CHECKSUM_LENGTH], text[-CHECKSUM_LENGTH:]
    return has_our_shape(text) and _checksum(unchecked) == checksum


def is_malformed(text: str) -> bool:
    """Whether a presented secret can be refused without looking it up.

    Only what no key can have: empty, over 512 characters, not printable, or of our shape with a
    wrong checksum. Secrets issued elsewhere have other shapes and are looked up like any.
    """
    if not text or len(text) > LENGTH_MAX or not text.isprintable():
        return True
    return has_our_shape(text) and not checksum_holds(text)


def chosen_flaw(text: str) -> str | None:
    """Why a secret that an operator chose cannot be used, as the end of a sentence; None if it can.

    Only the root key is chosen; every other secret is minted or imported.
    """
    if not CHOSEN_LENGTH_MIN <= len(text) <= LENGTH_MAX or not text.isprintable():
        return f"must be {CHOSEN_LENGTH_MIN} to {LENGTH_MAX} printable characters."
    if text != text.strip():
        return "begins or ends with a space, which no HTTP header can carry."
    if is_malformed(text):
        return "looks like a key of this service, but its checksum is wrong."
    return None


def visible_prefix(plaintext: str) -> str:
    """The first 10 characters, kept in clear so that people can recognise a key."""
    return plaintext[:VISIBLE_LENGTH]


def hint(plaintext: str) -> str:
    """The last 4 characters, kept in clear; in secrets of ours they belong to the checksum."""
    return plaintext[-HINT_LENGTH:]


def _checksum(text: str) -> str:
    return base62.encode(zlib.crc32(text.encode("ascii")), CHECKSUM_LENGTH)
