"""Base62: digits, upper case, lower case, in that order of value."""

from __future__ import annotations

import secrets

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def encode(number: int, width: int) -> str:
    """Write a number in exactly `width` characters, padded with `0` on the left.

    One number, one text: random bits encoded so keep all their entropy, without modulo bias.
    A number that does not fit, or is negative, raises `ValueError`.
    """
    if not 0 <= number < 62**width:
        raise ValueError(f"The number does not fit into {width} base62 characters.")
    characters = []
    for _ in range(width):
        number, digit = divmod(number, 62)
        characters.append(ALPHABET[digit])
    return "".join(reversed(characters))


def random_text(length: int) -> str:
    """Draw each character independently and evenly: about 5.95 bits apiece."""
    return "".join(secrets.choice(ALPHABET) for _ in range(length))
